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


@pytest.mark.asks("process.exe")
def test_the_processes_run_the_program_that_is_on_the_disk(verdict: Verdict) -> None:
    """Not one that was deleted or replaced since it started."""
    must_pass(verdict)


@pytest.mark.asks("process.libraries")
def test_the_processes_have_no_code_loaded_that_is_gone(verdict: Verdict) -> None:
    """Not an old library after an upgrade without a restart."""
    must_pass(verdict)


@pytest.mark.asks("process.parent")
def test_the_processes_were_started_by_their_supervisor(verdict: Verdict) -> None:
    """An orphan runs until it dies, and nobody restarts it."""
    must_pass(verdict)


@pytest.mark.asks("process.release")
def test_the_processes_run_from_the_release_that_is_meant(verdict: Verdict) -> None:
    """Program or working folder, compared with where the declared path leads now."""
    must_pass(verdict)


@pytest.mark.asks("process.fds")
def test_the_processes_have_open_files_to_spare(verdict: Verdict) -> None:
    """Against the limit of the process itself."""
    must_pass(verdict)


@pytest.mark.asks("process.limits")
def test_the_processes_have_the_declared_limits(verdict: Verdict) -> None:
    """Those of the process itself, not those of a shell beside it."""
    must_pass(verdict)


@pytest.mark.asks("process.env")
def test_the_live_processes_have_the_declared_environment(verdict: Verdict) -> None:
    """What the kernel holds for the process, not what an exec shows."""
    must_pass(verdict)


@pytest.mark.asks("process.started")
def test_the_processes_were_started_when_they_should(verdict: Verdict) -> None:
    """By the target's own clock."""
    must_pass(verdict)


@pytest.mark.asks("process.cpu")
def test_the_processes_do_not_spin(verdict: Verdict) -> None:
    """Measured while we look."""
    must_pass(verdict)
