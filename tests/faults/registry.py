"""A real ZooKeeper server, alone, and a client that registers what a test wants."""

import io
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

import docker
from docker.errors import ImageNotFound
from kazoo.client import KazooClient

from seatrial.demo import stack_folder

from .box import Box
from .harbour import Harbour

IMAGE = "seatrial-demo/zookeeper:1"
CONFIG = b"""tickTime=1000
dataDir=/var/lib/zookeeper
clientPort=2181
admin.enableServer=false
"""
WITHIN_S = 60


def build(client: docker.DockerClient) -> None:
    """Make the demo's image, where it is not there."""
    try:
        client.images.get(IMAGE)
    except ImageNotFound:
        client.images.build(path=str(stack_folder() / "zookeeper"), tag=IMAGE, rm=True)


def server(harbour: Harbour) -> Box:
    """Start one server; the demo's image is one of three, so it gets a configuration without neighbours."""
    return harbour.launch(
        "zookeeper",
        ["start"],
        image=IMAGE,
        ports={},
        environment={"ZOO_MY_ID": "1"},
        before=lambda container: container.put_archive("/conf", _tar("zoo.cfg", CONFIG)),
    )


@contextmanager
def session(address: str) -> Iterator[KazooClient]:
    """A session, whose ephemeral nodes are there until it ends."""
    ends = time.monotonic() + WITHIN_S
    client = KazooClient(f"{address}:2181", timeout=10)
    try:
        client.start(timeout=ends - time.monotonic())
        yield client
    finally:
        client.stop()
        client.close()


def _tar(name: str, data: bytes) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = len(data), 0o644
        archive.addfile(entry, io.BytesIO(data))
    return file.getvalue()
