"""Hosts that could be reached only through themselves."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from seatrial.spec.inventory.host import Host
from seatrial.spec.inventory.jump import hops


def circles(hosts: Sequence[Host], default: str) -> Iterator[tuple[int, str]]:
    """Number of a host from 0, and its circle, each once: ``a → b → a``.

    :param default: jump hosts of those that say none; they are not their own.
    """
    through = {host.name: _first_hop(host, default) for host in hosts}
    through.pop("", None)  # of hosts whose names are wrong
    passed: set[str] = set()
    for at, host in enumerate(hosts):
        way = list(_way(host.name, through, passed))
        if way and (end := through[way[-1]]) in way:
            yield at, " → ".join([*way[way.index(end) :], end])
        passed.update(way)


def _first_hop(host: Host, default: str) -> str:
    """Whose own way is gone first: later hops are reached through those before them."""
    told = [hop.host for hop in hops(host.jump or default)]
    if host.name in told:
        return host.name if host.jump else ""
    return told[0] if told else ""


def _way(name: str, through: Mapping[str, str], passed: Collection[str]) -> Iterator[str]:
    """The hosts of the inventory on the way, as far as they are new."""
    seen: set[str] = set()
    while name in through and name not in seen and name not in passed:
        seen.add(name)
        yield name
        name = through[name]
