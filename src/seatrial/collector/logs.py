"""Logs, scanned where they are: the last lines that hold one of the asked patterns, with their numbers."""

import os
import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence

CHUNK = 1 << 20
LINE_CAP = 4096
LONGEST_LINE = 16 << 20
HITS_CAP = 200
BACK_CAP = 1 << 16

Test = Callable[[bytes], bool]


class Scan:
    """One file that is scanned.

    :param key: numbers under which the answer is filed.
    :param fd: opened for reading; who opened it closes it.
    :param lines: texts to find; they hold no line feed.
    :param regexes: regular expressions to find.
    """

    def __init__(self, key: tuple[int, ...], fd: int, lines: tuple[bytes, ...], regexes: tuple[str, ...]) -> None:
        self.key, self.fd, self.lines, self.regexes = key, fd, lines, regexes
        self.first = os.fstat(fd)
        self.again()

    def again(self) -> None:
        """Forget what was found."""
        self.done, self.total = False, 0
        self.problem = ""
        self.hits: deque[tuple[int, int, bytes]] = deque(maxlen=HITS_CAP)

    def hit(self, number: int, offset: int, line: bytes) -> None:
        """Keep one line; the earliest kept one goes where there are too many."""
        self.total += 1
        self.hits.append((number, offset, line[:LINE_CAP]))

    def cut(self, now: os.stat_result) -> str:
        """What happened to the file meanwhile that makes the findings doubtful, empty where nothing did.

        :param now: what is at its path now.
        """
        if os.fstat(self.fd).st_size < self.first.st_size:
            return "it was truncated while it was read"
        same = (now.st_dev, now.st_ino) == (self.first.st_dev, self.first.st_ino)
        return "" if same else "it was rotated while it was read"

    def told(self, stamp: "re.Pattern[bytes]") -> bytes:
        """The hits as ``grep -n`` writes them, each one without a time of its own after the nearest line with one."""
        before = Stamps(self.fd, stamp)
        return b"".join(self._told(stamp, before, *hit) for hit in self.hits)

    def _told(self, stamp: "re.Pattern[bytes]", before: "Stamps", number: int, offset: int, line: bytes) -> bytes:
        own = b"%d:%s\n" % (number, line)
        if stamp.search(line):
            return b"--\n" + own
        nearest = before.nearest(offset)
        return b"--\n" + (b"0-%s\n" % nearest if nearest else b"") + own


class Stamps:
    """Finds the nearest stamped line before an offset, and reads nothing twice."""

    def __init__(self, fd: int, stamp: "re.Pattern[bytes]") -> None:
        self._fd, self._stamp = fd, stamp
        self._seen_to, self._found, self._at = 0, b"", 0

    def nearest(self, offset: int) -> bytes:
        """That line, empty where there is none within the cap."""
        start = max(self._seen_to, offset - BACK_CAP)
        text = os.pread(self._fd, offset - start, start) if offset > start else b""
        end = len(text)
        while end > 0:
            begin = text.rfind(b"\n", 0, end - 1) + 1
            line = text[begin : min(end, begin + LINE_CAP)].rstrip(b"\n")
            if self._stamp.search(line) and (begin or start == self._seen_to):
                self._found, self._at = line, start + begin
                break
            end = begin
        self._seen_to = offset
        return self._found if self._found and offset - self._at <= BACK_CAP else b""


def scan_by_hand(scan: Scan) -> None:
    """Scan a file with nothing but Python."""
    scan.again()
    scan.done = True
    tests = [tester(pattern) for pattern in scan.regexes]
    number, offset, carry = 1, 0, b""
    for piece in _pieces(scan.fd):
        text = carry + piece
        cut = text.rfind(b"\n") + 1
        block, carry = text[:cut], text[cut:]
        if len(carry) > LONGEST_LINE:
            scan.problem = f"a line is longer than {LONGEST_LINE} bytes"
            return
        _block(scan, tests, block, number, offset)
        number, offset = number + block.count(b"\n"), offset + len(block)
    _block(scan, tests, carry, number, offset)


def tester(pattern: str) -> Test:
    """A test of one line: by bytes where the pattern is ASCII, else by text, so that a class of letters is one."""
    if pattern.isascii():
        found = re.compile(pattern.encode()).search
        return lambda line: found(line) is not None
    match = re.compile(pattern).search
    return lambda line: match(line.decode("utf-8", "surrogateescape")) is not None


def _pieces(fd: int) -> Iterator[bytes]:
    buffer, at = bytearray(CHUNK), 0
    while got := os.preadv(fd, [buffer], at):
        at += got
        yield bytes(memoryview(buffer)[:got])


def _block(scan: Scan, tests: Sequence[Test], block: bytes, number: int, offset: int) -> None:
    spans = _by_line(scan.lines, tests, block) if tests else _by_text(scan.lines, block)
    counted = 0
    for begin, end in spans:
        number += block.count(b"\n", counted, begin)
        counted = begin
        scan.hit(number, offset + begin, block[begin:end])


def _by_text(lines: Sequence[bytes], block: bytes) -> list[tuple[int, int]]:
    spans = {span for text in lines for span in _found(text, block)}
    return sorted(spans)


def _found(text: bytes, block: bytes) -> Iterator[tuple[int, int]]:
    at = 0
    while at < len(block) and (at := block.find(text, at)) >= 0 and at < len(block):
        begin, end = block.rfind(b"\n", 0, at) + 1, block.find(b"\n", at)
        end = len(block) if end < 0 else end
        yield begin, end
        at = end + 1


def _by_line(lines: Sequence[bytes], tests: Sequence[Test], block: bytes) -> Iterator[tuple[int, int]]:
    begin = 0
    while begin < len(block):
        end = block.find(b"\n", begin)
        end = len(block) if end < 0 else end
        line = block[begin:end]
        if any(text in line for text in lines) or any(test(line) for test in tests):
            yield begin, end
        begin = end + 1
