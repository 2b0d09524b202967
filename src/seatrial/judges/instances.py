"""Are there as many instances as declared, and no more?"""

from collections.abc import Iterator

from seatrial.judges.case import Blind, entry
from seatrial.snapshot import ServiceFacts, Snapshot, Unreadable
from seatrial.spec.check import Check
from seatrial.verdicts import Verdict, failed, passed

_NAMED = 10


def instances(check: Check, snapshot: Snapshot) -> Verdict:
    """FAIL for each slot that nothing fills and for each running one that no slot has room for."""
    facts = entry(snapshot.services, check.service, "which instances there are")
    if facts.unsure:
        raise Blind(f"whether it is an instance cannot be told: {_some(facts.unsure)}")
    slots = [f"{check.service}.{ordinal}" for ordinal in range(check.spec.instances)]
    empty = sorted({*facts.empty, *(slot for slot in slots if slot not in snapshot.slots)}, key=_by_ordinal)
    wrong = [f"nothing fills {_some(empty)}"] if empty else []
    wrong += [f"{len(facts.surplus)} more than declared: {_some(facts.surplus)}"] if facts.surplus else []
    found = _some(facts.found) if facts.found else "nothing matches"
    expected = f"expected {check.spec.instances} of {check.service}"
    if wrong:
        return failed(f"{check.service}: {expected}; {'; '.join(wrong)}; found: {found}", found=found)
    if not facts.found:
        raise Blind("the look names nothing that was found, and no slot that is empty")
    counted = slots if check.spec.on != "ssh" else ()  # a host is counted in the inventory, wherever it is
    if gone := [reason for slot in counted for reason in _no_longer(slot, facts, snapshot)]:
        raise Blind(f"whether they are still there is not known: {'; '.join(gone)}")
    return passed(f"{check.service}: {expected}, found {len(slots)}", found=found)


def _no_longer(slot: str, facts: ServiceFacts, snapshot: Snapshot) -> Iterator[str]:
    """Why what was counted as a slot's may not be there at the end: it vanished, or has another name by then."""
    last, way = snapshot.slots[slot], snapshot.access.get(slot)
    if isinstance(last, Unreadable):
        if way is None or way.trouble is None:
            yield last.reason
    elif last.changed and not any(found.startswith(f"{last.instance.name} (") for found in facts.found):
        yield f"{slot}: {last.changed}"


def _some(names: tuple[str, ...] | list[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _by_ordinal(slot: str) -> tuple[str, int]:
    service, _, ordinal = slot.rpartition(".")
    return service, int(ordinal) if ordinal.isdecimal() else -1
