"""Are the declared processes there, alive, stable, and as declared?"""

from collections.abc import Iterator

from seatrial.judges import explain
from seatrial.judges.case import Blind, Case
from seatrial.judges.matching import Matched
from seatrial.judges.roots import evidence, must_be_there, who
from seatrial.judges.users import called, uid_of, wanted
from seatrial.sanitise import clean
from seatrial.snapshot import FileFact, Process, Unreadable
from seatrial.spec.naming import last_part
from seatrial.spec.process import ProcessSpec
from seatrial.verdicts import Verdict

STUCK = {
    "T": "stopped (T)",
    "t": "stopped by a debugger (t)",
    "D": "in uninterruptible wait (D)",
    "Z": "a zombie (Z)",
    "X": "dead (X)",
    "x": "dead (X)",
}
"""States in which a process does nothing, proc(5); only one that all samples show counts."""

_CLOCK_STEP_S = 2.0
_ARGUMENT_CAP = 300


def count(case: Case) -> Verdict:
    """As many roots, and workers below them, as declared; zombies do not count."""
    spec: ProcessSpec = case.check.expected
    found = case.matched(spec)
    wrong = [*_number_wrong(case, spec, found), *_workers_wrong(spec, found)]
    right = f"{len(found.roots)} {spec.name} run, as declared"
    return case.weigh(wrong, found.why_unclear(), right, **evidence(found))


def state(case: Case) -> Verdict:
    """None of them is stopped, stuck or a zombie in all samples."""
    spec: ProcessSpec = case.check.expected
    found = case.matched(spec)
    wrong = [explain.zombie(case, process) for process in found.zombies if stuck(process)]
    wrong += [_stuck_text(process) for process in found.running if stuck(process)]
    if not wrong:
        must_be_there(spec, found)
    return case.weigh(wrong, found.why_unclear(), f"{spec.name} runs: {_states(found.running)}", **evidence(found))


def user(case: Case) -> Verdict:
    """Each root runs as the declared user, compared as uid."""
    spec: ProcessSpec = case.check.expected
    found = case.matched(spec)
    must_be_there(spec, found)
    wrong, unseen = users_differ(case, spec.user, found.sure_roots)
    return case.weigh(wrong, [*unseen, *found.why_unclear()], f"{spec.name} runs as {spec.user}", **evidence(found))


def pidfile(case: Case) -> Verdict:
    """The pid file names one of them."""
    spec: ProcessSpec = case.check.expected
    found = case.matched(spec)
    wrong, unseen = names_other(case, spec.pidfile or "", found)
    return case.weigh(wrong, unseen, f"{spec.pidfile} names {spec.name}, which runs", **evidence(found))


def names_other(case: Case, path: str, found: Matched) -> tuple[list[str], list[str]]:
    """What is wrong with a pid file that must name one of these, and why that cannot be told."""
    fact = case.file(path)
    if fact.kind != "regular":
        return [f"the pid file {path} {'does not exist' if not fact.exists else f'is a {fact.kind}'}"], []
    if fact.head is None:
        return [], [f"the pid file {path} could not be read: {fact.problem or 'nobody asked for it'}"]
    number = explain.pid_in(fact)
    if number is None:
        return [f"the pid file {path} holds no pid but {clean(fact.head, 40)!r}"], []
    if number in found:
        return [], []
    if any(process.pid == number for process in found.unclear):
        return [], found.why_unclear()
    return [_names_wrong(case, fact, number, found)], []


def users_differ(case: Case, declared: str | int | None, those: tuple[Process, ...]) -> tuple[list[str], list[str]]:
    """Who runs as another user than declared, and of whom that could not be seen."""
    if declared is None:
        return [], []
    try:
        uid = uid_of(case, declared)
    except Blind as blind:
        return [], [str(blind)]
    wrong = [
        f"{item.comm} pid {item.pid} runs as {' with the rights of '.join(others)}, expected {wanted(declared, uid)}"
        for item in those
        if (others := _other_uids(case, item, uid))
    ]
    unread = [(item, fact) for item in those for fact in (item.uid, item.euid) if isinstance(fact, Unreadable)]
    return wrong, [f"{who(item)}: {fact.reason}" for item, fact in unread]


