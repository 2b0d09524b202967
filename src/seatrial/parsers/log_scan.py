"""Which lines of a log hold a denied pattern: from a reader's frames, or from bytes that we hold already."""

import re
import time
from collections.abc import Callable, Iterator, Sequence

from seatrial.parsers.log_lines import is_stamped, time_of
from seatrial.sanitise import decode
from seatrial.snapshot import LogFact, LogFile, LogLine
from seatrial.transports.request import LogRequest

HITS_CAP = 200
"""Hits that are carried of one file: its last ones."""

LINE_CAP = 4096
BACK_CAP = 64 * 1024
"""Bytes before a hit in which a stamped line is looked for."""

_TOLD = re.compile(rb"(\d{1,18})([:-])(.*)", re.DOTALL)
_SOURCE_STAMP = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d) ")

Test = Callable[[bytes], bool]
Hit = tuple[int, bytes, float | None]


def log_of_text(
    source: str, data: bytes, request: LogRequest, *, stamped: bool = False, clock: float | None = None
) -> LogFact:
    """Scan a log that we hold, by the rules of the readers.

    :param source: what to call it (``docker log``).
    :param stamped: each line begins with a time stamp of whoever kept it, which is its time and no part of its text
        (Engine API, ``timestamps=1``).
    :param clock: the time of the look, for stamps without a year; ours where it is not given.
    :returns: one file; its ``mtime`` is the time of its last stamped line, 0.0 where there is none; ``uid`` is -1.
    """
    now = time.time() if clock is None else clock
    lines = [_unstamped(line) for line in _lines(data)] if stamped else [(None, line) for line in _lines(data)]
    found = hits_of([line for _, line in lines], request, now)
    kept = [(number, text, lines[number - 1][0] if stamped else at) for number, text, at in found[-HITS_CAP:]]
    told = tuple(_log_line(*hit, 0) for hit in kept)
    return LogFact(
        source, (LogFile(source, len(data), _newest(lines, request, now), -1, told, len(found) - len(told)),)
    )


def hits_of(lines: Sequence[bytes], request: LogRequest, clock: float) -> list[Hit]:
    """Number, text and time of each line with a denied pattern; the times of those that are not kept are not sought."""
    test = _test(request)
    numbers = [at for at, line in enumerate(lines) if test(line)]
    dropped = max(len(numbers) - HITS_CAP, 0)
    hits: list[Hit] = [(at + 1, lines[at], None) for at in numbers[:dropped]]
    return hits + [(at + 1, lines[at], _time_at(lines, at, request, clock)) for at in numbers[dropped:]]


def hits_of_tail(tail: bytes, line_feeds: int, request: LogRequest, clock: float) -> tuple[tuple[LogLine, ...], int]:
    """Hits in the end of a file, at most as many as are kept, and the number of the others.

    :param line_feeds: in the whole file, so that the lines get their numbers.
    """
    before = max(line_feeds - tail.count(b"\n"), 0)
    found = hits_of(_lines(tail), request, clock)
    told = tuple(_log_line(*hit, before) for hit in found[-HITS_CAP:])
    return told, len(found) - len(told)


def hits_as_told(told: bytes, request: LogRequest, clock: float, *, cut: bool = False) -> tuple[LogLine, ...]:
    """Hits as ``grep -n -B`` writes them: ``number:hit``, ``number-line before``, ``--`` between groups.

    :param cut: the beginning is missing, so that the first line counts as none.
    :raises ValueError: when a line is not so.
    """
    found: list[LogLine] = []
    before: float | None = None
    for line in _lines(told)[1 if cut else 0 :]:
        match = _TOLD.fullmatch(line)
        if match is None and line != b"--":
            raise ValueError("the reader's hits are not as grep writes them")
        own = time_of(match[3][:LINE_CAP], request.utc_offset_s, clock) if match else None
        before = (own if own is not None else before) if match else None
        if match and match[2] == b":":
            found.append(_log_line(int(match[1]), match[3], before, 0))
    return tuple(found[-HITS_CAP:])


def _lines(data: bytes) -> list[bytes]:
    return data.removesuffix(b"\n").split(b"\n") if data else []


def _unstamped(line: bytes) -> tuple[float | None, bytes]:
    match = _SOURCE_STAMP.match(line)
    return (time_of(line, 0, 0.0), line[match.end() :]) if match else (None, line)


def _newest(lines: Sequence[tuple[float | None, bytes]], request: LogRequest, clock: float) -> float:
    for at, line in reversed(lines):
        found = at if at is not None else time_of(line[:LINE_CAP], request.utc_offset_s, clock)
        if found is not None:
            return found
    return 0.0


def _test(request: LogRequest) -> Test:
    texts = [text.encode("utf-8", "surrogateescape") for text in request.lines]
    tests = [_regex(pattern) for pattern in request.regexes]
    return lambda line: any(text in line for text in texts) or any(test(line) for test in tests)


def _regex(pattern: str) -> Test:
    """By bytes where the pattern is ASCII, else by text, as the readers do."""
    if pattern.isascii():
        search = re.compile(pattern.encode()).search
        return lambda line: search(line) is not None
    match = re.compile(pattern).search
    return lambda line: match(line.decode("utf-8", "surrogateescape")) is not None


def _time_at(lines: Sequence[bytes], at: int, request: LogRequest, clock: float) -> float | None:
    stamped = next((line for line in _back(lines, at) if is_stamped(line[:LINE_CAP])), None)
    return None if stamped is None else time_of(stamped[:LINE_CAP], request.utc_offset_s, clock)


def _back(lines: Sequence[bytes], at: int) -> Iterator[bytes]:
    left = BACK_CAP
    yield lines[at]
    while at > 0 and left > 0:
        at -= 1
        left -= len(lines[at]) + 1
        if left >= 0:
            yield lines[at]


def _log_line(number: int, line: bytes, at: float | None, before: int) -> LogLine:
    return LogLine(before + number, decode(line[:LINE_CAP].removesuffix(b"\r")), at)
