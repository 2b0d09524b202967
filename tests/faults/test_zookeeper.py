"""The registration's faults, injected into a real ZooKeeper, are found under each vehicle."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import docker
import pytest
from kazoo.client import KazooClient

from seatrial.vehicles import Vehicle

from . import registry
from .box import Box
from .conftest import JudgedOnce
from .files import REGISTERED
from .harbour import Harbour
from .judging import Judged

pytestmark = [pytest.mark.docker, pytest.mark.once]

ELSEWHERE = "172.17.254.99:8080"


@dataclass(frozen=True)
class Registration:
    """What is registered.

    :param inject: is called with the session, the path, and what the service should say.
    :param says: regular expressions, each found in the message of ``check``.
    :param broken: aspects of which none may PASS.
    """

    id: str
    inject: Callable[[KazooClient, str, bytes], object]
    check: str = ""
    says: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()


HEALTHY = Registration("healthy", lambda zk, path, data: zk.create(f"{path}/i-1", data, ephemeral=True))
FAULTS = (
    Registration(
        "Z01",
        lambda _zk, _path, _data: None,
        "zk.node",
        (r"no child under /svc/Z01 on \S+:2181", r"server answered, zxid 0x[0-9a-f]+"),
        ("zk.node", "zk.data", "zk.ephemeral"),
    ),
    Registration(
        "Z02",
        lambda zk, path, data: zk.create(f"{path}/i-1", data),
        "zk.ephemeral",
        (r"/svc/Z02/i-1 is persistent \(ephemeralOwner=0x0\)", r"stays when the service dies"),
        ("zk.ephemeral",),
    ),
    Registration(
        "Z04",
        lambda zk, path, _data: zk.create(f"{path}/i-1", ELSEWHERE.encode(), ephemeral=True),
        "zk.data",
        (rf"i-1 says {re.escape(ELSEWHERE)}", r"container has \d+\.\d+\.\d+\.\d+", r"belongs to no container"),
        ("zk.data",),
    ),
)


@pytest.fixture(scope="module")
def service(empty_harbour: Harbour) -> Box:
    """A healthy service; only what is registered of it is wrong."""
    box = empty_harbour.launch("registered")
    box.svc()
    return box


@pytest.fixture(scope="module")
def zookeeper(docker_client: docker.DockerClient, empty_harbour: Harbour) -> Box:
    """A server of its own for these tests."""
    registry.build(docker_client)
    return registry.server(empty_harbour)


@pytest.fixture(scope="module")
def hosts(zookeeper: Box, service: Box) -> Iterator[str]:
    """Where all registrations are, each below a path of its own, for as long as the session lives."""
    with registry.session(zookeeper.address) as zk:
        for one in (HEALTHY, *FAULTS):
            zk.ensure_path(f"/svc/{one.id}")
            one.inject(zk, f"/svc/{one.id}", f"{service.address}:8080".encode())
        yield f"{zookeeper.address}:2181"


@pytest.fixture
def look_at(hosts: str, service: Box, judged_once: JudgedOnce, vehicle: Vehicle) -> Callable[..., Judged]:
    """The verdicts about one registration."""

    def look(one: Registration, timeout: str = "5s") -> Judged:
        text = REGISTERED.format(name=service.name, zookeeper=hosts, path=f"/svc/{one.id}", timeout=timeout)
        return judged_once(text, vehicle)

    return look


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.id)
def test_the_check_that_is_about_a_registration_says_what_is_wrong(fault: Registration, look_at):
    verdicts = look_at(fault)
    [verdict] = verdicts.of(fault.check)
    assert verdict.outcome.value == "FAIL", verdict
    assert [said for said in fault.says if not re.search(said, verdict.message)] == [], verdict.message
    assert verdicts.passing(*fault.broken) == []


def test_a_registration_as_declared_is_all_green(look_at):
    verdicts = look_at(HEALTHY)
    assert verdicts.not_passing == {}
    assert len(verdicts.verdicts) == 11


def test_a_frozen_server_is_not_taken_for_an_empty_one(look_at, zookeeper: Box):
    """A server that does not answer tells nothing: neither that a node is there, nor that none is."""
    zookeeper.container.pause()
    try:
        verdicts = look_at(HEALTHY, timeout="1s")
    finally:
        zookeeper.container.unpause()
    assert {verdict.outcome.value for aspect in ("zk.node", "zk.data") for verdict in verdicts.of(aspect)} == {
        "UNKNOWN"
    }
