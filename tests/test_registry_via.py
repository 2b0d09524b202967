"""A registry in a network that only a jump host reaches: sessions through that tell the same."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kazoo.client import KazooClient
from ssh.harbour import Harbour
from test_registry import Server, server, zookeeper  # noqa: F401

from seatrial.options import Options
from seatrial.registry import zookeeper as registry
from seatrial.registry.detour import Dial
from seatrial.registry.ensemble import Ensemble
from seatrial.request import Window
from seatrial.sites.gathered import Gathered
from seatrial.snapshot import RegistryPath, Unreadable
from seatrial.spec.load import load

pytestmark = [pytest.mark.docker, pytest.mark.once]

FILE = """
deployment: t
hosts: {{named: {{bastion: {{}}, box: {{}}}}}}
ssh: {{config: {config}}}
services: {{box: {{on: ssh, locate: {{host: bastion}}}}}}
"""


@pytest.fixture
def dial(ssh_harbour: Harbour, tmp_path: Path) -> Iterator[Dial]:
    """What connects from the bastion, as a deployment file names it."""
    assert ssh_harbour.bastion
    file = tmp_path / "deployment.yaml"
    file.write_text(FILE.format(config=ssh_harbour.ssh_config))
    gathered = Gathered(load(file, os.environ), Options(), os.environ, Window())
    yield gathered.dial_from("bastion")
    gathered.end()


@pytest.fixture
def private(server: Server, ssh_harbour: Harbour, docker_client: Any) -> Iterator[str]:  # noqa: F811
    """The ZooKeeper's address in the network that only the bastion reaches."""
    network = docker_client.networks.get(ssh_harbour.network("back"))
    network.connect(server.container)
    server.container.reload()
    yield server.container.attrs["NetworkSettings"]["Networks"][network.name]["IPAddress"]
    network.disconnect(server.container, force=True)


def test_what_is_registered_is_read_through_a_host_that_reaches_it(server: Server, private: str, dial: Dial) -> None:  # noqa: F811
    client: KazooClient = server.client
    client.create("/via/relay", b"10.0.0.1:9000", makepath=True)
    found = registry.read(zookeeper(f"{private}:2181"), ["/via"], ["/via/relay"], dial=dial)
    children, node = found.paths["/via"], found.nodes["/via/relay"]
    assert isinstance(children, RegistryPath)
    assert [(one.name, one.data) for one in children.nodes] == [("relay", b"10.0.0.1:9000")]
    assert children.server == f"{private}:2181"
    assert node is not None
    assert node.data == b"10.0.0.1:9000"
    assert Ensemble(zookeeper(f"{private}:2181"), str, dial).get("/via/relay") == b"10.0.0.1:9000"
    client.delete("/via", recursive=True)


def test_a_server_that_refuses_there_is_said_to_refuse(private: str, dial: Dial) -> None:
    found = registry.read(zookeeper(f"{private}:2199"), ["/via"], dial=dial).paths["/via"]
    assert isinstance(found, Unreadable)
    assert f"{private}:2199 refused" in found.reason


def test_a_host_that_is_not_reached_is_the_reason(private: str, tmp_path: Path) -> None:
    file = tmp_path / "deployment.yaml"
    file.write_text(
        "deployment: t\nhosts: {named: {box: {address: 127.0.0.1, port: 9}}}\nssh: {config: /dev/null}\n"
        f"zookeeper: {{hosts: '{private}:2181', via: box}}\nservices: {{box: {{on: ssh, locate: {{host: box}}}}}}\n"
    )
    deployment = load(file, os.environ)
    assert deployment.zookeeper is not None
    gathered = Gathered(deployment, Options(), os.environ, Window())
    found = registry.read(deployment.zookeeper, ["/via"], dial=gathered.dial_from("box")).paths["/via"]
    gathered.end()
    assert isinstance(found, Unreadable)
    assert "127.0.0.1:9" in found.reason
