"""Finding the services of this machine: by pid namespace, pid file, or what a process runs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from stat import S_ISREG

from seatrial.errors import CouldNotLook
from seatrial.instance import Instance, Local
from seatrial.judges.matching import matched
from seatrial.locate.binding import bind, every_slot
from seatrial.locate.candidate import Candidate
from seatrial.locate.files import matching
from seatrial.snapshot import Process, ServiceFacts, Unreadable
from seatrial.spec.process import Matcher
from seatrial.spec.service import ServiceSpec
from seatrial.transports import machine

PID_FILE_CAP = 64
RECYCLED_S = 60.0
"""Seconds by which a process may be younger than the file that names it; clocks are set sometimes."""


@dataclass(frozen=True, slots=True)
class Lost:
    """Something that names a service which is not there.

    :param why: in words.
    """

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Machine:
    """What was read of this machine before any service is looked for.

    :param namespaces: its pid namespaces.
    :param processes: its processes, or why they could not be read.
    """

    namespaces: machine.Namespaces
    processes: tuple[Process, ...] | Unreadable


@dataclass(frozen=True, slots=True)
class Hidden:
    """Something that is there and cannot be looked at.

    :param why: in words.
    """

    name: str
    why: str


def find_one(
    service: str, spec: ServiceSpec, here: Machine
) -> tuple[ServiceFacts | Unreadable, Mapping[str, Instance | Unreadable]]:
    """Find the instances of one service and the slots they fill."""
    try:
        found = _apart(list(_found(service, spec, here)))
    except CouldNotLook as error:
        return Unreadable(str(error)), every_slot(service, spec, Unreadable(str(error)))
    there: dict[str, Instance | Unreadable] = {one.id: one for one in found if isinstance(one, Local)}
    there |= {one.name: Unreadable(one.why) for one in found if isinstance(one, Hidden)}
    binding = bind(service, spec, [_candidate(one) for one in found if not isinstance(one, Lost)])
    lost = sorted(f"{one.name} ({one.why})" for one in found if isinstance(one, Lost))
    unsure = tuple(one.why for one in found if isinstance(one, Hidden))
    facts = replace(binding.facts, found=(*binding.facts.found, *lost), unsure=unsure)
    return facts, {slot: there[id_] for slot, id_ in binding.slots.items()}


def _candidate(one: Local | Hidden) -> Candidate:
    if isinstance(one, Hidden):
        return Candidate(one.name, one.name, "running", "", {}, 0)
    return Candidate(one.id, one.name, one.status, "", {}, int(one.started_at))


def _apart(found: Sequence[Local | Lost | Hidden]) -> list[Local | Lost | Hidden]:
    """One process is one instance: who is named twice, or descends from another one, is none of its own."""
    firsts = {one.pid: one.name for one in reversed(found) if isinstance(one, Local)}
    return [_own(one, firsts) if isinstance(one, Local) and one.scope == "tree" else one for one in found]


def _own(one: Local, firsts: Mapping[int, str]) -> Local | Lost:
    if firsts[one.pid] != one.name:
        return Lost(one.name, f"process {one.pid} is that of {firsts[one.pid]}")
    for above in machine.ancestors(one.pid):
        if above in firsts:
            return Lost(one.name, f"process {one.pid} belongs to {firsts[above]}")
    return one


def _found(service: str, spec: ServiceSpec, here: Machine) -> Iterator[Local | Lost | Hidden]:
    where = spec.locate
    if where.machine:
        yield machine.local(1, service, "machine")
    elif where.namespace:
        for path in matching(where.namespace):
            yield _or_hidden(Path(path).name, path, partial(_by_namespace, path, here.namespaces))
    elif where.pidfile:
        for path in matching(where.pidfile):
            yield _or_hidden(_stem(path), path, partial(_by_pid_file, path))
    else:
        yield from _by_process(service, Matcher(exe=where.exe, script=where.script, match=where.match), here.processes)


def _or_hidden(name: str, path: str, look: Callable[[], Local | Lost]) -> Local | Lost | Hidden:
    try:
        return look()
    except CouldNotLook as error:
        return Hidden(name, f"{path}: {error}")


def _stem(path: str) -> str:
    return Path(path).name.removesuffix(".pid")


def _by_namespace(path: str, there: machine.Namespaces) -> Local | Lost:
    name = Path(path).name
    try:
        number = machine.pid_namespace(path)
    except FileNotFoundError:
        return Lost(name, "ended")
    first = there.firsts.get(number)
    if first is None and there.hidden:
        raise CouldNotLook(f"its first process cannot be seen; {there.hidden} processes are other users'")
    if first is None:
        return Lost(name, "no process of it is left")
    found = machine.local(first, name, "namespace")
    return replace(found, shares_network=found.shares_network or there.shares_network(number))


def _by_pid_file(path: str) -> Local | Lost:
    name, (text, written_at) = _stem(path), _text(path)
    if not text.isascii() or not text.isdigit():
        return Lost(name, f"{path} holds no pid: {text[:20]!r}")
    pid = int(text)
    first = machine.stat_of(pid)
    if first is None and machine.is_hidden(pid):
        raise CouldNotLook(f"process {pid} is there, and this machine hides it from us; look as root")
    if first is None or first.state in "ZX":
        return Lost(name, f"{path} names {pid}, which is dead")
    if machine.is_thread(pid):
        return Lost(name, f"{path} names {pid}, which is a thread of a process")
    found = machine.local(pid, name, "tree")
    if found.started_at > written_at + RECYCLED_S:
        return Lost(name, f"{path} names {pid}, a number that another process was given after the file was written")
    return found


def _text(path: str) -> tuple[str, float]:
    """The first line of a pid file, and when it was written.

    :raises CouldNotLook: where it cannot be read.
    """
    try:
        found = Path(path).stat()
        if not S_ISREG(found.st_mode):
            raise CouldNotLook("it is no regular file")
        with Path(path).open("rb") as file:
            line = file.read(PID_FILE_CAP).partition(b"\n")[0]
        return line.decode("ascii", "replace").strip(), found.st_mtime
    except OSError as error:
        raise CouldNotLook(f"it cannot be read: {error.strerror}") from error


def _by_process(service: str, matcher: Matcher, processes: tuple[Process, ...] | Unreadable) -> Iterator[Local]:
    """Each root process that a matcher means, in the order in which they were started."""
    if isinstance(processes, Unreadable):
        raise CouldNotLook(processes.reason)
    found = matched(matcher, processes)
    if found.unclear:
        raise CouldNotLook("; ".join(found.why_unclear()))
    roots = sorted(found.roots, key=lambda process: (process.start_ticks, process.pid))
    for number, process in enumerate(roots, 1):
        yield machine.local(process.pid, f"{service}-{number}", "tree")
