"""Is the watchdog alive, and does it watch the right process?"""

import pytest

from seatrial.verdicts import Verdict, must_pass


@pytest.mark.asks("watchdog.alive")
def test_the_watchdog_runs(verdict: Verdict) -> None:
    """Neither absent nor stopped, and as the declared user."""
    must_pass(verdict)


@pytest.mark.asks("watchdog.target")
def test_the_watchdog_watches_the_declared_process(verdict: Verdict) -> None:
    """As its ancestor, or through the pid file that it reads."""
    must_pass(verdict)


@pytest.mark.asks("watchdog.beat")
def test_the_heartbeat_is_young_and_the_watchdogs_own(verdict: Verdict) -> None:
    """By the target's clock; a heartbeat of a stopped watchdog is somebody else's."""
    must_pass(verdict)
