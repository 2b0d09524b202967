"""What is read of each process: always its status, arguments, program and sockets; the rest where it is asked for."""

import errno
import os
from collections.abc import Callable
from typing import Any

from seatrial.collector.paths import Root
from seatrial.collector.reading import read
from seatrial.collector.wire import Wire

FDS_CAP = 65536
PROGRAM_CAP = 256 << 20
PROGRAMS_CAP = 16
DELETED = b" (deleted)"


class Processes:
    """Reads the processes of one target, each once.

    :param asked: what the request says of them, see docs/collector.md.
    :param root: the target's file system.
    """

    def __init__(self, wire: Wire, asked: dict[str, Any], root: Root) -> None:
        self._wire, self._asked, self._root = wire, asked, root
        self._known: set[tuple[int, bytes]] = set()
        self._keys = tuple(os.fsencode(key) + b"=" for key in asked.get("env", ()))
        self._hashed = 0
        self._watched: dict[int, bytes] = {}

    def read(self, numbers: tuple[int, ...]) -> None:
        """One process in one sample.

        :param numbers: of the target, the sample, the process.
        """
        pid = numbers[2]
        try:
            stat = read(f"/proc/{pid}/stat")
        except (FileNotFoundError, ProcessLookupError):
            return
        self._wire.put("stat", *numbers, payload=stat)
        fields = stat.rpartition(b") ")[2].split()
        key = (pid, fields[19])
        if key not in self._known:
            self._known.add(key)
            self._always(pid, numbers, waits=fields[0] == b"D")
            self._asked_for(pid, numbers)

    def spent(self, number: int, turn: int, pids: "list[int]", clock: float) -> None:
        """The time that each process has used of a processor, where that is asked for.

        :param turn: 0 at the first, 1 at the last moment.
        :param clock: seconds of a clock that only goes forward.
        """
        for pid, states in self._watched.items():
            self._wire.put("cpustates", number, pid, payload=states)
        self._wire.put("cpuclock", number, turn, payload=b"%.6f" % clock)
        for pid in pids:
            try:
                self._wire.put("cpu", number, turn, pid, payload=read(f"/proc/{pid}/stat"))
            except (FileNotFoundError, ProcessLookupError):
                continue

    def watch(self, pids: "list[int]") -> None:
        """Note the state of each process once more, for what is told at the last moment."""
        for pid in pids:
            try:
                state = read(f"/proc/{pid}/stat").rpartition(b") ")[2][:1]
            except (FileNotFoundError, ProcessLookupError):
                continue
            self._watched[pid] = self._watched.get(pid, b"") + state

    def _always(self, pid: int, numbers: tuple[int, ...], waits: bool) -> None:
        self._file("status", f"/proc/{pid}/status", numbers)
        self._file("cmdline", f"/proc/{pid}/cmdline", numbers)
        if waits:
            self._file("wchan", f"/proc/{pid}/wchan", numbers)
        if not self._told("exe", numbers, lambda: self._exe(pid, numbers)) and _has_ended(pid):
            self._wire.put("ended", *numbers)
        self._told("fds", numbers, lambda: self._sockets(pid, numbers))

    def _asked_for(self, pid: int, numbers: tuple[int, ...]) -> None:
        if self._asked.get("cwd"):
            self._told("cwd", numbers, lambda: os.fsencode(os.readlink(f"/proc/{pid}/cwd")))
        if self._asked.get("limits"):
            self._file("limits", f"/proc/{pid}/limits", numbers)
        if self._keys:
            self._told("env", numbers, lambda: self._environment(pid))
        if self._asked.get("libraries"):
            self._told("maps", numbers, lambda: _deleted_code(read(f"/proc/{pid}/maps")))

    def _exe(self, pid: int, numbers: tuple[int, ...]) -> bytes:
        exe = os.fsencode(os.readlink(f"/proc/{pid}/exe"))
        if exe.endswith(DELETED) and self._hashed < PROGRAMS_CAP:
            self._hashed += 1
            self._told("exesha", numbers, lambda: _sha(os.open(f"/proc/{pid}/exe", os.O_RDONLY | os.O_CLOEXEC)))
            self._told("disksha", numbers, lambda: _sha(self._root.open(exe[: -len(DELETED)])))
        return exe

    def _sockets(self, pid: int, numbers: tuple[int, ...]) -> bytes:
        names = os.listdir(f"/proc/{pid}/fd")
        if self._asked.get("fds"):
            self._wire.put("fdcount", *numbers, payload=b"%d" % len(names))
        if len(names) > FDS_CAP:
            raise OSError(errno.E2BIG, f"it has {len(names)} open files, more than {FDS_CAP}")
        links = [_link(f"/proc/{pid}/fd/{name}") for name in names]
        return "\n".join(link for link in links if link.startswith("socket:[")).encode()

    def _environment(self, pid: int) -> bytes:
        """Only the keys that were asked for ever leave the target."""
        found = read(f"/proc/{pid}/environ").split(b"\0")
        return b"".join(entry + b"\0" for entry in found if entry.startswith(self._keys))

    def _file(self, kind: str, path: str, numbers: tuple[int, ...]) -> None:
        self._told(kind, numbers, lambda: read(path))

    def _told(self, kind: str, numbers: tuple[int, ...], look: Callable[[], bytes]) -> bool:
        return self._wire.tell(kind, *numbers, of=look)


def _has_ended(pid: int) -> bool:
    """Whether a process that was there a moment ago is gone, or a zombie: it lost its program before its entry."""
    try:
        return read(f"/proc/{pid}/stat").rpartition(b") ")[2][:1] in b"ZXx"
    except OSError:
        return True


def _deleted_code(maps: bytes) -> bytes:
    """The lines of ``/proc/PID/maps`` of code whose file is no longer there."""
    lines = (line for line in maps.split(b"\n") if line.endswith(DELETED))
    return b"\n".join(line for line in lines if line.split(None, 2)[1][2:3] == b"x")


def _sha(fd: int) -> bytes:
    from hashlib import sha256  # needed where a program was replaced; its import takes as long as a small look

    try:
        whole, size = sha256(), 0
        while True:
            piece = os.read(fd, 1 << 20)
            whole.update(piece)
            size += len(piece)
            if size > PROGRAM_CAP:
                raise OSError(errno.EFBIG, f"longer than {PROGRAM_CAP} bytes")
            if not piece:
                return whole.hexdigest().encode()
    finally:
        os.close(fd)


def _link(path: str) -> str:
    try:
        return os.readlink(path)
    except FileNotFoundError:
        return ""
