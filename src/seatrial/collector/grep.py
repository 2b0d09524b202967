"""An accelerator for logs: one grep of this machine for many files, with findings equal to :func:`scan_by_hand`."""

import os
from collections.abc import Sequence

from seatrial.collector.logs import Scan, scan_by_hand

PROGRAMS = ("/usr/bin/grep", "/bin/grep")
BATCH = 200
PENDING_CAP = 64 << 20


def program() -> str:
    """Where grep is, empty where it is not."""
    return next((path for path in PROGRAMS if os.access(path, os.X_OK)), "")


class Grep:
    """One running grep over files with the same texts.

    A last file of ours holds each text on a line of its own: a grep that does not find them all there (another
    program of that name, an option it does not know) is not believed, and the files are scanned by hand.
    """

    def __init__(self, grep: str, scans: Sequence[Scan]) -> None:
        self.scans, self._pending, self._believed = scans, b"", True
        self._texts = scans[0].lines
        self._proof = os.memfd_create("proof")
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
            (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, into, 1),
            (os.POSIX_SPAWN_OPEN, 2, "/dev/null", os.O_WRONLY, 0),
        ]
        argv = [b"grep", b"-aFnbH", *patterns, b"--", *names]
        try:
            return out, os.posix_spawn(grep, argv, {"LC_ALL": "C"}, file_actions=actions)
        finally:
            os.close(into)
            for fd in (*(scan.fd for scan in self.scans), self._proof):
                os.set_inheritable(fd, False)

    def read(self) -> bool:
        """Take what it has written; False at its end."""
        piece = os.read(self.fd, 1 << 20)
        *lines, self._pending = (self._pending + piece).split(b"\n")
        for line in lines:
            self._line(line)
        return bool(piece) and len(self._pending) < PENDING_CAP and self._believed

    def _line(self, line: bytes) -> None:
        name, number, offset, text = (line.split(b":", 3) + [b""] * 3)[:4]
        scan = self._by_name.get(name)
        if not (number.isdigit() and offset.isdigit()):
            self._believed = False
        elif scan is not None:
            scan.hit(int(number), int(offset), text)
        elif name == self._proof_name:
            self._proved.append(int(number))

    def end(self) -> None:
        """Await it; where it cannot be believed, scan by hand."""
        os.close(self.fd)
        os.close(self._proof)
        _, status = os.waitpid(self._pid, 0)
        proved = self._proved == list(range(1, len(self._texts) + 1)) and not self._pending
        for scan in self.scans:
            scan.done = True
        if not (proved and self._believed) or os.waitstatus_to_exitcode(status) != 0:
            for scan in self.scans:
                scan_by_hand(scan)


def batches(scans: Sequence[Scan]) -> list[list[Scan]]:
    """Files with the same texts together, not too many at a time."""
    alike: dict[tuple[bytes, ...], list[Scan]] = {}
    for scan in scans:
        alike.setdefault(scan.lines, []).append(scan)
    return [group[at : at + BATCH] for group in alike.values() for at in range(0, len(group), BATCH)]
