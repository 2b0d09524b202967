"""Logs, scanned where they are: the last lines that hold one of the asked patterns, with their numbers."""

import os
import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

CHUNK = 1 << 20
LINE_CAP = 4096
LONGEST_LINE = 16 << 20
HITS_CAP = 200
LOG_HEAD_CAP = 1 << 12
LOG_END_CAP = 1 << 15

Test: TypeAlias = Callable[[bytes], bool]


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

    def told(self) -> bytes:
        """The hits as ``grep -n`` writes them."""
        return b"".join(b"%d:%s\n" % (number, line) for number, _, line in self.hits)

    def head(self) -> bytes:
        """The first bytes, which tell what kind of data it is."""
        return os.pread(self.fd, LOG_HEAD_CAP, 0)

    def end(self) -> bytes:
        """The last bytes, which tell the newest time stamp."""
        return os.pread(self.fd, LOG_END_CAP, max(os.fstat(self.fd).st_size - LOG_END_CAP, 0))


def spellings(text: str) -> tuple[bytes, ...]:
    """The bytes of a text in UTF-8, and in GB18030 where those are others."""
    usual = text.encode("utf-8", "surrogateescape")
    if is_ascii(text):
        return (usual,)
    try:
        return usual, text.encode("gb18030")
    except UnicodeEncodeError:
        return (usual,)


def is_ascii(text: str) -> bool:
    """What ``str.isascii`` says since Python 3.7."""
    return all(character < "\x80" for character in text)


def pieces(line: bytes) -> list[bytes]:
    """What stands between the carriage returns of a line, which end lines too."""
    return line.split(b"\r")


def scan_by_hand(scan: Scan) -> None:
    """Scan a file with nothing but Python."""
    scan.again()
    scan.done = True
    tests = [tester(pattern) for pattern in scan.regexes]
    number, offset, carry = 1, 0, b""
    for chunk in _chunks(scan.fd):
        text = carry + chunk
        cut = text.rfind(b"\n") + 1
        block, carry = text[:cut], text[cut:]
        if len(carry) > LONGEST_LINE:
            scan.problem = f"a line is longer than {LONGEST_LINE} bytes"
            return
        _block(scan, tests, block, number, offset)
        number, offset = number + block.count(b"\n"), offset + len(block)
    _block(scan, tests, carry, number, offset)


def tester(pattern: str) -> Test:
    """A test of one line: by bytes where the pattern is ASCII, else by text; classes are those of ASCII in both."""
    if is_ascii(pattern):
        found = re.compile(pattern.encode()).search
        return lambda line: found(line) is not None
    match = re.compile(pattern, re.ASCII).search
    return lambda line: any(match(text) is not None for text in _readings(line))


def _readings(line: bytes) -> tuple[str, ...]:
    try:
        return (line.decode(),)
    except UnicodeDecodeError:
        return line.decode("utf-8", "backslashreplace"), line.decode("gb18030", "backslashreplace")


def _chunks(fd: int) -> Iterator[bytes]:
    at, chunk = 0, os.pread(fd, CHUNK, 0)
    while chunk:
        yield chunk
        at += len(chunk)
        chunk = os.pread(fd, CHUNK, at)


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
    at = block.find(text)
    while 0 <= at < len(block):
        begin, end = block.rfind(b"\n", 0, at) + 1, block.find(b"\n", at)
        end = len(block) if end < 0 else end
        yield begin, end
        at = block.find(text, end + 1)


def _by_line(lines: Sequence[bytes], tests: Sequence[Test], block: bytes) -> Iterator[tuple[int, int]]:
    begin = 0
    while begin < len(block):
        end = block.find(b"\n", begin)
        end = len(block) if end < 0 else end
        line = block[begin:end]
        if any(text in line for text in lines) or any(test(piece) for piece in pieces(line) for test in tests):
            yield begin, end
        begin = end + 1
