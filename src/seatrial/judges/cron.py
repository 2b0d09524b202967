"""Is a line in a crontab, and is there a cron daemon that reads it?"""

import difflib
from collections.abc import Iterable, Sequence

from seatrial.host import CronLine
from seatrial.judges.case import Case
from seatrial.judges.matching import DEAD
from seatrial.judges.process import stuck
from seatrial.parsers.crontab import SYSTEM
from seatrial.snapshot import Process, Unreadable
from seatrial.spec.cron import CronSpec
from seatrial.spec.naming import last_part
from seatrial.verdicts import Verdict

_CLASSIC = ("cron", "crond")
"""Debian's, and cronie's, which read all crontabs that are looked into."""

_DAEMONS = (*_CLASSIC, "fcron", "bcron-start", "bcron-sched")
_MANY_IN_ONE = ("busybox", "toybox")
_BUSYBOX = "/var/spool/cron/crontabs/"
"""The only folder that BusyBox' crond reads, unless ``-c`` names another, and there only files that are root's."""

_LOOKED_THROUGH = 500
"""Lines among which one is looked for that is like the declared one: comparing takes its time."""


def cron(case: Case) -> Verdict:
    """The line must be there, of the declared user, in a crontab that the daemon reads, which is not stopped."""
    spec: CronSpec = case.check.expected
    unseen: list[str] = []
    wrong: list[str] = []
    found = _lines(case, spec, wrong, unseen)
    daemon = _daemon(case.processes, wrong, unseen)
    if not found or daemon is None:
        return case.weigh(wrong, unseen, "")
    why_not = {line: _not_read(daemon, line) for line in found}
    first = next((line for line in found if not why_not[line]), found[0])
    unseen += [why_not[first]] if why_not[first] else []
    right = f"{first.file} ({first.user}) holds {spec.line!r}; {_who(daemon)} runs"
    return case.weigh(wrong, unseen, right)


def _lines(case: Case, spec: CronSpec, wrong: list[str], unseen: list[str]) -> list[CronLine]:
    """Where the line stands and cron does not pass it over."""
    crontabs = case.host.cron
    if isinstance(crontabs, Unreadable):
        unseen.append(f"its crontabs could not be read: {crontabs.reason}")
        return []
    alike = [each for each in crontabs if spec.line in (each.line, _without_user(each))]
    meant = [each for each in alike if spec.user in (None, each.user)]
    found = [each for each in meant if not each.passed_over]
    if meant and not found:
        unsure = [each for each in meant if each.unsure]
        (unseen if unsure else wrong).append(_passed_over(spec, (unsure or meant)[0]))
    elif alike and not found:
        others = " and ".join(f"that of {each.user} ({each.file})" for each in alike[:3])
        wrong.append(f"{spec.line!r} is in no crontab of {spec.user}, only in {others}")
    elif not found:
        wrong.append(f"no crontab holds {spec.line!r}{_nearest(spec, crontabs)}")
    return found


def _passed_over(spec: CronSpec, line: CronLine) -> str:
    does = "may pass over, if no directory such as LDAP knows better" if line.unsure else "passes over"
    return f"{spec.line!r} stands in {line.file}, which cron {does}: {line.passed_over}"


def _without_user(line: CronLine) -> str:
    """A line of a system crontab as it would stand in one of a user's own."""
    words = line.line.split(" ")
    at = 1 if line.line.startswith("@") else 5
    if line.file.startswith(SYSTEM) and words[at : at + 1] == [line.user]:
        del words[at]
    return " ".join(words)


def _nearest(spec: CronSpec, crontabs: Sequence[CronLine]) -> str:
    by_text = {_without_user(each): each for each in crontabs[:_LOOKED_THROUGH]}
    near = difflib.get_close_matches(spec.line, list(by_text), 1, 0.7)
    return f"; the nearest is {near[0]!r} in {by_text[near[0]].file}" if near else f"; {len(crontabs)} lines were read"


def _daemon(processes: Iterable[Process], wrong: list[str], unseen: list[str]) -> Process | None:
    """The daemon that reads crontabs; of several one whose crontabs are known."""
    live = [process for process in processes if process.states and process.states[-1] not in DEAD]
    answers = [(process, _is_daemon(process)) for process in live]
    daemons = [process for process, answer in answers if answer]
    running = [process for process in daemons if not stuck(process)]
    if running:
        return next((process for process in running if _kind(process) in _CLASSIC), running[0])
    maybe = [process for process, answer in answers if answer is None]
    if daemons:
        wrong.append(f"{daemons[0].comm} pid {daemons[0].pid} is stopped, so no cron line is run")
    elif maybe:
        unseen.append(f"pid {maybe[0].pid} {maybe[0].comm} may be the cron daemon: {_why(maybe[0])}")
    else:
        wrong.append("no cron daemon runs, so no cron line is run")
    return None


def _kind(process: Process) -> str:
    """The name of the program that it is."""
    return "" if isinstance(process.exe, Unreadable) else last_part(process.exe.removesuffix(" (deleted)"))


def _not_read(daemon: Process, line: CronLine) -> str:
    """Why it cannot be told that this daemon runs this line, else empty: not every one reads every crontab."""
    kind, argv = _kind(daemon), () if isinstance(daemon.argv, Unreadable) else daemon.argv
    if kind in _CLASSIC:
        return ""
    if kind not in _MANY_IN_ONE:
        return f"{_who(daemon)} is {kind}, whose crontabs are not read"
    if any(word.startswith("-c") for word in argv):
        return f"{_who(daemon)} was given crontabs of its own (-c)"
    if not line.file.startswith(_BUSYBOX) or line.owner:
        why = f", which belongs to uid {line.owner}" if line.owner else ""
        return f"{_who(daemon)} is {kind}, which does not read {line.file}{why}"
    return ""


def _who(process: Process) -> str:
    return f"{process.comm} pid {process.pid}"


def _is_daemon(process: Process) -> bool | None:
    """By what it runs; None where that cannot be seen: what it is called, it may have called itself."""
    words = () if isinstance(process.argv, Unreadable) else tuple(last_part(word) for word in process.argv[:2])
    called = not {process.comm, *words}.isdisjoint(_DAEMONS)
    if isinstance(process.exe, Unreadable):
        return None if called else False
    program = _kind(process)
    if program not in _MANY_IN_ONE:
        return program in _DAEMONS
    return None if isinstance(process.argv, Unreadable) else not set(words).isdisjoint(_DAEMONS)


def _why(process: Process) -> str:
    return next((fact.reason for fact in (process.exe, process.argv) if isinstance(fact, Unreadable)), "")
