"""What of a look is remembered for the looks that follow it in one settling."""

from collections.abc import Iterable, Iterator
from types import MappingProxyType

from seatrial.instance import Container
from seatrial.judges.matching import matched
from seatrial.snapshot import Inside, SlotFacts, Snapshot, Unreadable
from seatrial.spec.check import Check
from seatrial.trail import Birth, Glimpse, Life


def glimpse(checks: Iterable[Check], snapshot: Snapshot) -> Glimpse:
    """The processes, listeners and containers of a look, as far as they were seen.

    :param checks: the plan; of ``process.stable`` it names the processes that are remembered.
    """
    slots = {name: slot for name, slot in snapshot.slots.items() if isinstance(slot, SlotFacts)}
    declared = [check for check in checks if check.aspect == "process.stable" and check.slot in slots]
    return Glimpse(
        taken_at=snapshot.taken_at,
        roots=MappingProxyType(
            {
                process_key(check): births
                for check in declared
                if (births := _births(check, slots[check.slot])) is not None
            }
        ),
        listening=MappingProxyType({name: frozenset(_listening(slot)) for name, slot in slots.items() if _told(slot)}),
        lives=MappingProxyType(dict(_lives(slots.values()))),
    )


def process_key(check: Check) -> str:
    """``relay.0/p2prelay``: under which a declared process is remembered."""
    return f"{check.slot}/{check.key}"


def _births(check: Check, slot: SlotFacts) -> frozenset[Birth] | None:
    inside = slot.inside
    if not isinstance(inside, Inside) or isinstance(inside.processes, Unreadable):
        return None
    return frozenset((root.pid, root.start_ticks) for root in matched(check.expected, inside.processes).sure_roots)


def _told(slot: SlotFacts) -> bool:
    return isinstance(slot.inside, Inside) and not isinstance(slot.inside.listeners, Unreadable)


def _listening(slot: SlotFacts) -> Iterator[str]:
    if isinstance(slot.inside, Inside) and not isinstance(slot.inside.listeners, Unreadable):
        yield from (f"{item.port}/{item.proto}" for item in slot.inside.listeners)


def _lives(slots: Iterable[SlotFacts]) -> Iterator[tuple[str, Life]]:
    for slot in slots:
        box = slot.instance
        if isinstance(box, Container):
            yield slot.slot, Life(box.id, box.restarts, box.started_at)
