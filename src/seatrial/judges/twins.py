"""Two hosts of the inventory that are one machine: an address was written twice, or leads to the wrong place."""

from collections.abc import Iterator

from seatrial.snapshot import Inside, SlotFacts, Snapshot, Unreadable


def twins(slot: str, inside: Inside, snapshot: Snapshot) -> tuple[list[str], list[str]]:
    """Other hosts that are this very machine, and those of which that cannot be told, with the reason.

    One kernel has one boot id (random(4)). Two containers on it are no single machine: their first processes were not
    started at the same tick, or their machine-ids or hostnames differ.

    :param inside: what was read in the slot.
    """
    same: list[str] = []
    doubts: list[str] = []
    for other, theirs in _others(slot, snapshot):
        if not inside.identity[1] or theirs.identity != inside.identity or _differ(inside.hostname, theirs.hostname):
            continue
        ours, its = _machine_id(inside), _machine_id(theirs)
        if not (ours and its):
            doubts.append(f"{other}: one boot, and a machine-id could not be read")
        elif ours == its:
            same.append(other)
    return same, doubts


def _others(slot: str, snapshot: Snapshot) -> Iterator[tuple[str, Inside]]:
    """Slots on other hosts of the inventory whose machine itself was read."""
    own = snapshot.access[slot].host
    for other, way in snapshot.access.items():
        facts = snapshot.slots.get(other)
        inside = facts.inside if isinstance(facts, SlotFacts) else None
        if way.host != own and isinstance(inside, Inside) and inside.host is not None:
            yield f"{other} ({way.host})", inside


def _machine_id(inside: Inside) -> str:
    found = inside.host.machine_id if inside.host else ""
    return "" if isinstance(found, Unreadable) else found


def _differ(one: str | Unreadable, other: str | Unreadable) -> bool:
    return isinstance(one, str) and isinstance(other, str) and one != other
