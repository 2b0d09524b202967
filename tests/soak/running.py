"""One `seatrial run`, and what it wrote down."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RUN = (sys.executable, "-P", "-c", "from seatrial.cli import main; main()", "run")
DEADLINE_S = 120


@dataclass(frozen=True)
class Outcome:
    """A run that ended.

    :param out: all that it said.
    :param results: its ``results.json``.
    """

    code: int
    took_s: float
    out: str
    results: Mapping[str, Any]

    def of(self, word: str) -> dict[str, str]:
        """Check → message, of those with one status."""
        return {one["id"]: one["message"] for one in self.results["results"] if one["status"] == word}

    def statuses(self) -> dict[str, str]:
        """Check → its status."""
        return {one["id"]: one["status"] for one in self.results["results"]}


class Run:
    """A run that goes on.

    :param folder: for its report, which is read and removed at the end.
    """

    def __init__(self, file: Path, folder: Path, options: Sequence[str], environ: Mapping[str, str]) -> None:
        self.folder, self.began = folder, time.monotonic()
        self._child = subprocess.Popen(
            [*RUN, str(file), "--report-dir", str(folder), *options],
            cwd=file.parent,
            env={**os.environ, **environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def ended(self) -> Outcome:
        """Wait for its end.

        :raises RuntimeError: where it wrote no ``results.json``.
        """
        try:
            out, _ = self._child.communicate(timeout=DEADLINE_S)
        finally:
            self._child.kill()
        took = time.monotonic() - self.began
        found = list(self.folder.glob("*/*-*/results.json"))
        if len(found) != 1:
            raise RuntimeError(f"exit code {self._child.returncode}, and {len(found)} results.json:\n{out}")
        results = json.loads(found[0].read_text())
        shutil.rmtree(self.folder)
        return Outcome(self._child.returncode, took, out, results)
