"""Work that may wait for ever, such as asking a dead file server, done by processes of its own."""

import os
import select
import signal
import time
from collections.abc import Callable, Sequence

from seatrial.collector.wire import reason

ANSWER_CAP = 1 << 20
_PIECE = 1 << 16


class Child:
    """One piece of work in a process of its own.

    :param work: what it does; what that returns, or prints after an exec, is the answer.
    :param within_s: seconds after which the kernel ends it, unless it sleeps where nothing can.
    """

    def __init__(self, work: Callable[[], bytes], within_s: float) -> None:
        self.fd, into = os.pipe()
        self._answer, self._ended, self._within_s = b"", False, within_s
        self._pid = os.fork()
        if not self._pid:
            _run(work, into, within_s)
        os.close(into)

    def read(self) -> bool:
        """Take what it has written; False at its end, or where that is too much."""
        piece = os.read(self.fd, _PIECE)
        self._answer += piece
        self._ended = not piece
        return bool(piece) and len(self._answer) <= ANSWER_CAP

    def end(self) -> tuple[bytes, int]:
        """End it; its answer and 0, or why there is none and another status."""
        os.close(self.fd)
        if not self._ended:
            os.kill(self._pid, signal.SIGKILL)
        _, status = os.waitpid(self._pid, 0 if self._ended else os.WNOHANG)
        if len(self._answer) > ANSWER_CAP:
            return b"longer than %d bytes" % ANSWER_CAP, 1
        if not self._ended or (status and not self._answer):
            return b"it did not answer within %g s" % self._within_s, 1
        return self._answer, 1 if status else 0


def gather(children: Sequence[Child], until: float) -> None:
    """Read what they write, to the end of each, or to a moment of the monotonic clock."""
    poll, running = select.poll(), {child.fd: child for child in children}
    for fd in running:
        poll.register(fd, select.POLLIN)
    while running and time.monotonic() < until:
        for fd, _ in poll.poll(max(until - time.monotonic(), 0.0) * 1000):
            if not running[fd].read():
                poll.unregister(fd)
                del running[fd]


def _run(work: Callable[[], bytes], into: int, within_s: float) -> None:
    """Be the child: the reader's own output must not be held open by one that cannot be ended."""
    status = 1
    try:
        null = os.open(os.devnull, os.O_RDONLY)
        for fd, place in ((null, 0), (into, 1), (into, 2)):
            os.dup2(fd, place)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, within_s)
        _write(work())
        status = 0
    except Exception as error:
        _write(reason(error).encode("utf-8", "replace"))
    finally:
        os._exit(status)


def _write(answer: bytes) -> None:
    while answer:
        answer = answer[os.write(1, answer) :]
