"""Whether services find their hosts in the inventory, and how many."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from seatrial.spec.inventory.folded import folded
from seatrial.spec.inventory.host import Host, chosen
from seatrial.spec.locator import Locator
from seatrial.spec.mistakes import nearest
from seatrial.yamltree.gathering import Path

_SHOWN = 30


NONE = (
    "the file has no hosts: to choose from; give it the table of your servers, hosts: {csv: servers.csv}, "
    "or hosts: {named: {…}}; see docs/hosts.md"
)
"""What is said of a service on hosts in a file without them."""


def lost(services: Mapping[str, Any], inventory: Sequence[Host], *, has_hosts: bool) -> Iterator[tuple[Path, str]]:
    """Path in the file, and what no host of the inventory answers to.

    :param services: name → plain values.
    :param has_hosts: whether the file says what the inventory is.
    """
    for name, locator in _over_ssh(services):
        for path, text in _of_one(locator, inventory) if has_hosts else [((), NONE)]:
            yield ("services", name, "locate", *path), text


def counted(services: Mapping[str, Any], inventory: Sequence[Host]) -> dict[str, Any]:
    """The same services, where those on hosts have as many instances as hosts, unless they say another number."""
    found = {name: len(chosen(locator, inventory)) for name, locator in _over_ssh(services)}
    told = {name: {**services[name], "instances": count} for name, count in found.items() if count}
    return {name: service if "instances" in service else told.get(name, service) for name, service in services.items()}


def _over_ssh(services: Mapping[str, Any]) -> Iterator[tuple[str, Locator]]:
    for name, service in services.items():
        if isinstance(service, dict) and service.get("on") == "ssh":
            try:
                locator = Locator.model_validate(service.get("locate"))
            except ValidationError:
                continue
            if locator.kinds == ("ssh",):
                yield name, locator


def _of_one(locator: Locator, inventory: Sequence[Host]) -> Iterator[tuple[Path, str]]:
    names = [host.name for host in inventory if host.name]
    wrong = [*_unknown_names(locator, names), *_unknown_labels(locator, inventory)]
    yield from wrong
    if not wrong and not chosen(locator, inventory):
        keys = ", ".join(key for key in ("host", "hosts", "role", "group", "zone") if getattr(locator, key) is not None)
        yield (), f"no host has all of this: {keys}; correct one of them, or the inventory"


def _unknown_names(locator: Locator, names: Sequence[str]) -> Iterator[tuple[Path, str]]:
    said: list[tuple[Path, str]] = [(("host",), locator.host)] if locator.host else []
    said += [(("hosts", at), name) for at, name in enumerate(locator.hosts or ())]
    for path, name in said:
        if name not in names:
            told = f"no host of the inventory is called {name!r}; {nearest(name, names)}"
            others = f", or name one of these: {_listed(names)}" if names else ", which names none so far"
            yield path, f"{told}put it in hosts.named{others}"


def _unknown_labels(locator: Locator, inventory: Sequence[Host]) -> Iterator[tuple[Path, str]]:
    known = {
        "role": [host.role for host in inventory],
        "group": [group for host in inventory for group in host.groups],
        "zone": [host.zone for host in inventory],
    }
    for key, every in known.items():
        label = getattr(locator, key)
        if label is not None and folded(label) not in map(folded, every):
            have = sorted({each for each in every if each})
            yield (key,), f"no host of the inventory has {key} {label!r}; {nearest(label, have)}{key}s: {_listed(have)}"


def _listed(names: Sequence[str]) -> str:
    every = list(dict.fromkeys(names))
    more = f" and {len(every) - _SHOWN} more" if len(every) > _SHOWN else ""
    return (", ".join(every[:_SHOWN]) or "there is none") + more
