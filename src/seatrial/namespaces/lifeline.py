"""The supervisor of a stack as its parent sees it: a child that ends when the pipe to it closes."""

import json
import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from seatrial.errors import SeatrialError, StartError
from seatrial.namespaces.obstacles import forbidden
from seatrial.namespaces.pids import children
from seatrial.namespaces.plan import StackPlan
from seatrial.namespaces.supervisor import KEEP

_GRACE_S, _SPARE_S = 10.0, 5.0
_PIECE, _SAID_CAP = 64 * 1024, 2000
_OUTER = ("--user", "--map-root-user", "--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child")
_REFUSED = ("unshare: ", "not permitted", "No space left", "no namespaces could be made")
"""What the kernel says where a setting forbids namespaces; ENOSPC is what a limit of zero gives, namespaces(7)."""


class Lifeline:
    """Holds the supervisor: it ends with everything in its namespaces when we let the pipe go, or are killed.

    :param unshare: the program, unshare(1).
    :param folder: the stack's own folder, which the supervisor makes and removes.
    :param listener: descriptor that it inherits.
    """

    def __init__(self, unshare: str, folder: Path, listener: int) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed at the end
        self._early = b""
        self._process = subprocess.Popen(
            [unshare, *_OUTER, "--", sys.executable, "-P", "-m", "seatrial.namespaces.supervisor", str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            pass_fds=[listener],
            start_new_session=True,
        )

    def check(self) -> None:
        """Wait until the supervisor is there.

        :raises UsageError: where namespaces are forbidden.
        """
        self._message(time.monotonic() + _GRACE_S)

    def start(self, plan: StackPlan, log: Callable[[str], None]) -> Mapping[str, int]:
        """Have everything started, and return the first process of each service as the supervisor counts.

        :raises UsageError: where what a service needs of the kernel is forbidden.
        :raises StartError: where the stack does not come up.
        """
        self._tell(plan.line())
        until = time.monotonic() + plan.within_s + _SPARE_S
        while True:
            message = self._message(until)
            if "up" in message:
                return dict(message["up"])
            if "failed" in message:
                raise _failure(message["failed"])
            log(message["log"])

    def first_process(self) -> int:
        """The supervisor's pid, as we count."""
        return children(self._process.pid)[0]

    def let_go(self) -> None:
        """Leave everything running when we end."""
        self._tell(KEEP)
        self._close()

    def cut(self) -> None:
        """End everything, and wait until it has ended."""
        self._close()
        try:
            self._process.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()  # which kills its child, and that everything else
            self._process.wait()

    def _tell(self, line: bytes) -> None:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # it has ended; what it said tells why
            self._process.stdin.write(line)
            self._process.stdin.flush()

    def _close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.stdout.close()
        self._errors.close()

    def _message(self, until: float) -> dict[str, Any]:
        assert self._process.stdout is not None
        output = self._process.stdout.fileno()
        while b"\n" not in self._early:
            heard, _, _ = select.select([output], [], [], max(0.0, until - time.monotonic()))
            if not heard:
                raise StartError(f"the demo is not up in time{self._said()}")
            piece = os.read(output, _PIECE)
            if not piece:
                raise _failure(f"the supervisor has ended{self._said()}")
            self._early += piece
        line, _, self._early = self._early.partition(b"\n")
        return dict(json.loads(line))

    def _said(self) -> str:
        self._errors.seek(0)
        said = self._errors.read().decode(errors="replace").strip()
        return f": {said[-_SAID_CAP:]}" if said else ""


def _failure(said: str) -> SeatrialError:
    if any(word in said for word in _REFUSED):
        return forbidden(said)
    return StartError(f"the demo does not come up: {said}")
