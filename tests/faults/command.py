"""The command itself: one `seatrial run`, and the verdicts that it wrote down."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from seatrial.vehicles import Vehicle
from seatrial.verdicts import Outcome, Verdict

from .judging import Seen

RUN = (sys.executable, "-P", "-c", "from seatrial.cli import main; main()", "run")
DEADLINE_S = 300


def run(file: Path, vehicle: Vehicle, options: Sequence[str] = ()) -> Seen:
    """Run it; a process may be as young as it likes, where the options say nothing else."""
    reports = file.with_suffix(f".{vehicle}")
    argv = [*RUN, str(file), "--vehicle", vehicle, "--stable-for", "0s", "--report-dir", str(reports), *options]
    done = subprocess.run(
        argv, cwd=file.parent, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=DEADLINE_S, check=False
    )
    told = sorted(reports.glob("*/*/results.json"), key=lambda path: path.stat().st_mtime_ns)
    assert done.returncode in (0, 1), f"seatrial run ended with {done.returncode}:\n{done.stdout}{done.stderr}"
    return _seen(told[-1])


def _seen(results: Path) -> Seen:
    written = json.loads(results.read_text())
    said = written["results"]
    unsaid = [one["id"] for one in said if one["status"] not in set(Outcome)]
    assert not unsaid, f"seatrial run told no verdict of {unsaid}: {written['reasons']}"
    return Seen({one["id"]: Verdict(Outcome(one["status"]), one["message"]) for one in said})
