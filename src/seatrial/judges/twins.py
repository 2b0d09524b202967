"""Two hosts of the inventory that are one machine: an address was written twice, or leads to the wrong place."""

from collections.abc import Iterator

from seatrial.host import Access, Itself
from seatrial.snapshot import Snapshot, Unreadable


def twins(slot: str, snapshot: Snapshot) -> tuple[list[str], list[str]]:
    """Other hosts that are this very machine, and those of which that cannot be told, with the reason.

    One kernel has one boot id (random(4)). Two containers on it are no single machine: their first processes were not
    started at the same tick, or their machine-ids or hostnames differ.
    """
    same: list[str] = []
    doubts: list[str] = []
    own = snapshot.access[slot]
    for other, theirs in _others(own, snapshot):
        ours = own.itself
        if ours is None or not ours.boot[1] or theirs.boot != ours.boot or _differ(ours.hostname, theirs.hostname):
            continue
        mine, its = _machine_id(ours), _machine_id(theirs)
        if not (mine and its):
            doubts.append(f"{other}: one boot, and a machine-id could not be read")
        elif mine == its:
            same.append(other)
    return same, doubts


def _others(own: Access, snapshot: Snapshot) -> Iterator[tuple[str, Itself]]:
    """Slots on other hosts that told what they are."""
    for other, way in snapshot.access.items():
        if way.host != own.host and way.itself is not None:
            yield f"{other} ({way.host})", way.itself


def _machine_id(itself: Itself) -> str:
    return "" if isinstance(itself.machine_id, Unreadable) else itself.machine_id


def _differ(one: str | Unreadable, other: str | Unreadable) -> bool:
    return isinstance(one, str) and isinstance(other, str) and one != other
