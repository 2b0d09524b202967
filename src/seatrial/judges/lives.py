"""Does a container stay up, or is it started again and again?"""

from collections.abc import Sequence
from itertools import pairwise

from seatrial.instance import Container
from seatrial.judges.case import Blind, Case, changed
from seatrial.snapshot import Inside
from seatrial.trail import Life
from seatrial.verdicts import Verdict

_LOOP_S = 60.0
"""Who lives for less than half of this on average, and again and again, is waited for until it has lived twice that."""

_ANOTHER_LIFE = ("id was", "start time was")

Seen = Sequence[tuple[float, Life]]


def stable(case: Case) -> Verdict:
    """It has run for long enough to say so; what was started anew while we looked, or a moment ago, restarts."""
    box = case.container
    restarted = f"restarted {box.restarts} times" if box.restarts else "started again"
    if box.status == "restarting":
        return case.failed(f"{restarted}, exit {box.exit_code}: it is being restarted now")
    case.must_run()
    if now_is := changed(case.slot):
        if not any(label in now_is for label in _ANOTHER_LIFE):
            raise Blind(f"it changed while we looked: {now_is}", case.of_its_state)
        return case.failed(f"{restarted} while we looked: {now_is}")
    if not box.started_at:
        raise Blind("when it was started the engine does not tell")
    looks = _looks(case, box)
    age_s, lived = _now(case) - box.started_at, _complete(looks)
    if lived and age_s < max(case.stable_for_s, 2 * max(lived)):
        over_s = looks[-1][0] - looks[0][0]
        return case.failed(f"started {len(set(_births(looks))) - 1} times in {over_s:.0f} s; {_policy(box)}")
    usual_s = _usual(box)
    if case.stable_for_s <= age_s < 2 * usual_s <= _LOOP_S:
        raise Blind(
            f"{restarted}, each life lasted {usual_s:.1f} s on average, and this one has {age_s:.1f} s;"
            " run with --settle to wait"
        )
    if age_s >= case.stable_for_s:
        return case.passed(f"container up {age_s:.0f} s")
    if box.restarts:
        return case.failed(f"{restarted}, the last time {age_s:.1f} s ago; {_policy(box)}")
    raise Blind(f"container up {age_s:.1f} s; run with --settle to wait")


def _usual(box: Container) -> float:
    """Seconds that its lives have lasted on average until the engine restarted it; 0.0 where it never did."""
    return (box.started_at - box.created_at) / box.restarts if box.restarts and box.created_at else 0.0


def _policy(box: Container) -> str:
    return f"its restart policy is {box.restart_policy or 'no'}"


def _now(case: Case) -> float:
    """When the look ended, by the engine's clock where it was read."""
    inside = case.slot.inside
    return inside.clock_last if isinstance(inside, Inside) else case.snapshot.taken_at + case.snapshot.took_s


def _looks(case: Case, box: Container) -> Seen:
    slot = case.check.slot
    earlier = [(one.taken_at, one.lives[slot]) for one in case.snapshot.earlier if slot in one.lives]
    return [*earlier, (case.snapshot.taken_at, Life(box.id, box.restarts, box.started_at))]


def _births(looks: Seen) -> list[tuple[str, float]]:
    return [(life.id, life.started_at) for _, life in looks]


def _complete(looks: Seen) -> list[float]:
    """Seconds that those lives lasted which both began and ended while we looked; a deployment replaces one once."""
    births = list(dict.fromkeys(_births(looks)))
    return [later[1] - birth[1] for birth, later in pairwise(births[1:])]