def _other_uids(case: Case, process: Process, uid: int) -> list[str]:
    """The real and the effective uid, once where they are one; nothing where both are the expected one."""
    both = [fact for fact in (process.uid, process.euid) if isinstance(fact, int)]
    return [f"uid {called(case, number)}" for number in dict.fromkeys(both)] if set(both) - {uid} else []


def stuck(process: Process) -> bool:
    """True where every sample shows a state in which nothing is done: one odd sample alarms nobody."""
    return bool(process.states) and all(letter in STUCK for letter in process.states)


def _number_wrong(case: Case, spec: ProcessSpec, found: Matched) -> Iterator[str]:
    most, least = len(found.roots) + len(found.unclear), len(found.sure_roots)
    if least <= spec.count <= most:
        return
    text = f"expected {spec.count} {spec.name}{_declared(spec)}, found {len(found.roots)}"
    if len(found.roots) < spec.count:
        reasons = explain.absence(case, spec, found, spec.pidfile)
        yield f"{text}; {reasons}" if reasons else text
    else:
        yield f"{text}: {', '.join(who(process) for process in found.roots[:10])}"


def _declared(spec: ProcessSpec) -> str:
    """`` (main com.p2p.Relay)``: what tells the process from others, as far as its name does not say so."""
    main, jar = (spec.java.main, spec.java.jar) if spec.java else (None, None)
    told = {"exe": spec.exe, "script": spec.script, "match": spec.match, "main": main, "jar": jar}
    more = [f"{key} {clean(text, _ARGUMENT_CAP)}" for key, text in told.items() if text and not _names(spec, text)]
    return f" ({', '.join(more)})" if more else ""


def _names(spec: ProcessSpec, text: str) -> bool:
    """Whether its name is that of the program, with or without the ending of its file."""
    last = last_part(text)
    return spec.name in (last, last.partition(".")[0])


def _workers_wrong(spec: ProcessSpec, found: Matched) -> Iterator[str]:
    workers = len(found.workers)
    if spec.workers is None or found.unclear or workers == spec.workers:
        return
    masters = ", ".join(str(process.pid) for process in found.roots) or "nobody"
    dead = f" ({len(found.zombies)} zombie)" if found.zombies else ""
    yield f"{spec.workers} workers under master {masters} expected, {workers} alive{dead}"


def _names_wrong(case: Case, fact: FileFact, number: int, found: Matched) -> str:
    written = fact.mtimes[-1] if fact.mtimes else 0.0
    now = case.snapshot.taken_at
    text = f"the pid file {fact.path} ({explain.at(written, now)}) names {number}"
    text += f"; pid {number} is {explain.whose(case, number)}"
    other = next((process for process in explain.everyone(case) if process.pid == number), None)
    started = case.inside.clock - other.age_s if other else 0.0
    if other and started > written + _CLOCK_STEP_S:
        text += f", started {explain.at(started, now)}, after the file"
    runs = ", ".join(str(process.pid) for process in found.roots)
    return f"{text}; {case.check.expected.name} is pid {runs}" if runs else text


def _stuck_text(process: Process) -> str:
    waits = f", wchan {clean(process.wchan, 80)}" if process.wchan and process.states[-1] == "D" else ""
    text = f"{who(process)} is {STUCK[process.states[-1]]}{waits}"
    return f"{text} in {len(process.states)} of {len(process.states)} samples"


def _states(processes: tuple[Process, ...]) -> str:
    return ", ".join(
        f"pid {process.pid} {''.join(letter or '-' for letter in process.states)}" for process in processes
    )
