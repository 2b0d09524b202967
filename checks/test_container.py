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


@pytest.mark.asks("container.timezone")
def test_all_processes_of_the_container_have_the_declared_time_zone(verdict: Verdict) -> None:
    """By their ``TZ``, or else by ``/etc/localtime``."""
    must_pass(verdict)


@pytest.mark.asks("container.cron")
def test_the_cron_line_is_in_the_container_and_a_daemon_in_it_reads_it(verdict: Verdict) -> None:
    """In a crontab of the declared user, and cron runs in this container."""
    must_pass(verdict)


@pytest.mark.asks("container.stable")
def test_the_container_is_not_started_again_and_again(verdict: Verdict) -> None:
    """Up for long enough, and not restarted while we looked."""
    must_pass(verdict)


@pytest.mark.asks("container.oom")
def test_no_process_of_the_container_was_killed_for_want_of_memory(verdict: Verdict) -> None:
    """The kernel's own count since its start."""
    must_pass(verdict)


@pytest.mark.asks("container.started")
def test_the_container_was_started_when_it_should(verdict: Verdict) -> None:
    """The last time; restarts by hand count too."""
    must_pass(verdict)


@pytest.mark.asks("container.created")
def test_the_container_was_created_when_it_should(verdict: Verdict) -> None:
    """By the clock of the engine's host."""
    must_pass(verdict)


@pytest.mark.asks("container.policy")
def test_the_engine_restarts_the_container_as_declared(verdict: Verdict) -> None:
    """Its restart policy."""
    must_pass(verdict)


@pytest.mark.asks("container.network")
def test_the_container_is_in_the_declared_networks(verdict: Verdict) -> None:
    """In no other, and with its aliases."""
    must_pass(verdict)


@pytest.mark.asks("container.mount")
def test_the_container_has_the_declared_mount(verdict: Verdict) -> None:
    """Kind, source and way, and really mounted."""
    must_pass(verdict)


@pytest.mark.asks("container.user")
def test_the_container_runs_as_the_declared_user(verdict: Verdict) -> None:
    """Its first process, compared as uid."""
    must_pass(verdict)


@pytest.mark.asks("container.security")
def test_the_container_can_do_no_more_than_it_may(verdict: Verdict) -> None:
    """What the kernel says of its processes, and its settings."""
    must_pass(verdict)


@pytest.mark.asks("container.limits")
def test_the_container_has_the_declared_limits(verdict: Verdict) -> None:
    """Memory, processes, processors."""
    must_pass(verdict)


@pytest.mark.asks("container.env")
def test_the_container_was_created_with_the_declared_environment(verdict: Verdict) -> None:
    """What its processes have is another question."""
    must_pass(verdict)


@pytest.mark.asks("container.hostname")
def test_the_container_calls_itself_as_declared(verdict: Verdict) -> None:
    """Its hostname."""
    must_pass(verdict)


@pytest.mark.asks("container.labels")
def test_the_container_has_the_declared_labels(verdict: Verdict) -> None:
    """Name and value."""
    must_pass(verdict)


@pytest.mark.asks("container.drift")
def test_no_file_of_the_running_container_differs_from_its_image(verdict: Verdict) -> None:
    """Except where the file allows it, and below mounts."""
    must_pass(verdict)
