"""A pytest that has imported everything before it is told what to run: meanwhile the file is read and planned.

Its stdin stays open as a lifeline: where that ends, by whatever end of ours, it ends with all that it runs.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

FOREIGN = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_DISABLE_PLUGIN_AUTOLOAD", "PYTHONSAFEPATH", "PYTHONSTARTUP")
"""Environment variables that would change what our pytest does."""

_POLL_S = 0.003
_INTERRUPTS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

LAST_S = 5.0
"""Seconds for one that is let go to end the commands that it runs."""


class WaitingPytest:
    """A child process that runs pytest once, or ends with nothing done when it is not told to.

    :param environ: its environment, without what would change pytest.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        ours = {name: value for name, value in environ.items() if name not in FOREIGN}
        self._early = tempfile.TemporaryFile()  # noqa: SIM115 - closed at the exit
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "seatrial.child"],
            env=ours,
            stdin=subprocess.PIPE,
            stdout=self._early,
            stderr=subprocess.STDOUT,
        )
        self._log: Path | None = None

    def __enter__(self) -> Self:
        """Give it away for the block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End it where it has not ended, and keep what it said before it had a log."""
        self.end()
        with self._early as early:
            if self._log is not None and early.seek(0, 2):
                early.seek(0)
                with self._log.open("ab") as log:
                    shutil.copyfileobj(early, log)

    def begin(self, argv: Sequence[str], log: Path, look: Mapping[str, object] | None = None) -> None:
        """Tell it what to run.

        :param argv: pytest's arguments.
        :param log: file for all that it prints.
        :param look: ``file`` and ``options`` of a look to begin before pytest.
        """
        log.touch()
        self._log = log
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):  # it has ended; its status and what it said tell why
            self.process.stdin.write(json.dumps({"argv": list(argv), "log": str(log), "look": look}).encode() + b"\n")
            self.process.stdin.flush()

    def wait(self, within_s: float) -> int | None:
        """Its exit status, None where it has not ended by then.

        Not by ``Popen.wait``: an interrupt may come between two of its instructions and leave its lock locked, and then
        nobody can wait for the process any more.
        """
        until = time.monotonic() + within_s
        while not self._has_ended():
            if time.monotonic() >= until:
                return None
            time.sleep(_POLL_S)
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _INTERRUPTS)
        try:
            return self.process.wait()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def interrupt(self) -> None:
        """Let it close its journal and end.

        SIGTERM is an interrupt to it; SIGINT it may ignore, as what a shell starts in the background does.
        """
        self._send(signal.SIGTERM)

    def end(self) -> int:
        """End it where it has not ended, with the commands that it runs, and return its exit status."""
        self._let_go()
        if self._log is not None:  # one that was told nothing runs nothing
            self.wait(LAST_S)
        self._send(signal.SIGKILL)
        while (status := self.wait(LAST_S)) is None:
            continue  # the kernel has not ended it yet
        return status

    def _has_ended(self) -> bool:
        """Whether it has, without taking it from the kernel's table."""
        if self.process.returncode is not None:
            return True
        return os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def _send(self, number: signal.Signals) -> None:
        if not self._has_ended():  # it may end meanwhile, and then its pid is still its own
            os.kill(self.process.pid, number)

    def _let_go(self) -> None:
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):
            self.process.stdin.close()
