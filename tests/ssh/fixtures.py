"""Fixtures of real OpenSSH servers, imported by ``tests/conftest.py``."""

import os
from collections.abc import Callable, Iterator

import docker
import pytest

from seatrial.spec.inventory.host import Host
from seatrial.ssh.fleet import Fleet
from seatrial.ssh.wishes import Wishes

from .harbour import Harbour


@pytest.fixture(scope="session")
def ssh_harbour(
    docker_client: docker.DockerClient, run_id: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Harbour]:
    """A bastion and hosts behind it, started when they are first asked for; at the end they are gone."""
    with Harbour(docker_client, run_id, tmp_path_factory.mktemp("ssh")) as made:
        yield made


@pytest.fixture
def fleet(ssh_harbour: Harbour) -> Iterator[Callable[..., Fleet]]:
    """Make connections by the harbour's own ssh_config: ``fleet(within_s=2)``."""
    made: list[Fleet] = []

    def make(*inventory: Host, environ: dict[str, str] | None = None, **more: object) -> Fleet:
        wished = Wishes(**{"config": ssh_harbour.ssh_config, **more})
        made.append(Fleet(wished, inventory, {**os.environ, "SSH_AUTH_SOCK": "", **(environ or {})}))
        return made[-1]

    yield make
    for one in made:
        one.end()
