"""Commands of the user's that a configuration of ssh has us run: when nobody waits for them any more, they end.

They end with all that they started. What has begun a session of its own (setsid(2)) is in no group of ours: it is known
by its parents while those live, and by the socket that it holds for its stdin.
"""

import atexit
import errno
import os
import signal
import stat
import subprocess
import threading
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from seatrial.deadline import Deadline

GRACE_S = 0.3
"""Seconds between TERM and KILL."""

_POLL_S = 0.01
_LAST_S = 2.0

Identity = tuple[int, int]
"""A process: its pid, and when it started (proc(5), ``/proc/PID/stat``)."""


class Offspring:
    """The processes of one run.

    :param environ: of each of them.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self._running: dict[subprocess.Popen[bytes], str] = {}
        self._lock = threading.Lock()
        self._over = False

    def start(self, argv: Sequence[str], *, stdin: int, stdout: int, stderr: int) -> "subprocess.Popen[bytes]":
        """Start one, in a session of its own.

        :raises OSError: when it cannot be started, or the run is over.
        """
        with self._lock:
            if self._over:
                raise OSError(errno.ECANCELED, "the run is over")
            child = subprocess.Popen(
                argv, env=dict(self.environ), stdin=stdin, stdout=stdout, stderr=stderr, start_new_session=True
            )
            self._running[child] = _socket(stdin)
            _ALL.add(self)
        return child

    def end(self, *children: "subprocess.Popen[bytes]") -> None:
        """End some with all that they started; those that are ended already are left alone."""
        with self._lock:
            mine = {child: self._running.pop(child) for child in children if child in self._running}
        if mine:
            _end(mine, {socket for socket in mine.values() if socket})

    def end_all(self) -> None:
        """End all of them, and start no more."""
        with self._lock:
            self._over, running = True, list(self._running)
        _ALL.discard(self)
        self.end(*running)


_ALL: set[Offspring] = set()


def end_all() -> None:
    """End all that runs of any run, for a process that is about to end itself."""
    for each in list(_ALL):
        each.end_all()


atexit.register(end_all)


def _end(children: "Collection[subprocess.Popen[bytes]]", sockets: Collection[str]) -> None:
    lives = {child.pid for child in children if child.poll() is None}
    others = set(_others(lives, sockets)) if lives or sockets else set()
    _send(signal.SIGTERM if lives else signal.SIGKILL, children, others)
    until = time.monotonic() + GRACE_S
    while time.monotonic() < until and (any(child.poll() is None for child in children) or any(map(_lives, others))):
        time.sleep(_POLL_S)
    _send(signal.SIGKILL, children, others)
    last = Deadline.within(_LAST_S)
    for child in children:
        with suppress(subprocess.TimeoutExpired):  # what sleeps in the kernel cannot be ended
            child.wait(max(0.0, last.at - time.monotonic()))


def _send(number: int, children: "Collection[subprocess.Popen[bytes]]", others: Collection[Identity]) -> None:
    for child in children:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, number)
    for other in others:
        if _lives(other):
            with suppress(ProcessLookupError, PermissionError):
                os.kill(other[0], number)


def _socket(number: int) -> str:
    """How ``/proc/PID/fd`` shows a socket of ours (proc(5)); empty for what is none."""
    found = os.fstat(number) if number >= 0 else None
    return f"socket:[{found.st_ino}]" if found and stat.S_ISSOCK(found.st_mode) else ""


def _others(ancestors: Collection[int], sockets: Collection[str]) -> Iterator[Identity]:
    """What descends from these processes, or has one of these sockets for its stdin."""
    table = {int(path.name): found for path in Path("/proc").glob("[0-9]*") if (found := _parent_and_start(path))}
    below = set(ancestors)
    while more := {pid for pid, (parent, _) in table.items() if parent in below} - below:
        below |= more
    for pid, (_, start) in table.items():
        if pid != os.getpid() and (pid in below - set(ancestors) or (sockets and _stdin(pid) in sockets)):
            yield pid, start


def _stdin(pid: int) -> str:
    try:
        return os.readlink(f"/proc/{pid}/fd/0")
    except OSError:  # it has ended, or is another user's
        return ""


def _parent_and_start(folder: Path) -> tuple[int, int] | None:
    """Fields 4 and 22 of ``/proc/PID/stat`` (proc(5)); nothing of what has ended."""
    try:
        fields = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[1]), int(fields[19])) if len(fields) > 19 and fields[0] not in "ZX" else None


def _lives(process: Identity) -> bool:
    found = _parent_and_start(Path(f"/proc/{process[0]}"))
    return found is not None and found[1] == process[1]
