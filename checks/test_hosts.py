"""Is every host reached as it should be, is it the one that is meant, and is it itself as declared?"""

import pytest

from seatrial.verdicts import Verdict, must_pass


@pytest.mark.asks("host.route")
def test_the_way_to_the_host_is_the_declared_one(verdict: Verdict) -> None:
    """By every jump host; an option that we cannot honour is refused, never ignored."""
    must_pass(verdict)


@pytest.mark.asks("host.reach")
def test_the_host_is_reached(verdict: Verdict) -> None:
    """An SSH server answers there, behind every jump host on the way."""
    must_pass(verdict)


@pytest.mark.asks("host.identity")
def test_the_host_is_the_one_that_is_meant(verdict: Verdict) -> None:
    """By its host key, its hostname and machine-id, and it is in the inventory once."""
    must_pass(verdict)


@pytest.mark.asks("access.shell")
def test_the_login_runs_what_it_is_given(verdict: Verdict) -> None:
    """Neither nologin nor a menu; what rc files print does not count."""
    must_pass(verdict)


@pytest.mark.asks("access.sudo")
def test_the_user_may_read_as_root(verdict: Verdict) -> None:
    """By ``sudo -n``, without a password."""
    must_pass(verdict)


@pytest.mark.asks("host.clock")
def test_the_clock_of_the_host_goes_as_ours_does(verdict: Verdict) -> None:
    """As far as the time between our question and its answer can tell."""
    must_pass(verdict)


@pytest.mark.asks("host.kernel")
def test_the_kernel_of_the_host_has_the_declared_release(verdict: Verdict) -> None:
    """Compared number by number."""
    must_pass(verdict)


@pytest.mark.asks("host.timezone")
def test_the_host_has_the_declared_time_zone(verdict: Verdict) -> None:
    """By its name."""
    must_pass(verdict)


@pytest.mark.asks("host.sysctl")
def test_the_kernel_parameter_has_the_declared_value(verdict: Verdict) -> None:
    """As the kernel has it now, whatever a file says."""
    must_pass(verdict)


@pytest.mark.asks("host.disk")
def test_the_disk_is_mounted_as_declared(verdict: Verdict) -> None:
    """Its device, filesystem and options, and the room that is left; a folder on the root filesystem is none."""
    must_pass(verdict)


@pytest.mark.asks("host.user")
def test_the_user_is_there(verdict: Verdict) -> None:
    """In ``/etc/passwd``, with the declared number."""
    must_pass(verdict)


@pytest.mark.asks("host.unit")
def test_the_systemd_unit_is_as_declared(verdict: Verdict) -> None:
    """Active or not, and started at boot or not."""
    must_pass(verdict)


@pytest.mark.asks("host.cron")
def test_the_cron_line_is_there_and_a_daemon_reads_it(verdict: Verdict) -> None:
    """In a crontab of the declared user, and cron runs."""
    must_pass(verdict)


@pytest.mark.asks("engine.version")
def test_the_container_engine_of_the_host_has_the_declared_version(verdict: Verdict) -> None:
    """It answers, and its version fits."""
    must_pass(verdict)
