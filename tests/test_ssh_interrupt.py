"""What runs on a host ends with us: commands at an interrupt, and a relay to its engine that hangs."""

import re
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from ssh.berth import Berth
from ssh.harbour import Harbour

from seatrial.deadline import Deadline
from seatrial.errors import CouldNotLook
from seatrial.spec.inventory.host import Host
from seatrial.ssh.fleet import Fleet
from seatrial.ssh.link import Link
from seatrial.transports import on_hosts
from seatrial.transports.remote import Remote
from seatrial.transports.remote_engine import RemoteDialler

pytestmark = [pytest.mark.docker, pytest.mark.once]

WITHIN_S = 30
FILE = """
deployment: t
hosts: {{named: {{ended-box: {{}}}}}}
ssh: {{config: {config}}}
services:
  box:
    on: ssh
    locate: {{host: ended-box}}
    status:
      - {{name: a, within: 60s, command: [sh, -c, "sleep {seconds}; echo a=1"], expect: {{a: 1}}}}
      - {{name: b, within: 60s, user: root, command: [setsid, --wait, sleep, "{seconds}"], expect: {{a: 1}}}}
"""


class Connections:
    """The connections of one fleet, as a deployment has them."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet

    def begin(self, host: Host) -> None:
        self._fleet.begin([host])

    def reach(self, host: Host, deadline: Deadline) -> Link:
        return self._fleet.reach(host, deadline)


@pytest.fixture(scope="module")
def box(ssh_harbour: Harbour) -> Berth:
    return ssh_harbour.target("ended-box", MaxSessions=2)


@pytest.fixture
def seconds() -> str:
    return str(100_000 + secrets.randbelow(800_000))


def sleepers(box: Berth, seconds: str) -> int:
    _, out = box.container.exec_run(["pgrep", "-c", "-x", "-f", f"sleep {seconds}"])
    return int(out)


def until(holds: Callable[[], object], within_s: float = WITHIN_S) -> bool:
    end = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


PYTEST = "import signal, sys, pytest; signal.signal(signal.SIGINT, signal.default_int_handler); sys.exit(pytest.main())"


@pytest.mark.parametrize(("number", "gate"), [(signal.SIGTERM, True), (signal.SIGINT, True), (signal.SIGINT, False)])
def test_at_an_interrupt_commands_on_a_host_end_even_where_all_its_sessions_are_theirs(
    tmp_path: Path, command: list[str], ssh_harbour: Harbour, box: Berth, seconds: str, number: int, gate: bool
):
    argv = [*command, "run", "d.yaml"] if gate else [sys.executable, "-c", PYTEST, "--deployment", "d.yaml"]
    (tmp_path / "d.yaml").write_text(FILE.format(config=ssh_harbour.ssh_config, seconds=seconds))
    with subprocess.Popen(argv, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        assert until(lambda: sleepers(box, seconds) >= 1), "they never began"
        began = time.monotonic()
        run.send_signal(number)
        assert run.wait(WITHIN_S) == 2
    assert time.monotonic() - began < 6
    assert sleepers(box, seconds) == 0


@pytest.fixture
def dialler(fleet: Callable[..., Fleet], box: Berth) -> RemoteDialler:
    return RemoteDialler(Remote(Connections(fleet()), Host(box.name), sudo=True))


def engine_command(box: Berth, script: str) -> None:
    box.put("/usr/local/bin/docker", f"#!/bin/sh\n{script}\n", 0o755)


def test_a_relay_to_an_engine_that_hangs_is_ended_when_it_kept_us_waiting(
    dialler: RemoteDialler, box: Berth, seconds: str
):
    engine_command(box, f"sleep {seconds}")
    sock = dialler.engine(Deadline.within(3))
    with pytest.raises((TimeoutError, CouldNotLook)):
        sock.recv(1)
    assert sleepers(box, seconds) == 1
    sock.close()
    assert sleepers(box, seconds) == 0


def test_a_relay_that_runs_is_ended_at_an_interrupt(dialler: RemoteDialler, box: Berth, seconds: str):
    engine_command(box, f"sleep {seconds}")
    sock = dialler.engine(Deadline.within(20))
    assert until(lambda: sleepers(box, seconds) == 1)
    on_hosts.end_all()
    assert sleepers(box, seconds) == 0
    sock.close()


def test_a_relay_that_answers_is_left_to_end_by_itself(dialler: RemoteDialler, box: Berth):
    engine_command(box, "cat; touch /tmp/ended-by-itself")
    with dialler.engine(Deadline.within(20)) as sock:
        sock.sendall(b"said")
        assert sock.recv(4) == b"said"
    assert until(lambda: box.container.exec_run(["test", "-e", "/tmp/ended-by-itself"])[0] == 0)


def test_what_marks_the_begin_of_a_relay_is_in_no_command_line(dialler: RemoteDialler, box: Berth):
    engine_command(box, "cat /proc/[0-9]*/cmdline | tr '\\0' '\\n' > /tmp/seen; cat")
    with dialler.engine(Deadline.within(20)) as sock:
        sock.sendall(b"x")
        sock.recv(1)
    seen = box.run("cat", "/tmp/seen")
    assert "dial-stdio" in seen
    assert re.findall(r"(?<!SEATRIAL_LOOK=)\b[0-9a-f]{32}\b", seen) == []
