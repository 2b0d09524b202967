"""The hosts of a deployment, and which of them a service means."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from seatrial.spec.inventory.folded import folded
from seatrial.spec.locator import Locator


@dataclass(frozen=True, slots=True)
class Host:
    """One host that is reached over SSH.

    :param name: by which the deployment file and the reports call it.
    :param address: IP address or host name; empty where the configuration of ssh knows it by its name.
    :param port: 0 where it is not said.
    :param user: who logs in; empty where it is not said.
    :param jump: the jump hosts on the way, as ``-J`` of ssh(1) takes them, or ``none``; empty where it is not said.
    :param hostname: what ``hostname`` must tell there; empty where it is not said.
    :param machine_id: what ``/etc/machine-id`` must hold there; empty where it is not said.
    :param row: where a table says so, ``servers.csv row 7``; empty where the deployment file does.
    """

    name: str
    address: str = ""
    port: int = 0
    user: str = ""
    jump: str = ""
    role: str = ""
    groups: tuple[str, ...] = ()
    zone: str = ""
    hostname: str = ""
    machine_id: str = ""
    row: str = ""


def chosen(locator: Locator, inventory: Sequence[Host]) -> tuple[Host, ...]:
    """The hosts for which all holds that a locator says: in the order of its ``hosts``, else of the inventory.

    Labels are compared without regard to case, width and blanks, as the names of columns are.
    """
    return tuple(host for host in _candidates(locator, inventory) if _fits(locator, host))


def host_named(name: str, inventory: Iterable[Host]) -> Host:
    """The host of that name; where there is none, one that only the configuration of ssh may know."""
    return next((host for host in inventory if host.name == name), Host(name))


def _candidates(locator: Locator, inventory: Sequence[Host]) -> Iterable[Host]:
    if locator.hosts is None:
        return inventory
    by_name = {host.name: host for host in inventory}
    return [by_name[name] for name in locator.hosts if name in by_name]


def _fits(locator: Locator, host: Host) -> bool:
    return (
        locator.host in (None, host.name)
        and _is_one(locator.role, (host.role,))
        and _is_one(locator.zone, (host.zone,))
        and _is_one(locator.group, host.groups)
    )


def _is_one(wanted: str | None, labels: Iterable[str]) -> bool:
    return wanted is None or folded(wanted) in map(folded, labels)
