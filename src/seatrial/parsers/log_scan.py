"""Which lines of a log hold a denied pattern: from a reader's frames, or from bytes that we hold already."""

import re
import time
from collections.abc import Iterable, Iterator

from seatrial.collector.logs import pieces, spellings
from seatrial.errors import CouldNotLook
from seatrial.parsers.log_lines import time_of
from seatrial.patterns import searcher_of_bytes
from seatrial.request import LogRequest
from seatrial.sanitise import decode
from seatrial.snapshot import LogFact, LogFile, LogLine

HITS_CAP = 200
"""Hits that are carried of one file: its last ones."""

LINE_CAP = 4096
PIECE = 16 * 1024
"""Bytes after which the engine cuts a line; it stamps each piece (moby, daemon/logger/copier.go)."""

_TOLD = re.compile(rb"(\d{1,18})([:-])(.*)", re.DOTALL)
_SOURCE_STAMP = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d) ")
_PIECE_STAMP = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}(?:Z|[+-]\d\d:\d\d) ")

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
    whole = b"\n".join(map(_joined, data.split(b"\n"))) if stamped else data
    text = _Text(whole, request, time.time() if clock is None else clock, stamped)
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
        self._test = _Test(request)

    def hits(self, before: int) -> tuple[tuple[LogLine, ...], int]:
        """The last hits, and the number of the others.

        :param before: lines before these bytes.
        """
        found = [span for span in self._candidates() if self._test.holds(self._line(span))]
        kept = found[-HITS_CAP:]
        number, counted = before + 1, 0
        told: list[LogLine] = []
        for begin, end in kept:
            number += self._data.count(b"\n", counted, begin)
            counted = begin
            told += self._told(number, begin, end)
        return tuple(told[-HITS_CAP:]), len(found) - len(kept)

    def _told(self, number: int, begin: int, end: int) -> Iterator[LogLine]:
        at = self._time(begin) if self._stamped else None
        return _log_lines(number, self._line((begin, end)), self._test, self._clock, at)

    def newest(self) -> float:
        """The time of the last stamped line, 0.0 where there is none."""
        begin = _line_before(self._data, len(self._data))
        while begin >= 0:
            time_ = self._time(begin)
            if time_ is not None:
                return time_
            begin = _line_before(self._data, begin)
        return 0.0

    def _candidates(self) -> Iterable[Span]:
        """Lines that may be hits: those with the text somewhere, or all where only an expression can tell."""
        if self._test.regexes:
            return _lines_of(self._data)
        return sorted({span for text in self._test.texts for span in _lines_with(text, self._data)})

    def _line(self, span: Span) -> bytes:
        line = self._data[slice(*span)]
        match = _SOURCE_STAMP.match(line) if self._stamped else None
        return line[match.end() :] if match else line

    def _time(self, begin: int) -> float | None:
        line = self._data[begin : begin + LINE_CAP].partition(b"\n")[0]
        return time_of(line, self._request.utc_offset_s, self._clock)


class _Test:
    """What makes a line a hit."""

    def __init__(self, request: LogRequest) -> None:
        self.utc_offset_s = request.utc_offset_s
        self.texts = [spelling for text in request.lines for spelling in spellings(text)]
        self.regexes = [searcher_of_bytes(pattern) for pattern in request.regexes]

    def holds(self, line: bytes) -> bool:
        """Whether it holds a denied pattern."""
        if any(text in line for text in self.texts):
            return True
        return any(test(piece) for piece in pieces(line) for test in self.regexes)


def _joined(line: bytes) -> bytes:
    """A line without the stamps that the engine put where it had cut it."""
    match = _SOURCE_STAMP.match(line)
    at = (match.end() if match else 0) + PIECE
    while at < len(line) and (found := _PIECE_STAMP.match(line, at)):
        line = line[:at] + line[found.end() :]
        at += PIECE
    return line


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


def hits_as_told(told: bytes, request: LogRequest, clock: float, *, cut: bool = False) -> tuple[LogLine, ...]:
    """Hits as ``grep -n`` writes them: ``number:hit``; ``number-line before`` and ``--`` between groups are skipped.

    :param cut: the beginning is missing, so that the first line counts as none.
    :raises ValueError: when a line is not so.
    :raises CouldNotLook: when a line was cut of which the rest could be hits of their own.
    """
    found: list[LogLine] = []
    test = _Test(request)
    for line in _lines(told)[1 if cut else 0 :]:
        match = _TOLD.fullmatch(line)
        if match is None and line != b"--":
            raise ValueError("the reader's hits are not as grep writes them")
        if match and match[2] == b":":
            found += _log_lines(int(match[1]), match[3], test, clock, None)
    return tuple(found[-HITS_CAP:])


def _lines(data: bytes) -> list[bytes]:
    return data.removesuffix(b"\n").split(b"\n") if data else []


def _log_lines(number: int, line: bytes, test: _Test, clock: float, at: float | None) -> Iterator[LogLine]:
    """One hit, or those parts of it that are, where carriage returns end lines; each with its own time.

    :param at: the time that whoever kept it noted, None where the line itself tells.
    """
    parts = [part for part in pieces(line) if part]
    if len(parts) > 1 and len(line) == LINE_CAP:
        raise CouldNotLook("it has lines that end with a carriage return alone, too long to be carried")
    bad = [part for part in parts if test.holds(part)] if len(parts) > 1 else []
    for part in bad or [line.rstrip(b"\r")]:
        own = None if len(parts) > 1 and not bad else time_of(part[:LINE_CAP], test.utc_offset_s, clock)
        yield LogLine(number, decode(part[:LINE_CAP]), own if at is None else at)
