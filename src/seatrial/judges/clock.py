"""Does a host's clock go as ours does? All that is known is that it was read between our question and its answer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from seatrial.host import Access
from seatrial.judges import explain
from seatrial.judges.case import Blind, Case
from seatrial.snapshot import Inside, SlotFacts, Snapshot
from seatrial.spec.host import HostSpec
from seatrial.verdicts import Verdict

_FLEET = 3
"""Hosts of which there must be as many, before what most of them say means anything."""

_SET_S = 0.5
"""Seconds by which both ends of the answer may contradict each other, before a clock must have been set meanwhile."""


@dataclass(frozen=True, slots=True)
class Offset:
    """By how many seconds a clock is ahead of ours: at least, and at most."""

    least: float
    most: float

    @property
    def middle(self) -> float:
        """The best guess."""
        return (self.least + self.most) / 2

    def beyond(self, limit: float) -> bool:
        """Whether it is off by more, wherever in between it is."""
        return self.least > limit or self.most < -limit

    def within(self, limit: float) -> bool:
        """Whether it is off by no more, wherever in between it is."""
        return -limit <= self.least and self.most <= limit


def clock(case: Case) -> Verdict:
    """FAIL where all that is possible is off by more than allowed, UNKNOWN where only some of it is."""
    spec: HostSpec = case.check.expected
    way, inside = _way(case), case.inside
    offset = _offset(way, inside)
    limit, off = spec.clock, offset.middle
    took = way.answered_at - way.asked_at
    if offset.least - offset.most > _SET_S:
        raise Blind("its clock, or ours, was set while we looked")
    times = f"ours {explain.at(inside.clock - off, way.asked_at)}, its {explain.at(inside.clock, way.asked_at)}"
    text = f"host clock {_s(off)} ({times}){_among(_fleet(case.snapshot), off, limit)}"
    evidence = {"offset": f"{offset.least:+.3f} s to {offset.most:+.3f} s", "answer_took": f"{took:.3f} s"}
    if offset.beyond(limit):
        return case.failed(f"{text}; allowed are {limit:g} s", **evidence)
    doubt = f"between {_s(offset.least)} and {_s(offset.most)}: its answer took {took:.1f} s"
    unseen = [] if offset.within(limit) else [f"host clock {doubt}, too long to tell whether it is off by {limit:g} s"]
    return case.weigh([], unseen, f"{text}, at most {limit:g} s allowed", **evidence)


def _way(case: Case) -> Access:
    way = case.snapshot.access.get(case.check.slot)
    if way is None or not way.answered_at:
        raise Blind("nobody noted when it was asked for its time")
    return way


def _offset(way: Access, inside: Inside) -> Offset:
    """It read its clock first after we asked, and last before we had its answer."""
    return Offset(inside.clock_last - way.answered_at, inside.clock + _grain(inside.clock) - way.asked_at)


def _grain(clock: float) -> float:
    """Where a shell's ``date`` knows no fractions (busybox), up to a second was cut off."""
    return 1.0 if clock.is_integer() else 0.0


def _fleet(snapshot: Snapshot) -> Sequence[float]:
    """What is the best guess for each host, once where several slots are on one."""
    return sorted({way.host: _offset(way, inside).middle for way, inside in _read(snapshot)}.values())


def _read(snapshot: Snapshot) -> Iterator[tuple[Access, Inside]]:
    """All hosts that were read themselves; their containers may have been read at another time."""
    for slot, way in snapshot.access.items():
        facts = snapshot.slots.get(slot)
        inside = facts.inside if isinstance(facts, SlotFacts) else None
        if way.answered_at and isinstance(inside, Inside) and inside.host and inside.reader_uid is not None:
            yield way, inside


def _among(fleet: Sequence[float], off: float, limit: float) -> str:
    """How this one stands to the others: where most are off alike, ours may be the clock that is wrong."""
    if len(fleet) < _FLEET:
        return ""
    usual = median(fleet)
    alike = sum(abs(other - usual) <= limit for other in fleet)
    text = f"; median of {len(fleet)} hosts {_s(usual)}"
    if abs(usual) > limit and alike * 2 > len(fleet):
        return f"{text}: {alike} of them are off by about as much, so it may be our clock that is wrong"
    return f"{text}, from which it differs by {_s(off - usual)}" if abs(off - usual) > limit else text


def _s(seconds: float) -> str:
    return f"{seconds:+.0f} s" if abs(seconds) >= 10 else f"{seconds:+.1f} s"
