"""Who runs: Seatrial as a user calls it, and testinfra as a user calls it."""

import compileall
import json
import re
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import seatrial.checks
import seatrial.fixtures

from benchmarks.deployment import STATEMENTS
from benchmarks.stopwatch import Timing, timed

SUITE = Path(__file__).with_name("plain_testinfra")
SEATRIAL_WITHIN_S, TESTINFRA_WITHIN_S = 120.0, 900.0


class WrongAnswer(Exception):
    """A contestant did not find everything right, so that its time says nothing."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one contestant.

    :param statements: what it was told about the fleet, twelve for each container.
    :param verdicts: what it reported as right.
    :param unknown: what it said that it cannot see.
    :param calls: requests to the engine, by kind; empty where they are not known.
    """

    timing: Timing
    statements: int
    verdicts: int
    unknown: int = 0
    calls: dict[str, int] = field(default_factory=dict)


def compile_modules() -> None:
    """Compile Seatrial, as pip does when it installs: an editable install is not."""
    for package in (seatrial, seatrial.checks, seatrial.fixtures):
        compileall.compile_dir(package.__path__[0], quiet=2)


def seatrial_run(
    deployment: Path, instances: int, *options: str, name: str = "benchmark", statements: int = STATEMENTS
) -> Run:
    """``seatrial run`` with its report, from start to exit code.

    :param name: of the deployment.
    :param statements: what the file says of each instance.
    :raises WrongAnswer: where something is wrong or, but for what exec cannot see, unknown.
    """
    folder = deployment.parent
    argv = [str(Path(sys.executable).with_name("seatrial")), "run", str(deployment), *options]
    timing = timed(argv, within_s=SEATRIAL_WITHIN_S, folder=folder)
    if timing.exit_code not in (0, 1):
        raise WrongAnswer(f"seatrial run ended with {timing.exit_code}:\n{timing.output[-4000:]}")
    results = json.loads((folder / "reports" / name / "latest" / "results.json").read_bytes())
    counts = results["counts"]
    if counts["FAIL"] or counts["NOT RUN"] or (counts["UNKNOWN"] and "exec" not in options):
        raise WrongAnswer(f"seatrial run ended with {timing.exit_code}:\n{timing.output[-4000:]}")
    calls = Counter(_kind(call) for call in results["calls"])
    return Run(timing, statements * instances, counts["PASS"], counts["UNKNOWN"], dict(calls))


def testinfra(names: Sequence[str], folder: Path) -> Run:
    """The same statements with testinfra's docker backend.

    :param folder: an empty one to run in.
    :raises WrongAnswer: where not everything is green.
    """
    hosts = ",".join(f"docker://{name}" for name in names)
    argv = [sys.executable, "-m", "pytest", "-c", str(SUITE / "pytest.ini"), f"--hosts={hosts}", str(SUITE)]
    timing = timed(argv, within_s=TESTINFRA_WITHIN_S, folder=folder)
    passed = re.search(r"(\d+) passed", timing.output)
    verdicts = int(passed[1]) if passed else 0
    if timing.exit_code != 0 or verdicts != STATEMENTS * len(names):
        raise WrongAnswer(f"testinfra passed {verdicts} of {STATEMENTS * len(names)}:\n{timing.output[-4000:]}")
    return Run(timing, verdicts, verdicts)


def _kind(call: str) -> str:
    return re.sub(r"[0-9a-f]{12,64}", "…", call).partition(" (")[0]
