"""The nearest explanation of a finding; it reads what is there and never fails for what is not."""

import time

from seatrial.judges.case import Case
from seatrial.judges.matching import DEAD, Matched, java_of, program, same_program
from seatrial.parsers.java_command import JavaCommand
from seatrial.sanitise import clean
from seatrial.snapshot import FileFact, Inside, LogFact, Process, Unreadable
from seatrial.spec.naming import last_part
from seatrial.spec.process import Matcher

_DAY_S = 86_400.0


def absence(case: Case, matcher: Matcher, found: Matched, pidfile: str | None) -> str:
    """Why processes are fewer than expected, as far as the look can tell."""
    parts = [
        *(zombie(case, process) for process in found.zombies),
        pid_file_says(case, pidfile),
        lookalike(case, matcher, found),
        uptime(case),
        last_hit(case),
    ]
    return "; ".join(part for part in parts if part)


def zombie(case: Case, process: Process) -> str:
    """``orderd pid 18 is a zombie (Z); parent 13 python3 has not reaped it``."""
    parent = next((other for other in everyone(case) if other.pid == process.ppid), None)
    who = f"{process.ppid} {parent.comm}" if parent else str(process.ppid)
    return f"{process.comm} pid {process.pid} is a zombie (Z); parent {who} has not reaped it"


def pid_file_says(case: Case, path: str | None) -> str:
    """What the declared pid file names, and whether that lives."""
    inside = case.slot.inside
    fact = inside.files.get(path) if path and isinstance(inside, Inside) else None
    if not isinstance(fact, FileFact):
        return ""
    if not fact.exists:
        return f"the pid file {path} does not exist"
    number = pid_in(fact)
    if number is None:
        return ""
    return f"the pid file names {number}, which is {whose(case, number)}"


def pid_in(fact: FileFact) -> int | None:
    """The pid that a pid file holds, None where it holds none."""
    text = (fact.head or b"").strip()[:16]
    return int(text) if text.isdigit() and 0 < int(text) < 2**22 + 1 else None


def whose(case: Case, pid: int) -> str:
    """``dead``, or what has that pid."""
    process = next((other for other in everyone(case) if other.pid == pid), None)
    if process is None:
        return "dead"
    if not process.states or process.states[-1] in DEAD:
        return f"dead ({process.comm}, state {process.states[-1] if process.states else ''})"
    return program(process)


def lookalike(case: Case, matcher: Matcher, found: Matched) -> str:
    """A process that is called like the declared program and runs another file: a link, an interpreter, a class."""
    if matcher.java and not found.running:
        return _other_java(case)
    if not matcher.exe or found.running:
        return ""
    name = last_part(matcher.exe)
    for process in everyone(case):
        other = isinstance(process.exe, str) and not same_program(matcher.exe, process.exe)
        if other and name in (process.comm, _called_as(process)):
            return f"pid {process.pid} is called {name} but runs {process.exe}"
    return ""


def uptime(case: Case) -> str:
    """``container up 12 s, its PID 1 is sh``."""
    inside, started = case.slot.inside, case.instance.started_at
    if not isinstance(inside, Inside) or not started:
        return ""
    first = next((process.comm for process in everyone(case) if process.pid == 1), "")
    return f"{case.instance.noun} up {inside.clock_last - started:.0f} s" + (f", its PID 1 is {first}" if first else "")


def last_hit(case: Case) -> str:
    """The last line of its logs that holds a denied pattern."""
    inside = case.slot.inside
    logs = [*case.slot.docker_log.values(), *(inside.logs.values() if isinstance(inside, Inside) else ())]
    lines = [(file, line) for log in logs if isinstance(log, LogFact) for file in log.files for line in file.hits]
    if not lines:
        return ""
    file, line = max(lines, key=lambda pair: pair[1].time or 0.0)
    return f"last denied log line: {last_part(file.path)} line {line.number} {clean(line.text, 200)!r}"


def everyone(case: Case) -> tuple[Process, ...]:
    """All processes that were seen, none where they could not be."""
    inside = case.slot.inside
    if not isinstance(inside, Inside) or isinstance(inside.processes, Unreadable):
        return ()
    return inside.processes


def name_of(case: Case, pid: int) -> str:
    """``pid 23 nc``, or only its number where it was not seen."""
    process = next((other for other in everyone(case) if other.pid == pid), None)
    return f"pid {pid} {process.comm}" if process else f"pid {pid}"


def at(moment: float, now: float) -> str:
    """``20:30:17`` UTC, with the date where it is not within a day of ``now``."""
    form = "%H:%M:%S UTC" if abs(now - moment) < _DAY_S else "%Y-%m-%d %H:%M:%S UTC"
    try:
        return time.strftime(form, time.gmtime(moment))
    except (OverflowError, ValueError, OSError):
        return f"{moment:.0f} s since 1970"


def _other_java(case: Case) -> str:
    """``pid 40 runs com.p2p.gms.Main``: the Java that runs instead."""
    commands = [(process.pid, java_of(process)) for process in everyone(case)]
    told = [(pid, it.main or it.jar) for pid, it in commands if isinstance(it, JavaCommand) and (it.main or it.jar)]
    return ", ".join(f"pid {pid} runs {clean(what, 100)}" for pid, what in told[:5])


def _called_as(process: Process) -> str:
    return last_part(process.argv[0]) if not isinstance(process.argv, Unreadable) and process.argv else ""
