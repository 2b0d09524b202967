"""All processes of one target over the samples of a look."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from seatrial.errors import CouldNotLook
from seatrial.parsers import process
from seatrial.parsers.files import is_missing
from seatrial.parsers.frames import Frame, Frames
from seatrial.parsers.own import own_of
from seatrial.parsers.process_detail import detail
from seatrial.request import ProcessRequest
from seatrial.sanitise import decode
from seatrial.snapshot import Process, Unreadable

T = TypeVar("T")

_NAMESPACES = re.compile(rb"^NSpid:(.*)$", re.MULTILINE)
_GONE = re.compile(rb"no such (?:file|process)", re.IGNORECASE)
_CLOCK_SLACK_S = 5.0
_NO_RIGHT = "its exe link may not be read (no right to trace it)"


@dataclass(frozen=True, slots=True)
class Moment:
    """When a sample was taken, by the target.

    :param clock: seconds since the epoch.
    :param uptime: seconds since boot.
    """

    clock: float
    uptime: float


@dataclass(frozen=True, slots=True)
class Task:
    """A process and the inodes of the sockets it holds.

    :param outer: its pid as the reader's /proc counts.
    """

    process: Process
    outer: int
    sockets: frozenset[int] | Unreadable


@dataclass(frozen=True, slots=True)
class Seen:
    """A process as the samples show it.

    :param first: the first sample that has it; what does not change was read there.
    :param stats: sample → its stat.
    """

    first: int
    stats: Mapping[int, process.Stat]

    @property
    def last(self) -> process.Stat:
        """Its newest stat."""
        return self.stats[max(self.stats)]


def moments(frames: Frames) -> dict[int, Moment]:
    """Sample → when it was taken.

    :raises CouldNotLook: when the reader told no time.
    """
    found = {frame.numbers[1]: _moment(frames.read("clock", frame.numbers[1])) for frame in frames.all("clock")}
    if not found:
        raise CouldNotLook("the reader told no time")
    return found


def _moment(payload: bytes) -> Moment:
    fields = payload.split()
    clock = re.match(rb"\d{1,12}(?:\.\d{1,9}\b)?", fields[0]) if len(fields) >= 2 else None
    if clock is None or not re.fullmatch(rb"\d{1,12}\.\d{1,6}", fields[1]):
        raise CouldNotLook("the target's time is not understood")
    return Moment(float(clock[0]), float(fields[1]))


def tasks(frames: Frames, times: Mapping[int, Moment], scope: str, asked: ProcessRequest) -> tuple[Task, ...]:
    """Every process that a sample shows, except the reader and what it ran.

    :param asked: of the request, of each process.
    :param scope: of the request; those of a ``machine`` are the ones of its own pid namespace, and of no container.
    :raises CouldNotLook: when a process is there and cannot be read.
    """
    seen = seen_of(frames)
    inner_of = partial(_own_pid, frames) if scope == "machine" else partial(_inner, frames, _level(frames))
    inner = {pid: found for (pid, _), one in seen.items() if (found := inner_of(one, pid)) is not None}
    samples = sorted(times)
    return tuple(
        _task(frames, asked, one, inner, times[one.first], samples)
        for (pid, _), one in sorted(seen.items())
        if pid in inner
    )


def seen_of(frames: Frames) -> dict[tuple[int, int], Seen]:
    """Pid and start time → what the samples show of it."""
    stats: dict[tuple[int, int], dict[int, process.Stat]] = {}
    for frame in frames.all("stat"):
        if not _is_gone(frame):
            found = process.stat(frames.read("stat", *frame.numbers[1:]))
            stats.setdefault((found.pid, found.start_ticks), {})[frame.numbers[1]] = found
    own = own_of(frames, {stat for by_sample in stats.values() for stat in by_sample.values()})
    return {key: Seen(min(by_sample), by_sample) for key, by_sample in stats.items() if key[0] not in own}


def _is_gone(frame: Frame) -> bool:
    """Between the list of processes and its stat, it ended."""
    return _GONE.search(frame.payload) is not None if frame.status else not frame.payload


def _level(frames: Frames) -> int:
    """How many pid namespaces the target's own is below the reader's."""
    first = process.stat(frames.read("init", 0)).pid
    return len(process.namespace_pids(frames.read("status", 0, first))) - 1


def _own_pid(frames: Frames, one: Seen, pid: int) -> int | None:
    """The pid of a process of the first one's own pid namespace, None for one below, and where it ended meanwhile.

    A kernel before 4.1 tells nobody's (``NSpid``).
    """
    status = frames.find("status", one.first, pid)
    if status is None or status.status:
        return None if status is not None and _is_gone(status) else pid
    line = _NAMESPACES.search(status.payload)
    return pid if line is None or len(line[1].split()) <= _depth(frames) else None


def _depth(frames: Frames) -> int:
    first = frames.find("status", 0, process.stat(frames.read("init", 0)).pid)
    line = _NAMESPACES.search(first.payload) if first is not None and not first.status else None
    return len(line[1].split()) if line else 1


def _inner(frames: Frames, level: int, one: Seen, pid: int) -> int | None:
    """Its pid in the target, None where it is not of the target's pid namespace, or ended before that was read."""
    status = frames.find("status", one.first, pid)
    if status is not None and status.status and _is_gone(status):
        return None
    if level == 0:
        return pid
    pids = process.namespace_pids(frames.read("status", one.first, pid))
    return pids[level] if len(pids) > level else None


