"""Verifying for a person at a terminal: run the gate, then tell the outcome."""

import os
import re
import secrets
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from seatrial import gate
from seatrial.errors import UsageError
from seatrial.exits import Exit
from seatrial.options import START_DEADLINE_S, Options
from seatrial.reports.terminal import progress, say, tell
from seatrial.spec.load import compose_file, load
from seatrial.waiting import WaitingPytest

LOG_TAIL = 20
COMPLAINTS = 6
"""Lines of pytest's that are shown where it broke, and where it was called in a wrong way."""

_COMPLAINT = re.compile(r"ERROR|ImportError|E  |\S+: error: ")


def verify(
    file: Path,
    options: Options,
    report_dir: Path,
    pytest_args: Sequence[str],
    *,
    waiting: WaitingPytest,
    console: Console,
) -> Exit:
    """Verify a deployment, tell the outcome, and return the exit code.

    :param waiting: the pytest to run.
    :raises UsageError: where the file or the options are wrong.
    """
    if any(argument == "-n" or argument.startswith(("-n=", "--numprocesses")) for argument in pytest_args):
        raise UsageError("-n: a deployment is looked at once, by one process; run without -n")
    with progress(console) as update:
        update(f"looking at {file} …")
        trialed = gate.run(
            file, options, waiting, report_dir=report_dir, pytest_args=pytest_args, environ=os.environ, progress=update
        )
    code = trialed.acceptance.exit_code
    if code in (Exit.INTERNAL, Exit.USAGE):
        log = (trialed.folder / "pytest.log").read_text(errors="backslashreplace").splitlines()
        say(console, *(complaints(log) if code is Exit.USAGE else log[-LOG_TAIL:]), "")
    tell(trialed.acceptance, trialed.plan, folder=trialed.folder, took_s=trialed.took_s, console=console)
    return code


def verify_started(
    file: Path,
    options: Options,
    report_dir: Path,
    pytest_args: Sequence[str],
    *,
    keep: bool,
    waiting: WaitingPytest,
    console: Console,
) -> Exit:
    """Start the compose file that the deployment file names, verify it, and take it down again.

    :param waiting: the pytest to run.
    :param keep: leave it running.
    :raises UsageError: where the deployment file names none.
    :raises StartError: where it does not come up.
    """
    from seatrial.start import started  # the docker SDK behind it takes 0.2 s, which no other run should pay

    compose = compose_file(file, load(file, os.environ, options.environment))
    with started(compose, secrets.token_hex(3), deadline_s=START_DEADLINE_S, log=console.print, keep=keep) as project:
        own = replace(options, compose_project=project.name)
        return verify(file, own, report_dir, pytest_args, waiting=waiting, console=console)


def complaints(log: Sequence[str]) -> list[str]:
    """What pytest says is wrong with the call, without the usage that it puts before it."""
    said = [line for line in log if _COMPLAINT.match(line) and not line.startswith("ERROR: usage:")]
    return said[:COMPLAINTS] or list(log[-COMPLAINTS:])
