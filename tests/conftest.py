"""What tests share: real containers with names of their own that never outlive their test, and the command itself."""

import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import docker
import pytest

# A run from the clone's own folder loads this file too (pytest looks into test* there), without tests/ on its path: so
# what is beside it is imported only by the fixtures that need it.
if TYPE_CHECKING:
    from ssh.harbour import Harbour

    from seatrial.ssh.fleet import Fleet

COMMAND = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    "signal.signal(signal.SIGHUP, signal.SIG_DFL)\n"
    "from seatrial.cli import main; main()"
)
"""The command line; a shell's background job, and nohup(1), ignore signals, and so would what they start."""

BASE = "debian:bookworm-slim"
DEADLINE_S = 120


@dataclass(frozen=True)
class Ran:
    """A finished command."""

    code: int
    out: str


@pytest.fixture(scope="session")
def run_id() -> str:
    """Part of the name of everything that this run makes, so that two runs never collide."""
    return f"{os.getpid()}-{secrets.token_hex(3)}"


@pytest.fixture(scope="session")
def docker_client() -> Iterator[docker.DockerClient]:
    """The docker SDK, by which tests make and break containers; what is tested never uses it to look."""
    client = docker.from_env(timeout=60)
    yield client
    client.close()


@pytest.fixture
def up(docker_client: docker.DockerClient, run_id: str) -> Iterator[Callable[..., docker.models.containers.Container]]:
    """Start a container that is removed at the end: ``up("name", ["sleep", "600"])``."""
    made: list[docker.models.containers.Container] = []

    def start(name: str, command: object, image: str = BASE, **more: object) -> docker.models.containers.Container:
        labels = {"seatrial.test": run_id, **more.pop("labels", {})}
        container = docker_client.containers.create(
            image, command, name=f"st-{run_id}-{name}", labels=labels, init=more.pop("init", True), **more
        )
        made.append(container)
        container.start()
        container.reload()
        return container

    yield start
    for container in made:
        with suppress(docker.errors.NotFound):  # a test may have removed it
            container.remove(force=True, v=True)


@pytest.fixture(scope="session")
def command() -> list[str]:
    """The command line as a list of arguments, for tests that watch it run."""
    return [sys.executable, "-P", "-c", COMMAND]


@pytest.fixture
def seatrial(tmp_path: Path) -> Callable[..., Ran]:
    """Run the command line in an empty folder of its own: ``seatrial("run", file)``."""

    def call(*args: object, cwd: Path = tmp_path, **environ: str) -> Ran:
        argv = [sys.executable, "-P", "-c", COMMAND, *map(str, args)]
        done = subprocess.run(
            argv,
            cwd=cwd,
            env={**os.environ, **environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=DEADLINE_S,
            check=False,
        )
        return Ran(done.returncode, done.stdout)

    return call


@pytest.fixture(scope="session")
def ssh_harbour(
    docker_client: docker.DockerClient, run_id: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator["Harbour"]:
    """A bastion and hosts behind it, started when they are first asked for; at the end they are gone."""
    from ssh.harbour import Harbour

    with Harbour(docker_client, run_id, tmp_path_factory.mktemp("ssh")) as made:
        yield made


@pytest.fixture
def fleet(ssh_harbour: "Harbour") -> Iterator[Callable[..., "Fleet"]]:
    """Make connections by the harbour's own ssh_config: ``fleet(within_s=2)``."""
    from seatrial.ssh.fleet import Fleet
    from seatrial.ssh.wishes import Wishes

    made: list[Fleet] = []

    def make(*inventory: object, environ: dict[str, str] | None = None, **more: object) -> Fleet:
        wished = Wishes(**{"config": ssh_harbour.ssh_config, **more})
        made.append(Fleet(wished, inventory, {**os.environ, "SSH_AUTH_SOCK": "", **(environ or {})}))
        return made[-1]

    yield make
    for one in made:
        one.end()
