"""Does a container stay up, or is it started again and again?"""

from collections.abc import Sequence
from itertools import pairwise

from seatrial.instance import Container
from seatrial.judges.case import Blind, Case
from seatrial.trail import Life
from seatrial.verdicts import Verdict

_ANOTHER_LIFE = ("id was", "start time was")

Seen = Sequence[tuple[float, Life]]


def stable(case: Case) -> Verdict:
    """It has run for long enough to say so; what was started anew while we looked, or a moment ago, restarts."""
    box = case.container
    restarted = f"restarted {box.restarts} times" if box.restarts else "started again"
    if box.status == "restarting":
        return case.failed(f"{restarted}, exit {box.exit_code}: it is being restarted now")
    case.must_run()
    if case.slot.changed:
        if not any(label in case.slot.changed for label in _ANOTHER_LIFE):
            raise Blind(f"it changed while we looked: {case.slot.changed}", case.of_its_state)
        return case.failed(f"{restarted} while we looked: {case.slot.changed}")
    looks = _looks(case, box)
    age_s, lived = _now(case) - box.started_at, _complete(looks)
    if lived and age_s < max(case.stable_for_s, 2 * max(lived)):
        over_s = looks[-1][0] - looks[0][0]
        return case.failed(f"started {len(set(_births(looks))) - 1} times in {over_s:.0f} s; {_policy(box)}")
    if age_s >= case.stable_for_s:
        return case.passed(f"container up {age_s:.0f} s")
    if box.restarts:
        return case.failed(f"{restarted}, the last time {age_s:.1f} s ago; {_policy(box)}")
    raise Blind(f"container up {age_s:.1f} s; run with --settle to wait")


def _policy(box: Container) -> str:
    return f"its restart policy is {box.restart_policy or 'no'}"


def _now(case: Case) -> float:
    """When the look ended, by the engine's clock where it was read."""
    inside = case.slot.inside
    return getattr(inside, "clock_last", case.snapshot.taken_at + case.snapshot.took_s)


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
