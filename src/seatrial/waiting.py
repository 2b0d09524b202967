"""A pytest that has imported everything before it is told what to run: meanwhile the file is read and planned.

Its stdin stays open as a lifeline: where that ends, by whatever end of ours, it ends with all that it runs.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

FOREIGN = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_DISABLE_PLUGIN_AUTOLOAD", "PYTHONSAFEPATH", "PYTHONSTARTUP")
"""Environment variables that would change what our pytest does."""

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

    def begin(
        self, argv: Sequence[str], log: Path, look: Mapping[str, object] | None = None
    ) -> subprocess.Popen[bytes]:
        """Tell it what to run.

        :param argv: pytest's arguments.
        :param log: file for all that it prints.
        :param look: ``file`` and ``options`` of a look to begin before pytest.
        :returns: the process, to wait for.
        """
        log.touch()
        self._log = log
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):  # it has ended; its status and what it said tell why
            self.process.stdin.write(json.dumps({"argv": list(argv), "log": str(log), "look": look}).encode() + b"\n")
            self.process.stdin.flush()
        return self.process

    def end(self) -> int:
        """End it where it has not ended, with the commands that it runs, and return its exit status."""
        self._let_go()
        if self._log is not None:  # one that was told nothing runs nothing
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(LAST_S)
        if self.process.poll() is None:
            self.process.kill()
        return self.process.wait()

    def _let_go(self) -> None:
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):
            self.process.stdin.close()
