"""What most questions about declared processes ask: something of each root, where one is there at all."""

from collections.abc import Callable
from typing import TypeVar

from seatrial.judges.case import Blind, Case
from seatrial.judges.matching import Matched, program
from seatrial.snapshot import NOT_READ, Process, Unreadable
from seatrial.spec.process import ProcessSpec
from seatrial.verdicts import Verdict

T = TypeVar("T")


def of_each(case: Case, ask: Callable[[Process], str], right: str, *, workers: bool = False) -> Verdict:
    """Ask something of each root, and say all that is wrong.

    :param ask: tells what is wrong with one process, nothing where nothing is; raises :class:`Blind` where that could
        not be seen.
    :param right: what to say where nothing is wrong.
    :param workers: whether the workers are asked as well.
    """
    spec: ProcessSpec = case.check.expected
    found = case.matched(spec)
    must_be_there(spec, found)
    wrong, unseen = [], found.why_unclear()
    for process in (*found.sure_roots, *(found.workers if workers else ())):
        try:
            wrong.append(ask(process))
        except Blind as blind:
            unseen.append(f"{who(process)}: {blind}")
    return case.weigh([text for text in wrong if text], unseen, right, **evidence(found))


def read(fact: T | Unreadable, what: str) -> T:
    """A fact of a process.

    :raises Blind: where it could not be read, or nobody asked for it.
    """
    if isinstance(fact, Unreadable):
        raise Blind(f"{what} was not looked at" if fact is NOT_READ else f"{what} cannot be read: {fact.reason}")
    return fact


def must_be_there(spec: ProcessSpec, found: Matched) -> None:
    """Say that nothing can be told of processes that do not run.

    :raises Blind: because of what counts them.
    """
    if not found.running:
        reason = found.why_unclear() or [f"no {spec.name} runs"]
        raise Blind(reason[0], "process.count")


def who(process: Process) -> str:
    """``pid 23 nc``."""
    return f"pid {process.pid} {process.comm}"


def identity(process: Process) -> str:
    """``23@111881``: its pid and its start time in clock ticks."""
    return f"{process.pid}@{process.start_ticks}"


def evidence(found: Matched) -> dict[str, object]:
    """What was found of the declared processes, for the report."""
    lines = [f"{identity(process)} {program(process)} {''.join(process.states)}" for process in found.running[:20]]
    told: dict[str, object] = {"running": ", ".join(lines) or "none"}
    if found.zombies:
        told["zombies"] = ", ".join(who(process) for process in found.zombies[:20])
    return told
