"""Log files of one target, from a reader's frames."""

from collections.abc import Iterator

from seatrial.errors import CouldNotLook
from seatrial.parsers.files import FileStat, is_missing, stat_line
from seatrial.parsers.frames import Frames
from seatrial.parsers.links import is_output, links, own_place
from seatrial.parsers.log_kind import why_doubtful, why_unsearchable
from seatrial.parsers.log_scan import hits_as_told, hits_of_tail
from seatrial.request import LogRequest
from seatrial.sanitise import decode
from seatrial.snapshot import LogFact, LogFile, LogLine

TOLD_CAP = 2 << 20
"""Bytes of hits that the shell reader brings; when there are as many, the first ones may be missing."""

TAIL_CAP = 8_388_000
"""Bytes of a file's end that the shell reader brings where only we can scan it."""

Hits = tuple[tuple[LogLine, ...], int, str]
"""Lines, number of earlier hits, and why that is not all."""

_ENGINES = "; ask for the engine's log instead: docker: true"
_NONE: Hits = ((), 0, "")


def log(frames: Frames, index: int, request: LogRequest, clock: float) -> LogFact:
    """One declared log.

    :param clock: the target's time.
    :raises CouldNotLook: when its files could not even be listed.
    """
    if own_place(request.glob, ()):
        return LogFact(request.glob, (_no_file(request.glob, ()),))
    count = frames.read("log", index)
    if not count.isdigit():
        raise CouldNotLook("the reader did not tell how many files match")
    files = tuple(_files(frames, index, int(count), request, clock))
    source = request.glob if files else request.glob + _dangling(frames, index, int(count))
    return LogFact(source, tuple(sorted(files, key=lambda file: file.path)))


def _dangling(frames: Frames, index: int, count: int) -> str:
    """Where a link leads that is all there is, in brackets."""
    found = links(frames, "loglink", index, 0) if count == 1 else ()
    return f" (a link to {found[-1]})" if found else ""


def _files(frames: Frames, index: int, count: int, request: LogRequest, clock: float) -> Iterator[LogFile]:
    for place in range(count):
        key = (index, place)
        path = decode(frames.read("logname", *key))
        found = links(frames, "loglink", *key)
        if own_place(path, found):
            yield _no_file(path, found)
        elif not (found and _is_missing(frames, key)):
            yield _file_or_why(frames, key, path, request, clock)


def _no_file(path: str, found: tuple[str, ...]) -> LogFile:
    """A path that leads to another place for each process."""
    problem = own_place(path, found) + (_ENGINES if is_output(path, found) else "")
    return LogFile(path, 0, 0.0, -1, problem=problem)


def _is_missing(frames: Frames, key: tuple[int, int]) -> bool:
    frame = frames.find("logstat", *key)
    return frame is not None and frame.status != 0 and is_missing(frame.payload, frame.status)


def _file_or_why(frames: Frames, key: tuple[int, int], path: str, request: LogRequest, clock: float) -> LogFile:
    try:
        return _file(frames, key, path, stat_line(frames.read("logstat", *key)), request, clock)
    except CouldNotLook as error:
        return LogFile(path, 0, 0.0, -1, problem=str(error))


def _file(
    frames: Frames, key: tuple[int, int], path: str, stat: FileStat, request: LogRequest, clock: float
) -> LogFile:
    if stat.kind != "regular":
        problem = f"it is a {stat.kind}, which cannot be read as a log file"
        return LogFile(path, 0, stat.mtime, stat.uid, problem=problem)
    hits, dropped, problem = _hits(frames, key, stat, request, clock)
    unsearchable, doubt = _kind(frames, key, stat, request, clock)
    problem = problem or unsearchable or _changed(frames, key, stat)
    return LogFile(path, stat.size, stat.mtime, stat.uid, hits, dropped, problem, doubt)


def _kind(frames: Frames, key: tuple[int, int], stat: FileStat, request: LogRequest, clock: float) -> tuple[str, str]:
    """Why it cannot be searched, and why its time stamps are not to be believed; both empty where all is well."""
    if not request.lines and not request.regexes:
        return "", ""
    try:
        head, end = frames.read("loghead", *key), frames.read("logend", *key)
    except CouldNotLook as error:
        return str(error), ""
    return why_unsearchable(head, end), why_doubtful(end, stat.mtime, request.utc_offset_s, clock)


def _hits(frames: Frames, key: tuple[int, int], stat: FileStat, request: LogRequest, clock: float) -> Hits:
    try:
        if frames.find("logtail", *key) is not None:
            return _of_tail(frames, key, stat, request, clock)
        if request.lines or request.regexes or frames.find("hits", *key) is not None:
            return _told(frames, key, request, clock)
        return _NONE
    except CouldNotLook as error:
        said = str(error)
        return (), 0, said if said.startswith("it ") else f"it could not be read to its end: {said}"


def _told(frames: Frames, key: tuple[int, int], request: LogRequest, clock: float) -> Hits:
    told = frames.read("hits", *key)
    if not request.lines and not request.regexes:
        return _NONE
    total = frames.read("logcount", *key).strip()
    try:
        hits = hits_as_told(told, request, clock, cut=len(told) >= TOLD_CAP)
    except ValueError as error:
        raise CouldNotLook(str(error)) from None
    if not total.isdigit() or (int(total) and not hits):
        raise CouldNotLook("the reader counted hits and told none")
    return hits, max(int(total) - len(hits), 0), ""


def _of_tail(frames: Frames, key: tuple[int, int], stat: FileStat, request: LogRequest, clock: float) -> Hits:
    tail, feeds = frames.read("logtail", *key), frames.read("loglines", *key).strip()
    if not feeds.isdigit():
        raise CouldNotLook("its lines could not be counted")
    hits, dropped = hits_of_tail(tail, int(feeds), request, clock)
    whole = len(tail) < TAIL_CAP
    if whole and len(tail) < stat.size:
        raise CouldNotLook(f"{len(tail)} of its {stat.size} bytes came")
    return hits, dropped, "" if whole else f"only its last {TAIL_CAP} bytes were scanned for regular expressions"


def _changed(frames: Frames, key: tuple[int, int], first: FileStat) -> str:
    """What the second stat of the shell reader says; the Python reader looks for itself."""
    again = frames.find("logagain", *key)
    if again is None:
        return ""
    if again.status:
        missing = is_missing(again.payload, again.status)
        return "it was removed while it was read" if missing else again.reason
    last = stat_line(again.payload)
    if last.inode != first.inode:
        return "it was rotated while it was read"
    return "it was truncated while it was read" if last.size < first.size else ""
