"""Does a process have what it needs, and does it leave enough of it?"""

import math

from seatrial.instance import Container
from seatrial.judges.case import Blind, Case
from seatrial.judges.roots import of_each, read, who
from seatrial.parsers.process import USER_HZ
from seatrial.snapshot import Process
from seatrial.spec.process import CpuSpec
from seatrial.spec.scalars import comparison
from seatrial.verdicts import Verdict

_OPEN_FILES = "Max open files"
UNLIMITED = "unlimited"
_NO_LIMIT = 2**64
_ENOUGH = 8
"""Samples: one that works half of the time shows R in all of them once in 256 times."""


def fds(case: Case) -> Verdict:
    """No declared process has used up more of its own limit of open files than declared."""
    most = case.check.expected.fds or 1.0

    def ask(process: Process) -> str:
        used = read(process.detail.fds, "its open files")
        all_limits = read(process.detail.limits, "its limits")
        if _OPEN_FILES not in all_limits:
            raise Blind("the kernel tells no limit of its open files")
        limit = all_limits[_OPEN_FILES][0]
        if used <= most * limit:
            return ""
        return (
            f"{who(process)}: {used} of {limit:.0f} descriptors in use (limit from /proc/PID/limits), "
            f"at most {most:.0%} allowed"
        )

    return of_each(case, ask, f"{case.check.expected.name} has used at most {most:.0%} of its open files", workers=True)


def limits(case: Case) -> Verdict:
    """The soft limits of each declared process are as declared: a shell in the container has others."""
    expected = case.check.expected.limits

    def ask(process: Process) -> str:
        found = read(process.detail.limits, "its limits")
        wrong = [_limit(name, wanted, found.get(f"Max {name}")) for name, wanted in expected.items()]
        told = "; ".join(text for text in wrong if text)
        return f"{who(process)}: {told}" if told else ""

    return of_each(case, ask, f"{case.check.expected.name} has its {len(expected)} limits", workers=True)


def _limit(name: str, wanted: str | float | bool, found: tuple[float, float] | None) -> str:
    if found is None:
        raise Blind(f"the kernel tells no limit of {name}")
    soft = found[0]
    if wanted == UNLIMITED:
        holds = math.isinf(soft)
    else:
        holds = comparison(wanted).holds(_NO_LIMIT if math.isinf(soft) else int(soft))
    return "" if holds else f"{name} is {_told(soft)} (hard limit {_told(found[1])}), expected {wanted}"


def _told(limit: float) -> str:
    return UNLIMITED if math.isinf(limit) else f"{limit:.0f}"


def cpu(case: Case) -> Verdict:
    """No declared process uses its whole share of a processor: what spins does no work."""
    spec: CpuSpec = case.check.expected.cpu
    whole = _share(case)
    crowded = case.inside.vehicle == "exec" and whole < 1

    def ask(process: Process) -> str:
        if crowded:
            raise Blind("our own reader, inside the container, uses the same quota of a processor")
        first, last = read(process.detail.cpu_ticks, "how much of a processor it used")
        over_s = process.detail.cpu_over_s
        used = (last - first) / USER_HZ / over_s
        if used < spec.below * whole:
            return _starved(process, used)
        share = "its whole CPU share" if used >= 0.9 * whole else f"{used / whole:.0%} of its CPU share"
        of = f"{whole:g} CPU, the container's quota" if whole < 1 else "one CPU"
        return f"{who(process)} used {share} for {over_s:.1f} s ({used:.2f} of {of}), expected below {spec.below:.0%}"

    return of_each(
        case, ask, f"{case.check.expected.name} uses less than {spec.below:.0%} of a processor", workers=True
    )


def _starved(process: Process, used: float) -> str:
    """One that always wants a processor and does not get it, since others use the machine, spins as well."""
    states = process.detail.cpu_states + "".join(process.states)
    if len(states) < _ENOUGH or set(states) != {"R"}:
        return ""
    wanted = f"it was running or waiting for a processor in {len(states)} of {len(states)} samples"
    got = f"{used:.2f} of one CPU, it got no more: {wanted}"
    return f"{who(process)} used its whole CPU share for {process.detail.cpu_over_s:.1f} s ({got})"


def _share(case: Case) -> float:
    """How many processors one thread can have: one, or the container's quota where that is less."""
    box = case.instance
    quota = box.cpus if isinstance(box, Container) else 0.0
    return min(1.0, quota) if quota else 1.0
