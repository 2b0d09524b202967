"""What is read of a process only where the file asks for it (proc(5))."""

import math
import re
from collections.abc import Callable
from dataclasses import fields, replace
from types import MappingProxyType
from typing import TypeVar

from seatrial.errors import CouldNotLook
from seatrial.parsers import process
from seatrial.parsers.files import is_missing
from seatrial.parsers.frames import Frames
from seatrial.request import ProcessRequest
from seatrial.sanitise import decode
from seatrial.snapshot import NOT_READ, ProcessDetail, Unreadable

T = TypeVar("T")

_LIMIT = re.compile(rb"(Max [a-z -]+?) {2,}(unlimited|\d+) +(unlimited|\d+)\b")
_SHA = re.compile(rb"[0-9a-f]{64}(?=\s|\Z)")
_CLOCK = re.compile(rb"\d{1,12}\.\d{1,9}")
_MAPPED = re.compile(rb"\S+ \S+ \S+ \S+ \S+ +(/.*) \(deleted\)")
_CLOSURES = re.compile(r".*/ffi\w{6}")
"""Where libffi keeps code that it makes itself: a file that it deletes at once."""

_NO_FILES = ("/memfd:", "/SYSV", "/dev/zero", "/dev/shm/", "/i915", "/drm ", "/anon_hugepage")
"""What the kernel calls deleted though it never was a file on a disk: shared and anonymous memory."""


def detail(frames: Frames, asked: ProcessRequest, sample: int, pid: int, state: str) -> ProcessDetail:
    """All that was asked of one process.

    :param sample: in which it was read.
    :param pid: as the reader's /proc counts.
    :param state: its last state; what has ended has nothing left that could be asked.
    """
    key = (sample, pid)
    spent = _spent(frames, pid) if asked.cpu_over_s else None
    return ProcessDetail(
        cwd=_if(asked.cwd, lambda: decode(frames.read("cwd", *key).removesuffix(b"\n"))),
        fds=_if(asked.fds and state not in process.ENDED, lambda: _fds(frames, key)),
        limits=_if(asked.limits, lambda: MappingProxyType(limits(frames.read("limits", *key)))),
        env=_if(bool(asked.env), lambda: MappingProxyType(environment(frames.read("env", *key)))),
        deleted=_if(asked.libraries, lambda: deleted(frames.read("maps", *key))),
        cpu_ticks=NOT_READ if spent is None else spent if isinstance(spent, Unreadable) else spent[0],
        cpu_states=_watched(frames, pid) if asked.cpu_over_s else "",
        cpu_over_s=spent[1] if isinstance(spent, tuple) else 0.0,
        running_sha=_sha(frames, "exesha", key),
        on_disk_sha=_sha(frames, "disksha", key),
    )


def merged(first: ProcessDetail, second: ProcessDetail) -> ProcessDetail:
    """What the first look could not read, as the second one has it."""
    better = {}
    for field in fields(ProcessDetail):
        one, other = getattr(first, field.name), getattr(second, field.name)
        if (isinstance(one, Unreadable) or one == "") and not isinstance(other, Unreadable):
            better[field.name] = other
    return replace(first, **better)


def limits(payload: bytes) -> dict[str, tuple[float, float]]:
    """``/proc/PID/limits``: name → soft and hard limit.

    :raises CouldNotLook: when it is not as proc(5) says.
    """
    found = {decode(line[1]): (_limit(line[2]), _limit(line[3])) for line in _LIMIT.finditer(payload)}
    if not found:
        raise CouldNotLook("a process's limits are not as proc(5) says")
    return found


def environment(payload: bytes) -> dict[str, str]:
    """Entries of ``/proc/PID/environ``; the first of a key counts, as it does for getenv(3).

    :param payload: each ends in a NUL, or, from a shell, in a line feed, with another sign for those in it.
    """
    found: dict[str, str] = {}
    for entry in payload.split(b"\0" if b"\0" in payload else b"\n"):
        key, sign, value = entry.partition(b"=")
        if sign:
            found.setdefault(decode(key), decode(value))
    return found


def deleted(maps: bytes) -> tuple[str, ...]:
    """Files of which code is mapped and that are gone."""
    paths = [decode(found[1]) for line in maps.split(b"\n") if (found := _MAPPED.fullmatch(line))]
    files = (path for path in paths if not path.startswith(_NO_FILES) and not _CLOSURES.fullmatch(path))
    return tuple(dict.fromkeys(files))


def _if(asked: bool, read: Callable[[], T]) -> T | Unreadable:
    if not asked:
        return NOT_READ
    try:
        return read()
    except CouldNotLook as error:
        return Unreadable(str(error))


def _fds(frames: Frames, key: tuple[int, int]) -> int:
    """Counted by the reader, or the lines of ``ls -ln``."""
    counted = frames.find("fdcount", *key)
    if counted is not None:
        return int(frames.read("fdcount", *key))
    lines = frames.read("fds", *key).split(b"\n")
    return sum(line.startswith(b"l") for line in lines)


def _limit(word: bytes) -> float:
    return math.inf if word == b"unlimited" else float(word)


def _sha(frames: Frames, kind: str, key: tuple[int, int]) -> str | Unreadable:
    """Empty where nobody asked, or there is no such file."""
    frame = frames.find(kind, *key)
    if frame is None or is_missing(frame.payload, frame.status):
        return ""
    if frame.status:
        return Unreadable(frame.reason)
    found = _SHA.match(frame.payload)
    return found[0].decode() if found else Unreadable("its checksum is not understood")


def _spent(frames: Frames, pid: int) -> tuple[tuple[int, int], float] | Unreadable:
    try:
        first, last = (process.stat(frames.read("cpu", turn, pid)) for turn in (0, 1))
        over_s = _clock(frames, 1) - _clock(frames, 0)
    except CouldNotLook as error:
        return Unreadable(f"how much of a processor it used: {error}")
    if first.start_ticks != last.start_ticks or over_s <= 0:
        return Unreadable("it is another process than at the beginning of the look")
    return (first.cpu_ticks, last.cpu_ticks), over_s


def _watched(frames: Frames, pid: int) -> str:
    """Its states between the two moments; a shell tells those two only."""
    between = frames.find("cpustates", pid)
    ends = [process.stat(frames.read("cpu", turn, pid)).state for turn in (0, 1) if frames.find("cpu", turn, pid)]
    return "".join(ends) + (decode(between.payload) if between is not None and not between.status else "")


def _clock(frames: Frames, turn: int) -> float:
    found = _CLOCK.match(frames.read("cpuclock", turn))
    if found is None:
        raise CouldNotLook("the reader's clock is not understood")
    return float(found[0])
