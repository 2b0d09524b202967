"""Starting a deployment for a pytest session, and taking it down when the session is over."""

import os
import secrets
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from seatrial.options import START_DEADLINE_S
from seatrial.spec.load import compose_file, load

if TYPE_CHECKING:
    from seatrial.start import Project

STARTED: "pytest.StashKey[Project]" = pytest.StashKey()


def start(file: Path, config: pytest.Config) -> "Project":
    """Start the compose file that a deployment file names; the session's end removes everything.

    :raises UsageError: where the deployment file or the compose file is wrong.
    :raises StartError: where it does not come up.
    """
    from seatrial.start import started  # the docker SDK behind it takes 0.2 s, which no other run should pay

    compose = compose_file(file, load(file, os.environ, config.getoption("--environment")))
    keep = config.getoption("--keep")
    running = ExitStack()
    config.add_cleanup(running.close)
    project = running.enter_context(
        started(compose, secrets.token_hex(3), deadline_s=START_DEADLINE_S, log=print, keep=keep)
    )
    config.stash[STARTED] = project
    return project
