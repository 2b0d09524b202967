"""An accelerator for logs: one grep of this machine for many files, with findings equal to :func:`scan_by_hand`."""

import os
import select
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from seatrial.collector.logs import LINE_CAP, Scan

PROGRAMS = ("/usr/bin/grep", "/bin/grep")
# Both since Python 3.8; without them Python scans by itself.
_MEMFD_CREATE: Any = getattr(os, "memfd_create", None)
_POSIX_SPAWN: Any = getattr(os, "posix_spawn", None)
_SPAWN_OPEN, _SPAWN_DUP2 = getattr(os, "POSIX_SPAWN_OPEN", 0), getattr(os, "POSIX_SPAWN_DUP2", 2)
BATCH = 200
TOLD_CAP = LINE_CAP + 256
BIG = 256 << 20


def program() -> str:
    """Where grep is, empty where it is not, or cannot be used from here."""
    if not (_MEMFD_CREATE and _POSIX_SPAWN):
        return ""
    return next((path for path in PROGRAMS if os.access(path, os.X_OK)), "")


class Grep:
    """One running grep over files with the same texts.

    A last file of ours holds each text on a line of its own: a grep that does not find them all there (another
    program of that name, an option it does not know) is not believed.

    :param until: moment of the monotonic clock at which it is to be given up.
    """

    def __init__(self, grep: str, scans: Sequence[Scan], until: float) -> None:
        self.scans, self.until, self._pending, self._believed = scans, until, b"", True
        self._texts = scans[0].lines
        self._proof = _MEMFD_CREATE("proof")
        os.write(self._proof, b"".join(text + b"\n" for text in self._texts))
        self._proved: list[int] = []
        self._by_name = {b"/dev/fd/%d" % scan.fd: scan for scan in scans}
        self._proof_name = b"/dev/fd/%d" % self._proof
        self.fd, self._pid = self._spawn(grep)

    def _spawn(self, grep: str) -> tuple[int, int]:
        out, into = os.pipe()
        patterns = [word for text in self._texts for word in (b"-e", text)]
        names = [*self._by_name, self._proof_name]
        for fd in (*(scan.fd for scan in self.scans), self._proof):
            os.set_inheritable(fd, True)
        actions = [
            (_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
            (_SPAWN_DUP2, into, 1),
            (_SPAWN_OPEN, 2, "/dev/null", os.O_WRONLY, 0),
        ]
        argv = [b"grep", b"-aFnbH", *patterns, b"--", *names]
        try:
            return out, _POSIX_SPAWN(grep, argv, {"LC_ALL": "C"}, file_actions=actions)
        finally:
            os.close(into)
            for fd in (*(scan.fd for scan in self.scans), self._proof):
                os.set_inheritable(fd, False)

    def read(self) -> bool:
        """Take what it has written; False at its end."""
        piece = os.read(self.fd, 1 << 20)
        first, *lines = piece.split(b"\n")
        self._pending = (self._pending + first)[:TOLD_CAP]
        for line in lines:
            self._line(self._pending)
            self._pending = line[:TOLD_CAP]
        return bool(piece) and self._believed

    def _line(self, line: bytes) -> None:
        name, number, offset, text = (line.split(b":", 3) + [b""] * 3)[:4]
        scan = self._by_name.get(name)
        if not (number.isdigit() and offset.isdigit()):
            self._believed = False
        elif scan is not None:
            scan.hit(int(number), int(offset), text)
        elif name == self._proof_name:
            self._proved.append(int(number))

    def left(self) -> float:
        """Seconds until then."""
        return max(self.until - time.monotonic(), 0.0)

    def give_up(self) -> None:
        """End it at once; what it found is not all."""
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        os.close(self.fd)
        os.close(self._proof)
        for scan in self.scans:
            scan.again()
            scan.done, scan.problem = True, "reading it took too long"

    def end(self) -> None:
        """Await it; where it cannot be believed, its files are as if nobody had scanned them."""
        os.close(self.fd)
        os.close(self._proof)
        _, status = os.waitpid(self._pid, 0)
        proved = self._proved == list(range(1, len(self._texts) + 1)) and not self._pending
        for scan in self.scans:
            scan.done = True
        if not (proved and self._believed) or status != 0:
            for scan in self.scans:
                scan.again()


class Greps:
    """All that is to be found with grep, one after the other.

    :param grep: where it is.
    :param until: moment of the monotonic clock at which whatever is not done by then is given up.
    :param alone_s: seconds for one that reads a single file.
    """

    def __init__(self, grep: str, scans: Sequence[Scan], until: float, alone_s: float) -> None:
        self._grep, self._until, self._alone_s = grep, until, alone_s
        self._waiting = batches(scans)
        self._running: Grep | None = None
        self._next()

    def _next(self) -> None:
        """Begin with the next files; where grep cannot be run on them, they are left to Python."""
        self._running = None
        while self._waiting and self._running is None:
            scans = self._waiting.pop()
            alone = time.monotonic() + self._alone_s if len(scans) == 1 else self._until
            with suppress(OSError):
                self._running = Grep(self._grep, scans, min(alone, self._until))

    def pump(self, until: "float | None" = None) -> None:
        """Read what grep writes, up to a moment or to its end; sleep where nothing is to be read."""
        while until is None or time.monotonic() < until:
            left = None if until is None else max(until - time.monotonic(), 0.0)
            if self._running is None:
                return None if left is None else time.sleep(left)
            self._step(self._running, left)
        return None

    def _step(self, running: Grep, left: "float | None") -> None:
        wait = running.left() if left is None else min(left, running.left())
        poll = select.poll()  # select(2) knows no descriptor above 1023
        poll.register(running.fd, select.POLLIN)
        ready = poll.poll(wait * 1000)
        if not running.left():
            running.give_up()
            self._next()
        elif ready and not running.read():
            running.end()
            self._next()


def is_quick(scan: Scan) -> bool:
    """Whether grep finds the same in it as Python."""
    return bool(scan.lines) and not scan.regexes and not any(b"\0" in text for text in scan.lines)


def batches(scans: Sequence[Scan]) -> list[list[Scan]]:
    """Files with the same texts together, not too many at a time; big ones alone and first, which makes them last."""
    alike: dict[tuple[bytes, ...], list[Scan]] = {}
    for scan in scans:
        if scan.first.st_size <= BIG:
            alike.setdefault(scan.lines, []).append(scan)
    alone = [[scan] for scan in scans if scan.first.st_size > BIG]
    return alone + [group[at : at + BATCH] for group in alike.values() for at in range(0, len(group), BATCH)]
