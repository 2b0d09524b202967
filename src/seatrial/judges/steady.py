"""Does a process stay the same one? A look sees 0.3 s; the earlier looks of one settling see more."""

from collections.abc import Sequence

from seatrial.judges.case import Case
from seatrial.judges.glimpse import process_key
from seatrial.judges.matching import Matched
from seatrial.judges.roots import evidence, identity, must_be_there, who
from seatrial.snapshot import Process
from seatrial.spec.process import ProcessSpec
from seatrial.trail import Birth
from seatrial.verdicts import Verdict

_TOLD = 10


def stable(case: Case) -> Verdict:
    """The same processes during the whole look, old enough to say that they do not restart again and again."""
    spec: ProcessSpec = case.check.expected
    found = case.matched(spec)
    came = [process for process in found.sure_roots if process.states[0] == ""]
    if found.gone_roots or came:
        return case.failed(_change(case, found, came), **evidence(found))
    if not found.running and _complete_lives(case):
        return case.failed(f"{_changes(case, ())}; none of it runs now", **evidence(found))
    must_be_there(spec, found)
    waited = case.inside.clock_last - case.inside.clock
    young = [process for process in found.roots if process.age_s + waited < _old_enough(case)]
    if young and _complete_lives(case):
        return case.failed(_changes(case, found.sure_roots), **evidence(found))
    unseen = [
        f"{who(process)} started {process.age_s + waited:.1f} s ago; run with --settle to wait" for process in young
    ]
    right = f"{spec.name} has run for {min((process.age_s for process in found.roots), default=0.0):.0f} s"
    return case.weigh([], [*unseen, *found.why_unclear()], right, **evidence(found))


def _old_enough(case: Case) -> float:
    """Seconds: after restarts, twice as long as the longest of the lives that came and went."""
    return max(case.stable_for_s, 2 * max(_complete_lives(case), default=0.0))


def _seen(case: Case) -> list[tuple[float, frozenset[Birth]]]:
    key = process_key(case.check)
    return [(one.taken_at, one.roots[key]) for one in case.snapshot.earlier if key in one.roots]


def _complete_lives(case: Case) -> list[float]:
    """Seconds, at most, that those lived who both came and went while we looked; a deployment replaces one once."""
    looks = [*_seen(case), (case.snapshot.taken_at, frozenset(_births(case)))]
    births = {birth for _, there in looks for birth in there} - looks[0][1] - looks[-1][1]
    return [_lived(birth, looks) for birth in births]


def _births(case: Case) -> list[Birth]:
    return [(process.pid, process.start_ticks) for process in case.matched(case.check.expected).sure_roots]


def _lived(birth: Birth, looks: Sequence[tuple[float, frozenset[Birth]]]) -> float:
    """From the last look before it to the first one after it."""
    at = [index for index, (_, there) in enumerate(looks) if birth in there]
    return looks[at[-1] + 1][0] - looks[at[0] - 1][0]


def _change(case: Case, found: Matched, came: list[Process]) -> str:
    if _complete_lives(case):
        return _changes(case, found.sure_roots)
    seen = [f"{identity(process)} ended" for process in found.gone_roots]
    seen += [f"{identity(process)} appeared" for process in came]
    return f"{case.check.expected.name} changed identity while we looked: {', '.join(seen)}"


def _changes(case: Case, roots: Sequence[Process]) -> str:
    """``orderd changed identity 3 times in 7 s: 7@111881, 24@112082, 33@112282``."""
    looks = _seen(case)
    told = dict.fromkeys(f"{pid}@{ticks}" for _, there in looks for pid, ticks in sorted(there, key=lambda b: b[1]))
    told.update(dict.fromkeys(identity(process) for process in roots))
    names = list(told)
    over_s = case.snapshot.taken_at - looks[0][0]
    shown = ", ".join(names[-_TOLD:])
    return f"{case.check.expected.name} changed identity {len(names) - 1} times in {over_s:.0f} s: {shown}"
