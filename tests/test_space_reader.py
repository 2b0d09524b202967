"""What a container is on, read by both readers in real containers: dead and countless mounts hold up no look."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from seatrial.host import HostFacts, Place
from seatrial.request import HostRequest, TargetRequest, Window
from seatrial.snapshot import Inside, Unreadable
from seatrial.transports import exec as exec_vehicle
from seatrial.transports.engine import Engine
from seatrial.transports.engine_address import EngineAddress
from seatrial.transports.proc import ProcReader

pytestmark = [pytest.mark.docker, pytest.mark.once]

WINDOW = Window(samples=2, over_s=0.1, deadline_s=20.0)
MAY_MOUNT: dict[str, Any] = {"cap_add": ["SYS_ADMIN"], "security_opt": ["apparmor=unconfined", "seccomp=unconfined"]}
each_vehicle = pytest.mark.parametrize("vehicle", ["proc", "exec"])

DEAD = """
set -e
mkdir /dead
exec 3<>/dev/fuse
mount -i -t fuse -o fd=3,rootmode=40000,user_id=0,group_id=0 dead /dead
: >/ready
exec sleep infinity
"""
"""A filesystem whose server never answers (fuse(4))."""

MANY = """
set -e
mkdir /many; cd /many
n=0; while [ $n -lt 2000 ]; do mkdir $n; mount -t tmpfs -o size=1m none $n; n=$((n+1)); done
: >/ready
exec sleep infinity
"""
LINKED = """
mkdir -p /srv/app; ln -s /small /srv/app/log; : >/ready; exec sleep infinity
"""


def ready(container: Any) -> None:
    until = time.monotonic() + 60
    while container.exec_run(["test", "-e", "/ready"])[0]:
        container.reload()
        assert container.status == "running", container.logs()
        assert time.monotonic() < until
        time.sleep(0.1)


def read(container: Any, vehicle: str, *places: str) -> HostFacts:
    container.reload()
    pid = container.attrs["State"]["Pid"]
    request = TargetRequest("app.0", container.id, pid, host=HostRequest(places=places))
    if vehicle == "proc":
        found = ProcReader().look([request], WINDOW)["app.0"]
    else:
        with Engine(EngineAddress("unix:///var/run/docker.sock"), timeout_s=20) as engine:
            found = exec_vehicle.look(engine, [request], WINDOW)["app.0"]
    assert isinstance(found, Inside), found
    assert found.host is not None
    return found.host


@each_vehicle
def test_a_path_is_told_by_the_mount_that_it_is_on_links_followed(up: Callable[..., Any], vehicle: str) -> None:
    made = up(f"linked-{vehicle}", ["sh", "-c", LINKED], tmpfs={"/small": "size=1m,nr_inodes=8"})
    ready(made)
    found = read(made, vehicle, "/srv/app/log", "/srv/app", "/nope").places
    log, app = found["/srv/app/log"], found["/srv/app"]
    assert isinstance(log, Place)
    assert (log.point, log.fstype, log.size, log.free, log.inodes) == ("/small", "tmpfs", 1 << 20, 1 << 20, 8)
    assert isinstance(app, Place)
    assert app.point == "/"
    assert found["/nope"] is None


@each_vehicle
def test_a_file_system_whose_server_is_dead_is_unreadable_and_holds_up_nothing(
    up: Callable[..., Any], vehicle: str
) -> None:
    made = up(f"dead-{vehicle}", ["sh", "-c", DEAD], devices=["/dev/fuse"], **MAY_MOUNT)
    ready(made)
    began = time.monotonic()
    found = read(made, vehicle, "/dead", "/tmp").places
    assert time.monotonic() - began < WINDOW.deadline_s / 2
    assert isinstance(found["/dead"], Unreadable)
    assert "did not answer" in found["/dead"].reason
    assert isinstance(found["/tmp"], Place)


@each_vehicle
def test_two_thousand_mounts_are_read_within_the_deadline(up: Callable[..., Any], vehicle: str) -> None:
    made = up(f"many-{vehicle}", ["sh", "-c", MANY], **MAY_MOUNT)
    ready(made)
    began = time.monotonic()
    found = read(made, vehicle, "/many/1999").places["/many/1999"]
    assert time.monotonic() - began < WINDOW.deadline_s / 2
    assert isinstance(found, Place)
    assert found.point == "/many/1999"
