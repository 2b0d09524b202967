"""Is a line in a crontab, and is there a cron daemon that reads it?"""

import difflib
from collections.abc import Iterable, Sequence

from seatrial.host import CronLine
from seatrial.judges.case import Case
from seatrial.judges.matching import DEAD
from seatrial.judges.process import stuck
from seatrial.snapshot import Process, Unreadable
from seatrial.spec.cron import CronSpec
from seatrial.spec.naming import last_part
from seatrial.verdicts import Verdict

_DAEMONS = ("cron", "crond", "fcron", "bcron-start", "bcron-sched")
_MANY_IN_ONE = ("busybox", "toybox")
_SYSTEM = ("/etc/crontab", "/etc/cron.d/")
"""Crontabs whose lines name the user between times and command (crontab(5))."""

_LOOKED_THROUGH = 500
"""Lines among which one is looked for that is like the declared one: comparing takes its time."""


def cron(case: Case) -> Verdict:
    """The line must be there, of the declared user, and a daemon must run that is not stopped."""
    spec: CronSpec = case.check.expected
    unseen: list[str] = []
    wrong: list[str] = []
    where = _line(case, spec, wrong, unseen)
    who = _daemon(case.processes, wrong, unseen)
    return case.weigh(wrong, unseen, f"{where} holds {spec.line!r}; {who} runs")


def _line(case: Case, spec: CronSpec, wrong: list[str], unseen: list[str]) -> str:
    """The crontab that holds the line."""
    crontabs = case.host.cron
    if isinstance(crontabs, Unreadable):
        unseen.append(f"its crontabs could not be read: {crontabs.reason}")
        return ""
    alike = [each for each in crontabs if spec.line in (each.line, _without_user(each))]
    found = [each for each in alike if spec.user in (None, each.user)]
    if found:
        return f"{found[0].file} ({found[0].user})"
    if alike:
        others = " and ".join(f"that of {each.user} ({each.file})" for each in alike[:3])
        wrong.append(f"{spec.line!r} is in no crontab of {spec.user}, only in {others}")
    else:
        wrong.append(f"no crontab holds {spec.line!r}{_nearest(spec, crontabs)}")
    return ""


def _without_user(line: CronLine) -> str:
    """A line of a system crontab as it would stand in one of a user's own."""
    words = line.line.split(" ")
    at = 1 if line.line.startswith("@") else 5
    if line.file.startswith(_SYSTEM) and words[at : at + 1] == [line.user]:
        del words[at]
    return " ".join(words)


def _nearest(spec: CronSpec, crontabs: Sequence[CronLine]) -> str:
    by_text = {_without_user(each): each for each in crontabs[:_LOOKED_THROUGH]}
    near = difflib.get_close_matches(spec.line, list(by_text), 1, 0.7)
    return f"; the nearest is {near[0]!r} in {by_text[near[0]].file}" if near else f"; {len(crontabs)} lines were read"


def _daemon(processes: Iterable[Process], wrong: list[str], unseen: list[str]) -> str:
    """The daemon that reads crontabs."""
    live = [process for process in processes if process.states and process.states[-1] not in DEAD]
    answers = [(process, _is_daemon(process)) for process in live]
    daemons = [process for process, answer in answers if answer]
    running = [process for process in daemons if not stuck(process)]
    if running:
        return f"{running[0].comm} pid {running[0].pid}"
    maybe = [process for process, answer in answers if answer is None]
    if daemons:
        wrong.append(f"{daemons[0].comm} pid {daemons[0].pid} is stopped, so no cron line is run")
    elif maybe:
        unseen.append(f"pid {maybe[0].pid} {maybe[0].comm} may be the cron daemon: {_why(maybe[0])}")
    else:
        wrong.append("no cron daemon runs, so no cron line is run")
    return ""


def _is_daemon(process: Process) -> bool | None:
    """By what it runs; None where that cannot be seen: what it is called, it may have called itself."""
    words = () if isinstance(process.argv, Unreadable) else tuple(last_part(word) for word in process.argv[:2])
    called = not {process.comm, *words}.isdisjoint(_DAEMONS)
    if isinstance(process.exe, Unreadable):
        return None if called else False
    program = last_part(process.exe.removesuffix(" (deleted)"))
    if program not in _MANY_IN_ONE:
        return program in _DAEMONS
    return None if isinstance(process.argv, Unreadable) else not set(words).isdisjoint(_DAEMONS)


def _why(process: Process) -> str:
    return next((fact.reason for fact in (process.exe, process.argv) if isinstance(fact, Unreadable)), "")
