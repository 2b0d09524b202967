"""Finding the services of this machine: by pid namespace, pid file, or what a process runs."""

import glob
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from stat import S_ISREG

from seatrial.errors import CouldNotLook
from seatrial.instance import Instance, Local
from seatrial.judges.matching import matched
from seatrial.locate.binding import bind, every_slot
from seatrial.locate.candidate import Candidate
from seatrial.snapshot import Process, ServiceFacts, Unreadable
from seatrial.spec.process import Matcher
from seatrial.spec.service import ServiceSpec
from seatrial.transports import machine

MOST = 10_000
"""Files that one pattern may match."""

PID_FILE_CAP = 64


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


def find_one(
    service: str, spec: ServiceSpec, here: Machine
) -> tuple[ServiceFacts | Unreadable, Mapping[str, Instance | Unreadable]]:
    """Find the instances of one service and the slots they fill."""
    try:
        found = list(_found(service, spec, here))
    except CouldNotLook as error:
        return Unreadable(str(error)), every_slot(service, spec, Unreadable(str(error)))
    live = {one.id: one for one in found if isinstance(one, Local)}
    binding = bind(service, spec, [_candidate(one) for one in live.values()])
    lost = sorted(f"{one.name} ({one.why})" for one in found if isinstance(one, Lost))
    facts = replace(binding.facts, found=(*binding.facts.found, *lost))
    return facts, {slot: live[id_] for slot, id_ in binding.slots.items()}


def _candidate(one: Local) -> Candidate:
    return Candidate(one.id, one.name, one.status, "", {}, int(one.started_at))


def _found(service: str, spec: ServiceSpec, here: Machine) -> Iterator[Local | Lost]:
    where = spec.locate
    if where.machine:
        yield machine.local(1, service, "machine")
    elif where.namespace:
        for path in _paths(where.namespace):
            yield _by_namespace(path, here.namespaces)
    elif where.pidfile:
        for path in _paths(where.pidfile):
            yield _by_pid_file(path)
    else:
        yield from _by_process(service, Matcher(exe=where.exe, script=where.script, match=where.match), here.processes)


def _paths(pattern: str) -> list[str]:
    """What matches, also a link that leads nowhere.

    :raises CouldNotLook: where too many do.
    """
    found = list(islice(glob.iglob(pattern), MOST + 1))
    if len(found) > MOST:
        raise CouldNotLook(f"{pattern}: more than {MOST} files match")
    return sorted(found)


def _by_namespace(path: str, there: machine.Namespaces) -> Local | Lost:
    name = Path(path).name
    try:
        first = there.firsts.get(machine.pid_namespace(path))
    except FileNotFoundError:
        return Lost(name, "ended")
    except PermissionError as error:
        raise CouldNotLook(f"{path} is another user's; look as root, or as that user") from error
    if first is None and there.hidden:
        raise CouldNotLook(f"{path}: its first process cannot be seen; {there.hidden} processes are other users'")
    if first is None:
        return Lost(name, "no process of it is left")
    return machine.local(first, name, "namespace")


def _by_pid_file(path: str) -> Local | Lost:
    name = Path(path).name.removesuffix(".pid")
    text = _text(path)
    if not text.isdigit():
        return Lost(name, f"{path} holds no pid: {text[:20]!r}")
    pid = int(text)
    first = machine.stat_of(pid)
    if first is None or first.state in "ZX":
        return Lost(name, f"{path} names {pid}, which is dead")
    return machine.local(pid, name, "tree")


def _text(path: str) -> str:
    """What a pid file holds.

    :raises CouldNotLook: where it cannot be read.
    """
    try:
        if not S_ISREG(Path(path).stat().st_mode):
            raise CouldNotLook(f"{path} is no regular file")
        with Path(path).open("rb") as file:
            return file.read(PID_FILE_CAP).decode("ascii", "replace").strip()
    except OSError as error:
        raise CouldNotLook(f"{path}: {error.strerror}") from error


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
