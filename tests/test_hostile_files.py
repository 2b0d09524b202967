"""Files of a target that would harm whoever reads them: they are told, not read, and spoil no other target."""

import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seatrial.collector.paths import Root
from seatrial.request import LogRequest, TargetRequest, Window
from seatrial.snapshot import FileFact, Inside, LogFact, LogFile, Unreadable
from seatrial.transports import exec as exec_vehicle
from seatrial.transports.engine import Engine
from seatrial.transports.engine_address import EngineAddress
from seatrial.transports.proc import ProcReader

pytestmark = pytest.mark.once

SET_UP = """
mkdir /srv/log
ln -s /proc/kmsg /srv/log/kmsg.log
ln -s /sys/kernel/mm/transparent_hugepage/enabled /srv/log/sys.log
truncate -s 9T /srv/log/sparse.log || truncate -s 300M /srv/log/sparse.log
{ head -c 60 /dev/zero | tr '\\0' a; echo b; } >/srv/log/slow.log
echo good >/srv/log/good.log
touch /run/ready
exec sleep 600
"""
KERNELS = ("/srv/log/kmsg.log", "/srv/log/sys.log", "/proc/kmsg", "/proc/1/environ")
WINDOW = Window(samples=2, over_s=0.1, deadline_s=20.0)
Reader = Callable[..., dict[str, Inside | Unreadable]]


def by_proc(*requests: TargetRequest) -> dict[str, Inside | Unreadable]:
    return ProcReader().look(requests, WINDOW)


def by_exec(*requests: TargetRequest) -> dict[str, Inside | Unreadable]:
    with Engine(EngineAddress("unix:///var/run/docker.sock"), timeout_s=20) as engine:
        return exec_vehicle.look(engine, requests, WINDOW)


@pytest.fixture
def target(up: Any) -> TargetRequest:
    made = up(f"hostile-{secrets.token_hex(3)}", ["sh", "-c", SET_UP])
    until = time.monotonic() + 60
    while made.exec_run(["test", "-e", "/run/ready"]).exit_code:
        assert time.monotonic() < until
    made.reload()
    return TargetRequest("odd.0", made.id, made.attrs["State"]["Pid"])


def beside(target: TargetRequest) -> TargetRequest:
    """The same container as another target, of which only a good file is asked."""
    return TargetRequest(
        "good.0", target.container_id, target.pid, logs=(LogRequest("good", "/srv/log/good.log", ("E",)),)
    )


def asked(target: TargetRequest, *logs: LogRequest, files: tuple[str, ...] = ()) -> TargetRequest:
    return TargetRequest(target.slot, target.container_id, target.pid, files=files, heads=files, logs=logs)


def only(found: Inside | Unreadable, key: str) -> LogFile:
    assert isinstance(found, Inside), found
    log = found.logs[key]
    assert isinstance(log, LogFact), log
    (file,) = log.files
    return file


@pytest.mark.docker
@pytest.mark.parametrize("read", [by_proc, by_exec])
def test_the_kernels_own_files_are_told_and_never_read(read: Reader, target: TargetRequest) -> None:
    logs = [LogRequest(path, path, ("ERROR",)) for path in KERNELS]
    found = read(asked(target, *logs, files=KERNELS), beside(target))
    odd = found["odd.0"]
    assert isinstance(odd, Inside), odd
    for path in KERNELS:
        assert only(odd, path).problem == "it is one of the kernel's own files"
        file = odd.files[path]
        assert isinstance(file, FileFact), file
        assert (file.kind, file.head, file.problem) == ("regular", None, "it is one of the kernel's own files")
    assert only(found["good.0"], "good").problem == ""


@pytest.mark.docker
@pytest.mark.parametrize("read", [by_proc, by_exec])
@pytest.mark.parametrize("regexes", [(), ("ERROR",)])
def test_an_endless_log_is_told_and_spoils_no_other_target(
    read: Reader, regexes: tuple[str, ...], target: TargetRequest
) -> None:
    sparse = LogRequest("sparse", "/srv/log/sparse.log", () if regexes else ("ERROR",), regexes)
    found = read(asked(target, sparse), beside(target))
    file = only(found["odd.0"], "sparse")
    assert file.problem or (read is by_proc and not regexes), file
    assert only(found["good.0"], "good").problem == ""


@pytest.mark.docker
def test_a_regex_that_does_not_end_is_told_and_spoils_no_other_target(target: TargetRequest) -> None:
    slow = LogRequest("slow", "/srv/log/slow.log", (), ("(a+)+$",))
    found = by_proc(asked(target, slow), beside(target))
    assert "it took longer than" in only(found["odd.0"], "slow").problem
    assert only(found["good.0"], "good").problem == ""


@pytest.mark.parametrize("by_hand", [False, True])
def test_reading_leaves_no_trace_in_the_access_times(tmp_path: Path, by_hand: bool) -> None:
    file = tmp_path / "file"
    file.write_text("text")
    for path in (file, tmp_path):
        os.utime(path, (1, 2))
    root = Root("/proc/self", by_hand)
    try:
        assert root.head(os.fsencode(file), 10) == b"text"
        assert root.names(os.fsencode(tmp_path)) == [b"file"]
    finally:
        root.close()
    assert [path.stat().st_atime for path in (file, tmp_path)] == [1, 1]
