"""The pytest that has imported everything before it is told what to run."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from seatrial.waiting import WaitingPytest

WITHIN_S = 60


def test_one_that_is_told_runs_pytest_and_writes_to_its_log(tmp_path: Path) -> None:
    log = tmp_path / "pytest.log"
    with WaitingPytest(os.environ) as waiting:
        waiting.begin(["--version"], log)
        assert waiting.wait(WITHIN_S) == 0
    assert log.read_text().startswith("pytest ")


def test_one_that_is_told_nothing_is_gone_after_the_block() -> None:
    with WaitingPytest(os.environ) as waiting:
        assert waiting.process.poll() is None
    assert waiting.process.returncode is not None


class WatchedLock:
    """The lock of a process, and whether an interrupt could have come while it was taken."""

    def __init__(self) -> None:
        self._lock, self.interruptible = threading.Lock(), []

    def acquire(self, blocking: bool = True) -> bool:
        self.interruptible.append(signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ()))
        return self._lock.acquire(blocking)

    def release(self) -> None:
        self._lock.release()

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


def test_no_interrupt_can_leave_the_lock_of_the_process_locked(tmp_path: Path) -> None:
    """Else the next wait for it is for ever: ``Popen.wait`` can be left between taking the lock and its ``try``."""
    with WaitingPytest(os.environ) as waiting:
        waiting.process._waitpid_lock = lock = WatchedLock()  # type: ignore[attr-defined]
        waiting.begin(["--version"], tmp_path / "pytest.log")
        assert waiting.wait(0.0) is None
        waiting.interrupt()
    assert set(lock.interruptible) == {False}


def test_one_whose_parent_was_killed_ends_by_itself() -> None:
    script = (
        "import os, signal; from seatrial.waiting import WaitingPytest\n"
        "print(WaitingPytest(os.environ).process.pid, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
    until = time.monotonic() + WITHIN_S
    while lives(child) and time.monotonic() < until:
        time.sleep(0.02)
    assert not lives(child)


def lives(pid: int) -> bool:
    """Whether a process is there and has not ended; one that nobody reaps has."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] not in "ZX"
    except FileNotFoundError:
        return False


def test_what_one_said_before_it_had_a_log_is_kept(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("raise SystemExit('no child starts like this')")
    log = tmp_path / "pytest.log"
    with WaitingPytest({**os.environ, "PYTHONPATH": str(tmp_path)}) as waiting:
        waiting.begin(["--version"], log)
        assert waiting.wait(WITHIN_S) not in (0, None)
    assert "no child starts like this" in log.read_text()
