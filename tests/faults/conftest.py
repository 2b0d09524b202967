"""Containers in which something is wrong, one for each chosen fault, all made before the first test looks."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import pytest
from ssh.harbour import Harbour as SshHarbour

from seatrial.vehicles import Vehicle

from .box import IMAGE, Box
from .harbour import Harbour
from .hosts import Yard, prepare
from .judging import VEHICLES, Judged, judged
from .refusing import refusing
from .situations import Situation

HERE = Path(__file__).parent
JudgedOnce = Callable[[str, Vehicle], Judged]


@pytest.fixture(scope="session")
def image(docker_client: docker.DockerClient) -> str:
    """The test image, built from cache where nothing changed."""
    docker_client.images.build(path=str(HERE / "image"), tag=IMAGE, rm=True)
    return IMAGE


@pytest.fixture(scope="session")
def empty_harbour(docker_client: docker.DockerClient, run_id: str, image: str) -> Iterator[Harbour]:
    """Starts containers of the test image; at the end they are gone."""
    assert image
    with Harbour(docker_client, run_id) as made:
        yield made


@pytest.fixture(scope="session")
def harbour(empty_harbour: Harbour, request: pytest.FixtureRequest) -> Harbour:
    """A container in each situation that a chosen test is about."""
    params = [item.callspec.params for item in request.session.items if hasattr(item, "callspec")]
    chosen = [value for param in params for value in param.values() if isinstance(value, Situation)]
    empty_harbour.prepare(chosen)
    return empty_harbour


@pytest.fixture(params=VEHICLES)
def vehicle(request: pytest.FixtureRequest) -> Vehicle:
    """Each way to read a container."""
    if request.param == "proc" and os.geteuid() != 0:
        pytest.skip("the host's /proc tells the inside of containers to root only")
    return request.param


@pytest.fixture(scope="session")
def judged_once(tmp_path_factory: pytest.TempPathFactory) -> JudgedOnce:
    """One look for each file and vehicle, however many tests ask about it."""
    looks: dict[tuple[str, Vehicle], Judged] = {}
    folder = tmp_path_factory.mktemp("files")

    def ask(text: str, vehicle: Vehicle) -> Judged:
        if (text, vehicle) not in looks:
            file = folder / f"{len(looks)}.yaml"
            file.write_text(text)
            looks[text, vehicle] = judged(file, vehicle)
        return looks[text, vehicle]

    return ask


@pytest.fixture
def look_at(harbour: Harbour, judged_once: JudgedOnce, vehicle: Vehicle) -> Callable[[Situation, Situation], Judged]:
    """The verdicts about one situation's container, held against the file of another."""

    def look(situation: Situation, against: Situation) -> Judged:
        box: Box = harbour.berth(situation)
        return judged_once(against.file.format(name=box.name), vehicle)

    return look


@pytest.fixture(scope="session")
def yard(ssh_harbour: SshHarbour) -> Iterator[Yard]:
    """All SSH servers that the faults of hosts are injected into, each started once."""
    made = Yard(ssh_harbour)
    prepare(made)
    with refusing() as (made.refusing, key):
        made.known.append(f"[127.0.0.1]:{made.refusing} {key}\n")
        yield made
