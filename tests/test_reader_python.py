"""The Python reader on old and new Pythons: one program for all of them, with equal findings."""

import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from seatrial.errors import CouldNotLook
from seatrial.parsers.frames import by_target, parse
from seatrial.request import HostRequest, LogRequest, TalkRequest, TargetRequest, Window
from seatrial.snapshot import Inside, LogFact, Unreadable
from seatrial.transports.bare import bare
from seatrial.transports.loader import parameter_file, program, sh_script
from seatrial.transports.proc import inside_of, request_line

pytestmark = [pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc is Linux's"), pytest.mark.once]

VERSIONS = tuple(f"3.{minor}" for minor in range(6, 15))
WINDOW = Window(samples=2, over_s=0.1, deadline_s=20.0)
BOOT = "import sys;{before}exec(compile(sys.stdin.buffer.read({size}),'seatrial-reader','exec'))"
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}
SERVICE = """
import os, socket, sys, time
sock = socket.socket()
sock.bind(("127.0.0.1", 0))
sock.listen(5)
if os.fork() == 0:
    time.sleep(600)
print(sock.getsockname()[1], flush=True)
while True:
    sock.accept()[0].close()
"""
DEAD_SERVER = """
import ctypes, os, subprocess, sys
libc = ctypes.CDLL(None, use_errno=True)
fuse = os.open("/dev/fuse", os.O_RDWR)
options = b"fd=%d,rootmode=40000,user_id=0,group_id=0" % fuse
if libc.mount(b"dead:/export", os.fsencode(sys.argv[1]), b"fuse", 0, options):
    sys.exit("mount: " + os.strerror(ctypes.get_errno()))
sys.exit(subprocess.run(sys.argv[2:]).returncode)
"""
"""A file system that nobody serves: what asks it waits for ever, as for a dead NFS server."""


