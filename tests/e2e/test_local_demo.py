"""The demo without an engine and without root: the same checks, and whichever way it ends, nothing of it stays."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from demo_faults import innocent, untold
from nobody import UID, as_nobody, home_of, needed_folders

DEADLINE_S = 90
GONE_WITHIN_S = 20


@dataclass(frozen=True)
class Home:
    """Where a user of the demo is at home, with a folder for temporary files that only this test uses."""

    path: Path
    user: Callable[[list[str]], list[str]]

    @property
    def environ(self) -> dict[str, str]:
        cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
        own = {"HOME": str(self.path), "TMPDIR": str(self.path / "tmp")}
        shared = {"XDG_CACHE_HOME": cache} if os.access(cache, os.X_OK) and self.user is as_is else {}
        return {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **own, **shared}

    def left(self) -> list[str]:
        """Folders of stacks, and processes that know of one."""
        mark = str(self.path / "tmp").encode()
        said = {path.parent.name: _read(path) for path in Path("/proc").glob("[0-9]*/cmdline")}
        return [*os.listdir(self.path / "tmp"), *(pid for pid, argv in said.items() if mark in argv)]


def as_is(argv: list[str]) -> list[str]:
    return argv


@pytest.fixture(scope="module", params=["as I am", "as nobody"])
def home(request: pytest.FixtureRequest) -> Iterator[Home]:
    """Of the user who runs the tests, and of one without any rights."""
    nobody = request.param == "as nobody" and os.geteuid() == 0  # who is no root has no rights either
    with home_of(UID if nobody else os.geteuid()) as folder:
        yield Home(folder, (lambda argv: as_nobody(folder, argv)) if nobody else as_is)


def _seatrial(home: Home, command: list[str], *args: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        home.user([*command, *args]), cwd=home.path, env={**home.environ, **environ}, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=DEADLINE_S, check=False,
    )  # fmt: skip


def _results(home: Home, out: str) -> dict[str, dict]:
    [folder] = [line.removeprefix("Report: ") for line in out.splitlines() if line.startswith("Report: ")]
    return {each["id"]: each for each in json.loads((home.path / folder / "results.json").read_text())["results"]}


def test_where_no_engine_answers_the_whole_demo_runs_here_is_accepted_and_leaves_nothing(home, command):
    ran = _seatrial(home, command, "demo", DOCKER_HOST=f"unix://{home.path}/none.sock")
    assert ran.returncode == 0, ran.stdout
    first = ran.stdout.splitlines()[0]
    assert first.startswith("in namespaces of this machine, since no Docker Engine can be used: ")
    assert "none.sock" in first
    results = _results(home, ran.stdout)
    assert {result["status"] for result in results.values()} == {"PASS"}
    assert len(results) > 90
    assert home.left() == []


@pytest.mark.once
def test_each_of_the_six_faults_is_named_by_the_same_check_as_in_containers(home, command):
    ran = _seatrial(home, command, "demo", "--local", "--break")
    assert ran.returncode == 1, ran.stdout
    results = _results(home, ran.stdout)
    assert untold(results) == {}
    assert innocent(results) == []
    assert home.left() == []


@pytest.mark.once
@pytest.mark.parametrize(
    ("number", "moment"),
    [
        (signal.SIGINT, "zk1 is ready"),
        (signal.SIGTERM, "peer-1 is ready"),
        (signal.SIGHUP, "zk1 is ready"),
        (signal.SIGKILL, "zk1 is ready"),
        (signal.SIGKILL, "peer-1 is ready"),
    ],
)
def test_a_demo_that_is_broken_off_leaves_nothing(home, command, number, moment):
    with subprocess.Popen(
        home.user([*command, "demo", "--local"]), cwd=home.path, env=home.environ, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as child:  # fmt: skip
        assert child.stdout
        _read_until(child.stdout, moment)
        inside = _namespaces_below(child.pid)
        child.send_signal(number)
        child.communicate(timeout=DEADLINE_S)
    assert len(inside) > 6
    assert child.returncode in (2, -number)
    _wait_until_gone(home)
    assert home.left() == []
    assert inside & _namespaces() == set()


@pytest.mark.once
def test_what_is_kept_runs_on_and_is_ended_by_the_name_that_was_said(home, command):
    ran = _seatrial(home, command, "demo", "--local", "--keep")
    assert ran.returncode == 0, ran.stdout
    kept = home.left()
    [said] = [line for line in ran.stdout.splitlines() if "seatrial sweep" in line]
    swept = _seatrial(home, command, "sweep", said.rpartition(" ")[2])
    assert swept.returncode == 0, swept.stdout
    assert len(kept) > 1
    assert home.left() == []


def test_a_limit_of_no_namespaces_is_named_with_what_to_do(home, command):
    limited = 'echo 0 >/proc/sys/user/max_user_namespaces; exec "$@"'
    nested = ["unshare", "--user", "--map-root-user", "sh", "-c", limited, "sh", *command]
    ran = _seatrial(home, nested, "demo", "--local")
    assert ran.returncode == 4, ran.stdout
    assert "user.max_user_namespaces is 0: as root, sysctl user.max_user_namespaces=" in ran.stdout
    assert home.left() == []


def test_missing_programs_are_named_with_their_packages(home, command):
    ran = _seatrial(home, ["env", "PATH=", *command], "demo", "--local")
    assert ran.returncode == 4, ran.stdout
    assert "needs unshare, nsenter" in ran.stdout
    assert "install util-linux" in ran.stdout


@pytest.mark.docker
def test_an_unprivileged_container_is_told_to_be_one(up):
    """The container sees this machine's programs, so that nothing but its system call filter stands in the way."""
    folders = {"/usr", "/etc/alternatives", *needed_folders()}
    binds = {folder: {"bind": folder, "mode": "ro"} for folder in folders if os.path.isdir(folder)}
    container = up("unprivileged", ["sleep", "600"], volumes=binds, init=False)
    argv = [sys.executable, "-P", "-c", "from seatrial.cli import main; main()", "demo", "--local"]
    ended = container.exec_run(argv, workdir="/tmp")
    said = ended.output.decode()
    assert ended.exit_code == 4, said
    assert "Operation not permitted" in said
    assert "a seccomp filter is in force" in said


def _read_until(lines, words: str) -> None:
    said = []
    for line in lines:
        said.append(line)
        if words in line:
            return
    raise AssertionError("".join(said))


def _wait_until_gone(home: Home) -> None:
    until = time.monotonic() + GONE_WITHIN_S
    while home.left() and time.monotonic() < until:
        time.sleep(0.05)


def _namespaces_below(pid: int) -> set[str]:
    """The pid, mount and network namespaces of a process's descendants, without our own."""
    parents = {int(path.parent.name): _parent(_read(path)) for path in Path("/proc").glob("[0-9]*/stat")}
    below, grown = {pid}, set[int]()
    while below != grown:
        grown = set(below)
        below |= {child for child, parent in parents.items() if parent in grown}
    return {name for each in below for name in _of(each)} - _of(os.getpid())


def _namespaces() -> set[str]:
    return {name for path in Path("/proc").glob("[0-9]*") for name in _of(int(path.name))} - _of(os.getpid())


def _of(pid: int) -> set[str]:
    try:
        return {os.readlink(f"/proc/{pid}/ns/{kind}") for kind in ("pid", "mnt", "net")}
    except OSError:
        return set()


def _parent(stat: bytes) -> int:
    return int(stat.rpartition(b")")[2].split()[1]) if stat else 0


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
