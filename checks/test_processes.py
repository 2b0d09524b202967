"""Are the declared processes there, alive, stable, and as declared?"""

import pytest

from seatrial.verdicts import Verdict, must_pass


@pytest.mark.asks("process.count")
def test_as_many_processes_run_as_declared(verdict: Verdict) -> None:
    """A master and its workers are one; zombies do not count."""
    must_pass(verdict)


@pytest.mark.asks("process.state")
def test_no_process_is_stopped_stuck_or_a_zombie(verdict: Verdict) -> None:
    """Only a state that all samples of the look show counts."""
    must_pass(verdict)


@pytest.mark.asks("process.stable")
def test_the_processes_do_not_restart_again_and_again(verdict: Verdict) -> None:
    """The same processes during the whole look, and old enough to say so."""
    must_pass(verdict)


@pytest.mark.asks("process.user")
def test_the_processes_run_as_the_declared_user(verdict: Verdict) -> None:
    """Compared as uid."""
    must_pass(verdict)


@pytest.mark.asks("process.argv")
def test_the_processes_have_exactly_the_declared_arguments(verdict: Verdict) -> None:
    """Argument by argument, split where the kernel splits them."""
    must_pass(verdict)


@pytest.mark.asks("process.pidfile")
def test_the_pid_file_names_the_process_that_runs(verdict: Verdict) -> None:
    """It is there, holds a pid, and that is one of the declared processes."""
    must_pass(verdict)
