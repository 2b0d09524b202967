"""What the engine says of each container."""

import pytest

from seatrial.verdicts import Verdict, must_pass


@pytest.mark.asks("container.state")
def test_the_container_runs(verdict: Verdict) -> None:
    """It runs: not paused, not restarting, not exited, not merely created."""
    must_pass(verdict)


@pytest.mark.asks("container.image")
def test_the_container_runs_the_image_that_its_reference_names_now(verdict: Verdict) -> None:
    """A tag that was moved to another image since the start is noticed."""
    must_pass(verdict)


@pytest.mark.asks("container.health")
def test_the_health_check_of_the_container_says_healthy(verdict: Verdict) -> None:
    """Neither unhealthy nor still starting; run with ``--settle`` to wait for it."""
    must_pass(verdict)


@pytest.mark.asks("container.restarts")
def test_the_engine_did_not_restart_the_container_too_often(verdict: Verdict) -> None:
    """The engine's own count, which leaves out restarts by hand."""
    must_pass(verdict)
