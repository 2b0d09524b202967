"""Whether a machine is the one that the inventory means: images carry host keys, and addresses move."""

from collections.abc import Iterable
from dataclasses import dataclass

from seatrial.host import Trouble
from seatrial.sanitise import decode
from seatrial.snapshot import Inside, Unreadable
from seatrial.spec.inventory import Host

DECLARED = ("sh", "-c", "uname -n; cat /etc/machine-id")
"""Tells what the reader tells of a whole machine, for a host of which only containers are read."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a machine calls itself.

    :param machine_id: ``/etc/machine-id`` (machine-id(5)).
    """

    hostname: str | Unreadable
    machine_id: str | Unreadable


def of_inside(insides: Iterable[Inside | Unreadable]) -> Told | None:
    """What one of these looks read of the machine, None where none read it."""
    for inside in insides:
        if isinstance(inside, Inside) and inside.host is not None:
            return Told(inside.hostname, inside.host.machine_id)
    return None


def of_text(printed: bytes) -> Told:
    """What the command :data:`DECLARED` printed."""
    lines = decode(printed[:1000]).split("\n")
    hostname, machine_id = [*lines, "", ""][:2]
    nothing = Unreadable("it was not told")
    return Told(hostname.strip() or nothing, machine_id.strip() or nothing)


def another(host: Host, told: Told) -> Trouble | None:
    """Why this machine is not the declared one, or may not be.

    A host name can be changed, so with a different one it is open which machine this is; a machine-id is the machine.
    """
    where = f"the machine behind {host.address or host.name}"
    if host.machine_id and isinstance(told.machine_id, Unreadable):
        return Trouble("host.identity", f"the machine-id of {where} could not be read: {told.machine_id.reason}")
    if host.machine_id and told.machine_id != host.machine_id:
        text = f"{where} has machine-id {told.machine_id} and calls itself {told.hostname}"
        return Trouble("host.identity", f"{text}; the inventory says machine-id {host.machine_id}", wrong=True)
    if host.hostname and isinstance(told.hostname, Unreadable):
        return Trouble("host.identity", f"the name of {where} could not be read: {told.hostname.reason}")
    if host.hostname and not _same(host.hostname, str(told.hostname)):
        text = f"{where} calls itself {told.hostname}, the inventory says {host.hostname}"
        return Trouble("host.identity", f"{text}; either it is another machine, or its name was changed")
    return None


def _same(declared: str, told: str) -> bool:
    """Host names know no case (RFC 952), and a short one means the first part of a full one."""
    declared, told = declared.lower(), told.lower()
    return declared == told or ("." not in declared and declared == told.partition(".")[0])
