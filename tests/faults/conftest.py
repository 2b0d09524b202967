"""Containers in which something is wrong, one for each chosen fault, all made before the first test looks."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import pytest
from ssh.harbour import Harbour as SshHarbour

from seatrial.vehicles import Vehicle

from .box import IMAGE
from .catalogue import Catalogue, Look
from .harbour import Harbour
from .hosts import Yard, prepare
from .judging import VEHICLES, Judged, judged
from .refusing import refusing
from .row import Situation
from .rows import FAULTS, HEALTHY
from .trying import tried

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
def catalogue(
    empty_harbour: Harbour, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Catalogue:
    """The situations that the chosen tests are about, each in a container."""
    made = Catalogue(empty_harbour, _chosen(request.session.items), tmp_path_factory.mktemp("catalogue"), tried)
    made.prepare()
    return made


def _chosen(items: list[pytest.Item]) -> list[Situation]:
    """What the chosen tests are about, each once; all, where one of them is about the catalogue as a whole."""
    if any("look_at_all" in getattr(item, "fixturenames", ()) for item in items):
        return [*FAULTS, *HEALTHY]
    params = [item.callspec.params for item in items if hasattr(item, "callspec")]
    return list(dict.fromkeys(value for param in params for value in param.values() if isinstance(value, Situation)))


@pytest.fixture(scope="session")
def harbour(catalogue: Catalogue) -> Harbour:
    """A container in each situation that a chosen test is about."""
    return catalogue.harbour


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
def look(catalogue: Catalogue, vehicle: Vehicle) -> Look:
    """What one look at all chosen situations saw under a vehicle."""
    return catalogue.seen(vehicle)


@pytest.fixture(scope="session")
def yard(ssh_harbour: SshHarbour) -> Iterator[Yard]:
    """All SSH servers that the faults of hosts are injected into, each started once."""
    made = Yard(ssh_harbour)
    prepare(made)
    with refusing() as (made.refusing, key):
        made.known.append(f"[127.0.0.1]:{made.refusing} {key}\n")
        yield made
