"""The reader as it is carried to hosts: the same program, whether it fits their Python compiled or not."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from test_reader_python import VERSIONS, interpreter, start_ticks, timeless

from seatrial.parsers.frames import by_target, parse
from seatrial.request import TargetRequest, Window
from seatrial.snapshot import Inside
from seatrial.transports.cargo import Cargo, cargo
from seatrial.transports.loader import program
from seatrial.transports.marked import new_nonce
from seatrial.transports.proc import inside_of, request_line

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc is Linux's")

ANOTHER = b"\0\0\0\0"


def run(
    carried: Cargo, folder: Path, python: str, stdin: bytes, shell: str = "sh"
) -> subprocess.CompletedProcess[bytes]:
    """Give its command to a shell, which finds this Python as python3."""
    link = folder / "python3"
    link.unlink(missing_ok=True)
    link.symlink_to(os.path.realpath(python))
    environ = {"PATH": f"{folder}:/usr/bin:/bin", "LC_ALL": "C"}
    return subprocess.run(
        [shell, "-c", carried.command], input=stdin, env=environ, capture_output=True, timeout=60, check=False
    )


@pytest.fixture(scope="module")
def asked() -> Iterator[TargetRequest]:
    """A process that is none of ours."""
    with subprocess.Popen(["sleep", "600"], start_new_session=True) as made:
        ticks = start_ticks(made.pid)
        yield TargetRequest("one.0", "", made.pid, files=("/etc/passwd",), scope="tree", start_ticks=ticks)
        made.kill()


@pytest.fixture
def told(asked: TargetRequest, tmp_path: Path) -> Callable[..., Inside]:
    """What it tells of that process."""

    def call(carried: Cargo, python: str = sys.executable, **more: str) -> Inside:
        nonce = new_nonce()
        line = request_line([asked], Window(samples=2, over_s=0.05), nonce)
        done = run(carried, tmp_path, python, carried.program + line, **more)
        assert (done.returncode, done.stderr) == (0, b"")
        found = timeless(inside_of(by_target(parse(done.stdout, nonce))[0], asked, "ssh"))
        return replace(found, listeners=())

    return call


def test_compiled_or_not_it_tells_the_same(told):
    assert told(cargo(ANOTHER)) == told(cargo())


def test_a_python_that_is_the_same_as_ours_does_not_compile_it(told, tmp_path):
    spoilt = cargo().command.replace("zlib.decompress(text)", "no_such_name")
    assert told(replace(cargo(), command=spoilt)) == told(cargo())
    done = run(replace(cargo(ANOTHER), command=spoilt.replace("==", "!=")), tmp_path, sys.executable, cargo().program)
    assert b"no_such_name" in done.stderr


@pytest.mark.parametrize("version", VERSIONS)
def test_every_python_runs_it(version, told):
    python = interpreter(version)
    if not python:
        pytest.skip(f"no Python {version} is here")
    assert told(cargo(), python) == told(cargo())


@pytest.mark.parametrize("shell", ["dash", "bash"])
def test_its_command_is_one_line_for_any_shell(shell, told):
    assert "\n" not in cargo().command
    assert told(cargo(), shell=shell) == told(cargo())


def test_a_python_without_what_unpacks_it_says_so_as_a_missing_one_does(tmp_path):
    lacking = replace(cargo(), command=cargo().command.replace("marshal, zlib", "marshal, zlib_is_not_there"))
    done = run(lacking, tmp_path, sys.executable, b"")
    assert done.returncode == 127
    assert b"this Python cannot be used" in done.stderr


def test_it_is_smaller_than_the_program_alone():
    assert len(cargo().program) < len(program())


def test_it_is_packed_once_for_all_who_want_it_at_the_same_moment():
    with ThreadPoolExecutor(16) as pool:
        packed = list(pool.map(lambda _: cargo(b"1234"), range(64)))
    assert all(one is packed[0] for one in packed)
