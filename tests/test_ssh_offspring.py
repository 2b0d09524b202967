"""Commands that a configuration of ssh has us run: whatever ends us, none of them stays."""

import contextlib
import os
import secrets
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from seatrial.ssh.offspring import Offspring

pytestmark = pytest.mark.once
WITHIN_S = 30

FILE = """
deployment: t
hosts: {named: {box: {}}}
ssh: {config: ssh_config, within: 20s}
services: {box: {on: ssh, locate: {host: box}}}
"""

HANGS = {
    "a match": 'Match exec "sleep {}"\n    User x\n',
    "a match with a session of its own": 'Match exec "setsid --wait sleep {}"\n    User x\n',
    "a proxy": "Host box\n    ProxyCommand sleep {}\n",
    "a proxy that ignores TERM": "Host box\n    ProxyCommand sh -c 'trap \"\" TERM; while :; do sleep {}; done'\n",
    "a proxy with a session of its own": "Host box\n    ProxyCommand setsid sleep {}\n",
}


def sleepers(seconds: str) -> list[int]:
    """Processes that are, or hold, this sleep."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes()
            state = (folder / "stat").read_text(errors="replace").rpartition(") ")[2][:1]
        except OSError:
            continue
        if b"sleep" in line and seconds.encode() in line and state not in "ZX":
            found.append(int(folder.name))
    return found


def until(holds: Callable[[], object], within_s: float = WITHIN_S) -> bool:
    end = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


@pytest.fixture
def seconds() -> Iterator[str]:
    """A time to sleep that nobody else on this machine sleeps."""
    chosen = str(100_000 + secrets.randbelow(800_000))
    yield chosen
    for pid in sleepers(chosen):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
@pytest.mark.parametrize("hangs", HANGS.values(), ids=HANGS)
def test_at_an_interrupt_nothing_stays(
    tmp_path: Path, command: list[str], seconds: str, hangs: str, number: signal.Signals
) -> None:
    (tmp_path / "d.yaml").write_text(FILE)
    (tmp_path / "ssh_config").write_text(hangs.format(seconds))
    with subprocess.Popen(
        [*command, "run", "d.yaml"], cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as run:
        assert until(lambda: sleepers(seconds)), "it never began"
        run.send_signal(number)
        assert run.wait(WITHIN_S) == 2
    assert until(lambda: not sleepers(seconds), 1), sleepers(seconds)


def test_at_the_end_of_a_run_all_are_ended_at_the_same_time(seconds: str) -> None:
    made, stubborn = Offspring(os.environ), f'trap "" TERM; while :; do sleep {seconds}; done'
    for _ in range(10):
        made.start(["sh", "-c", stubborn], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=2)
    assert until(lambda: len(sleepers(seconds)) == 20)
    began = time.monotonic()
    made.end_all()
    assert (sleepers(seconds), time.monotonic() - began < 2) == ([], True)


def test_after_the_end_none_is_started() -> None:
    made = Offspring(os.environ)
    made.end_all()
    with pytest.raises(OSError, match="the run is over"):
        made.start(["true"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=2)


def test_one_that_is_waited_for_is_ended_from_another_thread(seconds: str) -> None:
    made = Offspring(os.environ)
    child = made.start(["sleep", seconds], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=2)
    threading.Timer(0.2, made.end_all).start()
    assert child.wait(WITHIN_S) == -signal.SIGTERM
