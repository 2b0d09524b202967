"""Which lines of a log hold a denied pattern: from a reader's frames, or from bytes that we hold already."""

import re
import time
from collections.abc import Callable, Iterable, Iterator

from seatrial.parsers.log_lines import is_stamped, time_of
from seatrial.request import LogRequest
from seatrial.sanitise import decode
from seatrial.snapshot import LogFact, LogFile, LogLine

HITS_CAP = 200
"""Hits that are carried of one file: its last ones."""

LINE_CAP = 4096
BACK_CAP = 64 * 1024
"""Bytes before a hit in which a stamped line is looked for."""

_TOLD = re.compile(rb"(\d{1,18})([:-])(.*)", re.DOTALL)
_SOURCE_STAMP = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d) ")

Test = Callable[[bytes], bool]
Span = tuple[int, int]
"""Where a line begins and ends, without its line feed."""


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
    text = _Text(data, request, time.time() if clock is None else clock, stamped)
    hits, dropped = text.hits(0)
    return LogFact(source, (LogFile(source, len(data), text.newest(), -1, hits, dropped),))


def hits_of_tail(tail: bytes, line_feeds: int, request: LogRequest, clock: float) -> tuple[tuple[LogLine, ...], int]:
    """Hits in the end of a file, at most as many as are kept, and the number of the others.

    :param line_feeds: in the whole file, so that the lines get their numbers.
    """
    return _Text(tail, request, clock, False).hits(max(line_feeds - tail.count(b"\n"), 0))


class _Text:
    """The bytes of a log, and what is asked of them."""

    def __init__(self, data: bytes, request: LogRequest, clock: float, stamped: bool) -> None:
        self._data, self._request, self._clock, self._stamped = data, request, clock, stamped
        self._texts = [text.encode("utf-8", "surrogateescape") for text in request.lines]
        self._tests = [_regex(pattern) for pattern in request.regexes]

    def hits(self, before: int) -> tuple[tuple[LogLine, ...], int]:
        """The last hits, and the number of the others.

        :param before: lines before these bytes.
        """
        found = [span for span in self._candidates() if self._is_hit(self._line(span))]
        kept = found[-HITS_CAP:]
        number, counted, told = before + 1, 0, []
        for begin, end in kept:
            number += self._data.count(b"\n", counted, begin)
            counted = begin
            told.append(_log_line(number, self._line((begin, end)), self._time(begin)))
        return tuple(told), len(found) - len(kept)

    def newest(self) -> float:
        """The time of the last stamped line, 0.0 where there is none near the end."""
        return self._time(_line_before(self._data, len(self._data))) or 0.0

    def _candidates(self) -> Iterable[Span]:
        """Lines that may be hits: those with the text somewhere, or all where only an expression can tell."""
        if self._tests:
            return _lines_of(self._data)
        return sorted({span for text in self._texts for span in _lines_with(text, self._data)})

    def _is_hit(self, line: bytes) -> bool:
        return any(text in line for text in self._texts) or any(test(line) for test in self._tests)

    def _line(self, span: Span) -> bytes:
        line = self._data[slice(*span)]
        match = _SOURCE_STAMP.match(line) if self._stamped else None
        return line[match.end() :] if match else line

    def _time(self, begin: int) -> float | None:
        """The time of the line that begins there, or of the nearest stamped one before it."""
        first = begin
        while begin >= 0 and first - begin <= BACK_CAP:
            line = self._data[begin : begin + LINE_CAP].partition(b"\n")[0]
            if is_stamped(line):
                return time_of(line, self._request.utc_offset_s, self._clock)
            begin = _line_before(self._data, begin)
        return None


def _line_before(data: bytes, begin: int) -> int:
    """Where the line before this place begins, -1 before the first."""
    return data.rfind(b"\n", 0, begin - 1) + 1 if begin > 0 else -1


def _lines_of(data: bytes) -> Iterator[Span]:
    begin = 0
    while begin < len(data):
        end = data.find(b"\n", begin)
        end = len(data) if end < 0 else end
        yield begin, end
        begin = end + 1


def _lines_with(text: bytes, data: bytes) -> Iterator[Span]:
    at = 0
    while at < len(data) and (at := data.find(text, at)) >= 0 and at < len(data):
        begin, end = data.rfind(b"\n", 0, at) + 1, data.find(b"\n", at)
        end = len(data) if end < 0 else end
        yield begin, end
        at = end + 1


def _regex(pattern: str) -> Test:
    """By bytes where the pattern is ASCII, else by text, as the readers do."""
    if pattern.isascii():
        search = re.compile(pattern.encode()).search
        return lambda line: search(line) is not None
    match = re.compile(pattern).search
    return lambda line: match(line.decode("utf-8", "surrogateescape")) is not None


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
            found.append(_log_line(int(match[1]), match[3], before))
    return tuple(found[-HITS_CAP:])


def _lines(data: bytes) -> list[bytes]:
    return data.removesuffix(b"\n").split(b"\n") if data else []


def _log_line(number: int, line: bytes, at: float | None) -> LogLine:
    return LogLine(number, decode(line[:LINE_CAP].removesuffix(b"\r")), at)