def _task(
    frames: Frames,
    asked: ProcessRequest,
    one: Seen,
    inner: Mapping[int, int],
    at: Moment,
    samples: Sequence[int],
) -> Task:
    stat = one.last
    key = (one.first, stat.pid)
    argv = or_why(lambda: process.argv(frames.read("cmdline", *key)))
    return Task(
        Process(
            pid=inner[stat.pid],
            ppid=inner.get(stat.ppid, 0),
            start_ticks=stat.start_ticks,
            age_s=_age(stat, at),
            states=_states(frames, one, samples),
            uid=or_why(lambda: process.uid(frames.read("status", *key))),
            euid=or_why(lambda: process.euid(frames.read("status", *key))),
            seccomp=or_why(lambda: process.seccomp(frames.read("status", *key))),
            cap_eff=or_why(lambda: process.cap_eff(frames.read("status", *key))),
            no_new_privs=or_why(lambda: process.no_new_privs(frames.read("status", *key))),
            comm=stat.comm,
            argv=argv,
            exe=exe_of(frames, one.first, stat, no_argv=isinstance(argv, tuple) and not argv),
            wchan=_wchan(frames, key),
            detail=detail(frames, asked, *key, stat.state),
        ),
        stat.pid,
        sockets_of(frames, one.first, stat),
    )


def _states(frames: Frames, one: Seen, samples: Sequence[int]) -> tuple[str, ...]:
    """Its state in each sample; nothing where it was not there, or ended while it was read; a zombie stays one."""
    states = {at: stat.state for at, stat in one.stats.items()}
    if frames.find("ended", one.first, one.last.pid) is not None and states[one.first] not in "ZXx":
        states[one.first] = ""
    return tuple(states.get(at, "") for at in samples)


def _wchan(frames: Frames, key: tuple[int, int]) -> str:
    """Where in the kernel it waits; ``0`` is told to those who may not know (proc(5))."""
    frame = frames.find("wchan", *key)
    told = decode(frame.payload.strip()) if frame is not None and not frame.status else ""
    return "" if told == "0" else told


def _age(stat: process.Stat, at: Moment) -> float:
    age = at.uptime - stat.start_ticks / process.USER_HZ
    if age < -_CLOCK_SLACK_S:
        raise CouldNotLook("the target's /proc/uptime is not the kernel's, so no process has a known age")
    return max(age, 0.0)


def exe_of(frames: Frames, sample: int, stat: process.Stat, *, no_argv: bool) -> str | Unreadable:
    """Its program; empty for a zombie and for a thread of the kernel, which have none."""
    frame = frames.find("exe", sample, stat.pid)
    if frame is not None and not frame.status:
        return decode(frame.payload.removesuffix(b"\n"))
    if stat.state in "ZX" or (no_argv and frame is not None and is_missing(frame.payload, frame.status)):
        return ""
    return Unreadable(frame.reason if frame is not None and frame.payload.strip() else _NO_RIGHT)


def sockets_of(frames: Frames, sample: int, stat: process.Stat) -> frozenset[int] | Unreadable:
    """Inodes of its sockets; a zombie has none left."""
    if stat.state in "ZX":
        return frozenset()
    return or_why(lambda: process.socket_inodes(frames.read("fds", sample, stat.pid)))


def or_why(read: Callable[[], T]) -> T | Unreadable:
    """A fact, or why it could not be read."""
    try:
        return read()
    except CouldNotLook as error:
        return Unreadable(str(error))
