"""Did the kernel kill anything in a container for want of memory?"""

from seatrial.judges.case import Blind, Case
from seatrial.snapshot import Inside, Unreadable
from seatrial.verdicts import Verdict


def oom(case: Case) -> Verdict:
    """No process of it was killed since its start: the kernel's own count, and what the engine has seen."""
    box, kills = case.container, _kills(case)
    if isinstance(kills, int) and kills:
        noun = "process" if kills == 1 else "processes"
        return case.failed(
            f"the kernel has killed {kills} {noun} of it for want of memory since its start{_limit(case)}"
        )
    if box.oom_killed:
        return case.failed(f"the engine says that a process of it was killed for want of memory{_limit(case)}")
    case.must_run()
    if isinstance(kills, Unreadable):
        raise Blind(f"how many of its processes the kernel killed for want of memory cannot be read: {kills.reason}")
    return case.passed("no process of it was killed for want of memory since its start")


def _kills(case: Case) -> int | Unreadable:
    inside = case.slot.inside
    return inside.oom_kills if isinstance(inside, Inside) else inside


def _limit(case: Case) -> str:
    limit = case.container.settings.memory
    return f" (its limit is {limit / (1 << 20):.0f} MiB)" if limit else ""
