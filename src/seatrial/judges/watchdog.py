"""Is the watchdog alive, does it beat, and does it watch the right process?"""

from seatrial.judges import explain
from seatrial.judges.case import Blind, Case
from seatrial.judges.matching import DEAD, Matched
from seatrial.judges.process import STUCK, names_other, stuck, users_differ
from seatrial.judges.users import weigh_owner
from seatrial.snapshot import FileFact, Process, Unreadable
from seatrial.spec.watchdog import Heartbeat, WatchdogSpec
from seatrial.verdicts import Verdict

_AHEAD_S = 2.0
"""Seconds that a file may be newer than the target's clock: file systems round, clocks step."""


def alive(case: Case) -> Verdict:
    """The watchdog runs, is not stopped, and is who it should be."""
    spec: WatchdogSpec = case.check.expected
    found = case.matched(spec)
    wrong = [f"{spec.name} {_state(process)}" for process in found.roots if stuck(process)]
    differ, unseen = users_differ(case, spec.user, found.sure_roots)
    wrong += differ
    if not found.running and not found.unclear:
        wrong.append(f"no watchdog {spec.name} runs; {explain.absence(case, spec, found, None)}")
    beat = _beat_note(case, spec.heartbeat)
    wrong = [f"{text}{beat}" for text in wrong]
    return case.weigh(wrong, [*found.why_unclear(), *unseen], f"{spec.name} {_pids(found.roots)} runs{beat}")


def beat(case: Case) -> Verdict:
    """Its heartbeat file is young by the target's clock, and it is the watchdog that touches it."""
    spec: WatchdogSpec = case.check.expected
    if spec.heartbeat is None:
        raise Blind("no heartbeat is declared")
    fact = case.file(spec.heartbeat.file)
    if fact.kind != "regular":
        what = f"is a {fact.kind}" if fact.exists else "does not exist"
        return case.failed(f"the heartbeat file {fact.path} {what}")
    age = _age(case, fact)
    wrong = _age_wrong(age, spec.heartbeat)
    unseen: list[str] = []
    if spec.heartbeat.owner is not None:
        misfit, doubt = weigh_owner(case, spec.heartbeat.owner, fact.uid)
        wrong += [f"{fact.path} {misfit}"] if misfit else []
        unseen += [doubt] if doubt else []
    if not wrong:
        _weigh_writer(case, spec, fact, wrong, unseen)
    right = f"heartbeat {age:.1f} s old (limit {spec.heartbeat.max_age:g} s)"
    return case.weigh(wrong, unseen, right, mtimes=", ".join(f"{moment:.3f}" for moment in fact.mtimes))


def target(case: Case) -> Verdict:
    """Each process that it must watch is a descendant of it, or named by the pid file that it reads."""
    spec: WatchdogSpec = case.check.expected
    dogs = case.matched(spec)
    if not dogs.running:
        raise Blind((dogs.why_unclear() or [f"no watchdog {spec.name} runs"])[0], "watchdog.alive")
    watched = next(item for item in case.check.spec.processes if item.name == spec.watches)
    found = case.matched(watched)
    roots = [process for process in found.roots if process.pid not in dogs]
    if not roots:
        raise Blind((found.why_unclear() or [f"no {spec.watches} runs that could be watched"])[0], "process.count")
    stray = [process for process in roots if not _descends(case, process, dogs)]
    wrong, unseen = _by_pid_file(case, spec, found, dogs) if stray and spec.pidfile else ([], [])
    if stray and not spec.pidfile:
        wrong = [_stray(case, process, spec, dogs) for process in stray]
    if dogs.unclear or found.unclear:
        wrong, unseen = [], [*dogs.why_unclear(), *found.why_unclear()]
    return case.weigh(wrong, unseen, f"{spec.name} {_pids(dogs.roots)} watches {spec.watches} {_pids(tuple(roots))}")


def _age(case: Case, fact: FileFact) -> float:
    if not fact.mtimes:
        raise Blind(f"when {fact.path} was touched was not read")
    return case.inside.clock_last - fact.mtimes[-1]


def _age_wrong(age: float, heartbeat: Heartbeat) -> list[str]:
    if age > heartbeat.max_age:
        return [f"heartbeat {age:.0f} s old, limit {heartbeat.max_age:g} s ({heartbeat.file})"]
    if age < -_AHEAD_S:
        return [f"heartbeat {-age:.0f} s in the future by the target's own clock ({heartbeat.file})"]
    return []


def _weigh_writer(case: Case, spec: WatchdogSpec, fact: FileFact, wrong: list[str], unseen: list[str]) -> None:
    """A young heartbeat of a watchdog that cannot beat is its last one, or somebody else's."""
    try:
        found = case.matched(spec)
    except Blind as blind:
        unseen.append(f"who touches the heartbeat cannot be seen: {blind}")
        return
    if any(not stuck(process) for process in found.running):
        return
    if found.unclear:
        unseen += found.why_unclear()
        return
    who = f"{spec.name} {_state(found.running[0])}" if found.running else f"no {spec.name} runs"
    whose = "something else touches it" if len(set(fact.mtimes)) > 1 else "its last beat, or something else touches it"
    wrong.append(f"heartbeat fresh ({_age(case, fact):.0f} s), but {who}: {whose}")


def _beat_note(case: Case, heartbeat: Heartbeat | None) -> str:
    fact = case.inside.files.get(heartbeat.file) if heartbeat else None
    if heartbeat is None or fact is None or isinstance(fact, Unreadable) or not fact.mtimes:
        return ""
    return f", heartbeat {case.inside.clock_last - fact.mtimes[-1]:.0f} s old (limit {heartbeat.max_age:g} s)"


def _descends(case: Case, process: Process, dogs: Matched) -> bool:
    parents = {other.pid: other.ppid for other in case.processes}
    pid, passed = process.ppid, set[int]()
    while pid and pid not in passed:
        if pid in dogs:
            return True
        passed.add(pid)
        pid = parents.get(pid, 0)
    return False


def _by_pid_file(case: Case, spec: WatchdogSpec, found: Matched, dogs: Matched) -> tuple[list[str], list[str]]:
    wrong, unseen = names_other(case, spec.pidfile or "", found)
    reads = f"watchdog {_pids(dogs.roots)} reads {spec.pidfile}"
    return [f"{reads}, {spec.watches} is {_pids(found.roots)}: {text}" for text in wrong], unseen


def _stray(case: Case, process: Process, spec: WatchdogSpec, dogs: Matched) -> str:
    parent = next((other for other in explain.everyone(case) if other.pid == process.ppid), None)
    state = " (dead)" if parent and parent.states and parent.states[-1] in DEAD else ""
    who = f"{process.ppid} {parent.comm}{state}" if parent else f"{process.ppid}, outside"
    text = f"the parent of {spec.watches} pid {process.pid} is {who}, expected {spec.name} {_pids(dogs.roots)}"
    return f"{text}: nobody restarts it"


def _state(process: Process) -> str:
    return f"pid {process.pid} {STUCK[process.states[-1]]}"


def _pids(processes: tuple[Process, ...]) -> str:
    return f"pid {', '.join(str(process.pid) for process in processes)}"
