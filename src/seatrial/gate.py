"""The gate of ``seatrial run``: pytest runs as a child, and only its closed journal, held against the plan, accepts."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from seatrial.acceptance import Acceptance
from seatrial.conclusion import JOURNAL, conclude
from seatrial.exits import Exit
from seatrial.journal import last_progress
from seatrial.options import Options, digest, option_args, pinned
from seatrial.plan import Plan, make_plan
from seatrial.reports import folder as report_folder
from seatrial.spec.load import load
from seatrial.waiting import WaitingPytest

SPARE_S = 180.0
PER_CHECK_S = 0.05
"""Seconds that a run may take beyond settling, in all and for each check, before it is ended."""

TELL_S = 0.1
GRACE_S = 20.0
"""Seconds between two words about the child, and for it to end after an interrupt."""


@dataclass(frozen=True, slots=True)
class Trialed:
    """A finished run.

    :param folder: where its report is.
    :param took_s: seconds from the call to the verdict.
    """

    plan: Plan
    acceptance: Acceptance
    folder: Path
    took_s: float


def run(
    file: Path,
    options: Options,
    waiting: WaitingPytest,
    *,
    report_dir: Path,
    pytest_args: Sequence[str] = (),
    environ: Mapping[str, str],
    progress: Callable[[str], None] = lambda _text: None,
) -> Trialed:
    """Verify a deployment and decide whether it is accepted.

    :param file: the deployment file.
    :param waiting: the pytest to run.
    :param report_dir: folder below which the report's own folder is made.
    :param pytest_args: handed to pytest as they are; what they leave out is not accepted.
    :param environ: where the file's variables are looked up.
    :param progress: is told what the run is doing.
    :raises UsageError: where the file or the options are wrong; nothing was looked at.
    """
    began = time.monotonic()
    deployment = pinned(load(file, environ, options.environment), options.compose_project)
    plan = make_plan(deployment, read_only=options.read_only, environment=options.environment)
    started = datetime.now(UTC)
    folder = report_folder.new_folder(report_dir, plan.deployment, started)
    deadline_s = options.settle_s + options.stable_for_s + SPARE_S + PER_CHECK_S * len(plan.checks)
    look = None if pytest_args else {"file": str(file), "options": asdict(options)}
    waiting.begin(_argv(file, options, folder, pytest_args), folder / "pytest.log", look)
    status = _wait(waiting, time.monotonic() + deadline_s, lambda: progress(last_progress(folder / JOURNAL)))
    acceptance = conclude(plan, folder, status, digest(deployment, options), started)
    return Trialed(plan, acceptance, folder, time.monotonic() - began)


def _argv(file: Path, options: Options, folder: Path, pytest_args: Sequence[str]) -> list[str]:
    beside = file.resolve().parent
    own = beside / "conftest.py"
    return [
        *("-c", str(Path(__file__).with_name("pytest.ini"))),
        *("--rootdir", str(beside), "--confcutdir", str(beside), "-p", "seatrial.plugin", "-q", "--no-header"),
        *("--deployment", str(file), "--seatrial-folder", str(folder), *option_args(options)),
        *pytest_args,
        *([str(own)] if own.exists() else []),
        *("--pyargs", "seatrial.checks"),
    ]


def _wait(waiting: WaitingPytest, ends: float, tell: Callable[[], None]) -> int:
    try:
        while time.monotonic() < ends:
            if (status := waiting.wait(TELL_S)) is not None:
                return status
            tell()
    except KeyboardInterrupt:
        waiting.interrupt()
        waiting.wait(GRACE_S)  # the caller ends it where it does not
        return Exit.INTERRUPTED
    return waiting.end()