def interpreter(version: str) -> str:
    """A Python of a version, from PATH or pyenv; empty where there is none that runs."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    kept = sorted(pyenv.glob(f"versions/{version}.*/bin/python"))
    found = [shutil.which(f"python{version}"), *map(str, kept)]
    return next((path for path in found if path and _runs(path, version)), "")


def _runs(path: str, version: str) -> bool:
    asked = [path, "-I", "-S", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    done = subprocess.run(asked, capture_output=True, text=True, timeout=30, check=False)
    return done.stdout.strip() == version


def read(python: str, request: TargetRequest, before: str = "", **options: bool) -> Inside:
    nonce, source = secrets.token_hex(16), program()
    argv = [python, "-I", "-S", "-c", BOOT.format(size=len(source), before=before)]
    line = request_line((request,), WINDOW, nonce, options=options)
    done = subprocess.run(
        argv, input=source + line, env=ENVIRONMENT, cwd="/", capture_output=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
    return told(done.stdout, nonce, request)


def told(out: bytes, nonce: str, request: TargetRequest) -> Inside:
    found = inside_of(by_target(parse(out, nonce))[0], request, "proc")
    assert isinstance(found, Inside), found
    return found


def start_ticks(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[19])


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TargetRequest]:
    """A service of this machine with a child, a port, and logs and files whose names are Chinese."""
    folder = tmp_path_factory.mktemp("数据")
    (folder / "日志-1.log").write_bytes("2026-11-25 12:00:00 ERROR 错误\nplain\n".encode() + "错误\n".encode("gb18030"))
    (folder / "link").symlink_to("日志-1.log")
    with subprocess.Popen([sys.executable, "-c", SERVICE], stdout=subprocess.PIPE, start_new_session=True) as made:
        assert made.stdout is not None
        port = int(made.stdout.readline())
        yield TargetRequest(
            "service.0",
            "",
            made.pid,
            ("127.0.0.1",),
            files=(str(folder / "日志-1.log"), str(folder / "link"), str(folder / "没有")),
            heads=(str(folder / "link"),),
            logs=(
                LogRequest("texts", str(folder / "日志-?.log"), ("错误", "ERROR")),
                LogRequest("regexes", str(folder / "*.log"), (), ("错.", "E(?:RR)OR")),
                LogRequest("none", str(folder / "[!日]*.log"), ("x",)),
            ),
            talks=(TalkRequest("port", "tcp", port),),
            scope="tree",
            start_ticks=start_ticks(made.pid),
        )
        os.killpg(made.pid, 9)


@pytest.fixture(params=VERSIONS)
def python(request: pytest.FixtureRequest) -> str:
    found = interpreter(request.param)
    if not found:
        pytest.skip(f"no Python {request.param} is here")
    return found


def timeless(inside: Inside) -> Inside:
    assert not isinstance(inside.processes, Unreadable)
    processes = tuple(replace(process, age_s=0.0) for process in inside.processes)
    return replace(inside, clock=0.0, clock_last=0.0, processes=processes, talks={}, overflows=None)


def test_the_program_is_understood_by_python_3_6(tmp_path: Path) -> None:
    pytest.importorskip("vermin", reason="vermin is not installed: pip install --group dev")
    run = [sys.executable, "-c", "import vermin; vermin.main()", "-t=3.6-", "--no-tips", "--violations"]
    for name, source, code in (("reader.py", program(), 0), ("newer.py", b"import os\nos.memfd_create('')\n", 1)):
        (tmp_path / name).write_bytes(source)
        done = subprocess.run([*run, str(tmp_path / name)], capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == code, done.stdout


def test_every_python_finds_the_same_in_a_service(service: TargetRequest, python: str) -> None:
    ours, theirs = read(sys.executable, service), read(python, service)
    assert timeless(theirs) == timeless(ours)
    assert theirs.talks == ours.talks
    (log,) = (theirs.logs["texts"],)
    assert isinstance(log, LogFact)
    assert [hit.number for hit in log.files[0].hits] == [1, 3]
    assert theirs.files[service.files[2]] == ours.files[service.files[2]]


def test_every_python_finds_the_same_of_a_machine(python: str) -> None:
    asked = HostRequest(mounts=("/", "/proc"), sysctls=("kernel.ostype",), units=("a.service",), cron=True, engine=True)
    request = TargetRequest("host.0", "", 1, scope="machine", host=asked)
    ours, theirs = read(sys.executable, request), read(python, request)
    assert ours.host is not None
    assert theirs.host is not None
    assert replace(theirs.host, mounts={}) == replace(ours.host, mounts={})
    assert theirs.host.mounts["/proc"] == ours.host.mounts["/proc"]
    assert (theirs.hostname, theirs.users) == (ours.hostname, ours.users)
    assert not isinstance(theirs.processes, Unreadable)
    assert min(process.pid for process in theirs.processes) == 1


def test_python_finds_the_same_where_it_has_no_way_to_run_grep(service: TargetRequest) -> None:
    lacks = "import os;del os.memfd_create, os.posix_spawn, os.POSIX_SPAWN_OPEN, os.POSIX_SPAWN_DUP2;"
    assert read(sys.executable, service, lacks).logs == read(sys.executable, service).logs


def test_a_python_without_its_library_says_so_and_reads_no_request() -> None:
    argv = [sys.executable, "-I", "-S", "-c", BOOT.format(before="sys.modules['ctypes']=None;", size=len(program()))]
    done = subprocess.run(argv, input=program(), capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (127, b"")
    assert b"this Python cannot be used" in done.stderr


def test_an_expression_that_this_python_does_not_know_spoils_its_own_log_only(service: TargetRequest) -> None:
    odd = replace(service, logs=(LogRequest("odd", service.logs[1].glob, (), ("(?P<",)), service.logs[0]))
    found = read(sys.executable, odd).logs
    assert isinstance(found["odd"], LogFact)
    assert "could not be read to its end" in found["odd"].files[0].problem
    assert found["texts"] == read(sys.executable, service).logs["texts"]


def test_whatever_runs_a_machine_the_reader_and_its_children_are_not_among_its_processes() -> None:
    asked = LogRequest("log", "/etc/passwd", ("root",))
    request = TargetRequest("host.0", "", 1, scope="machine", logs=(asked,), start_ticks=start_ticks(1))
    for ticks in (request.start_ticks, 0):
        found = read(sys.executable, replace(request, start_ticks=ticks, host=HostRequest(mounts=("/",))))
        assert not isinstance(found.processes, Unreadable)
        lines = [" ".join(process.argv) for process in found.processes if isinstance(process.argv, tuple)]
        assert [line for line in lines if "seatrial-reader" in line or "grep -aFnbH" in line] == []


def test_the_first_process_of_a_machine_that_was_found_must_still_be_that_one() -> None:
    request = TargetRequest("host.0", "", 1, scope="machine", start_ticks=start_ticks(1) + 1)
    nonce, source = secrets.token_hex(16), program()
    argv = [sys.executable, "-I", "-S", "-c", BOOT.format(size=len(source), before="")]
    done = subprocess.run(
        argv, input=source + request_line((request,), WINDOW, nonce), capture_output=True, timeout=60, check=True
    )
    (answer,) = by_target(parse(done.stdout, nonce)).values()
    assert answer.find("nothere") is not None


@pytest.mark.skipif(os.geteuid() != 0 or not os.path.exists("/dev/fuse"), reason="needs root and /dev/fuse to mount")
@pytest.mark.parametrize("reader", ["python", "sh"])
def test_a_dead_file_server_spoils_its_own_disk_only(tmp_path: Path, reader: str) -> None:
    dead = str(tmp_path / "dead")
    os.mkdir(dead)
    asked = HostRequest(mounts=(dead, "/"))
    request = TargetRequest("host.0", "", 1, scope="machine", host=asked)
    nonce, source = secrets.token_hex(16), program()
    if reader == "python":
        argv, stdin = [sys.executable, "-I", "-S", "-c", BOOT.format(size=len(source), before="")], source
        stdin += request_line((request,), WINDOW, nonce)
    else:
        argv, stdin = ["sh"], sh_script(request, WINDOW, nonce)
    boxed = ["unshare", "-mpf", "--mount-proc", sys.executable, "-c", DEAD_SERVER, dead, *argv]
    done = subprocess.run(boxed, input=stdin, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    host = told(done.stdout, nonce, request).host
    assert host is not None
    assert str(host.mounts[dead]) == "it did not answer within 2 s"
    assert getattr(host.mounts["/"], "size", 0) > 0


HIDDEN = "mount -o remount,hidepid=$0 /proc && setpriv --reuid 65534 --regid 65534 --clear-groups sh; exit $?"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount /proc and become somebody else")
@pytest.mark.parametrize("hides", ["1", "2"])
def test_processes_that_are_hidden_from_us_are_not_taken_for_none(hides: str) -> None:
    request = TargetRequest("host.0", "", 1, scope="machine")
    nonce = secrets.token_hex(16)
    boxed = ["unshare", "-mpf", "--mount-proc", "sh", "-c", HIDDEN, hides]
    script = sh_script(request, WINDOW, nonce)
    done = subprocess.run(boxed, input=script, capture_output=True, timeout=60, cwd="/", check=True)
    found = inside_of(by_target(parse(done.stdout, nonce))[0], request, "ssh")
    assert isinstance(found, Unreadable)
    assert "/proc may hide it (hidepid), then look as root" in found.reason


SOURCE = b'''"""Text."""
from __future__ import division
from typing import Any, TypeAlias
from collections.abc import Callable, Iterator
from seatrial.collector.wire import (
    Wire,
)

Way: TypeAlias = Callable[[int], "list[int]"]
limit: int = 3
"""What it is."""


class Thing(dict[str, int]):
    """Text."""

    size: "int | None"

    def only(self) -> "list[int]":
        """Text."""

    def all(self, one: int, *more: int, way: Way = lambda x: x, \xe4\xb8\x80: "str" = "\xe4\xb8\x80:") -> Iterator[int]:
        found: list[int] = [one]
        rest: int
        self.kept: dict[str, int] = {}
        return found
'''


def test_what_only_people_and_type_checkers_read_is_cut_out() -> None:
    left = [" ".join(line.split()) for line in bare(SOURCE).decode().splitlines()]
    assert [line for line in left if line] == [
        "from __future__ import division",
        "pass",
        "limit = 3",
        "class Thing(dict[str, int]):",
        "pass",
        "def only(self) :",
        "pass",
        'def all(self, one, *more, way = lambda x: x, 一 = "一:") :',
        "found = [one]",
        "pass",
        "self.kept = {}",
        "return found",
    ]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("vm.max_map_count", "vm/max_map_count"),
        ("net/ipv4/conf/eth0.100/rp_filter", "net/ipv4/conf/eth0.100/rp_filter"),
        ("net.ipv4.conf.eth0/100.rp_filter", "net/ipv4/conf/eth0.100/rp_filter"),
    ],
)
def test_a_parameter_is_where_sysctl_looks_for_it(name: str, path: str) -> None:
    assert parameter_file(name) == f"/proc/sys/{path}"


@pytest.mark.parametrize("name", ["", "vm", "../etc/passwd", "vm..x", "vm/../../../etc/passwd", "/etc/passwd", "a.b;c"])
def test_what_is_no_name_of_a_parameter_is_no_path(name: str) -> None:
    with pytest.raises(CouldNotLook, match="no name of a kernel parameter"):
        parameter_file(name)


def test_the_request_says_what_is_asked_of_a_host() -> None:
    request = TargetRequest("host.0", "", 1, scope="machine", host=HostRequest(sysctls=("vm.swappiness",)))
    asked = [
        json.loads(request_line((one,), WINDOW, ""))["targets"][0] for one in (request, replace(request, host=None))
    ]
    assert (asked[0]["host"]["sysctls"], asked[1]["host"]) == (["/proc/sys/vm/swappiness"], None)
