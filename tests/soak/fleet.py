"""A small healthy deployment, of which one container at a time can be disturbed and brought back."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import docker
import yaml
from docker.models.containers import Container

IMAGE = "seatrial-test/soak:1"
CONTEXT = Path(__file__).parents[1] / "faults" / "image"
COMMAND = ["orderd", "port=8080", "env=prod", "beat=yes"]
WITHIN_S = 30.0

SERVICE = {
    "on": "docker",
    "image": IMAGE,
    "processes": [{"name": "orderd", "script": "/usr/local/bin/orderd", "user": "appsvc", "count": 1}],
    "ports": [
        {"port": 8080, "owner": "orderd", "published": True, "answer": {"send": "PING\n", "expect": "PONG"}},
    ],
    "logs": [{"path": "/var/log/app/orderd.log", "deny": ["ERROR"], "fresh": "10s"}],
}


class Fleet:
    """So many containers of one service each, ``s0`` and so on.

    :param client: by which they are made and disturbed.
    :param run_id: part of their names and the value of their label.
    """

    def __init__(self, client: docker.DockerClient, run_id: str, count: int) -> None:
        self.client, self.run_id = client, run_id
        self.services = {f"s{number}": self.name(f"s{number}") for number in range(count)}
        self.boxes: dict[str, Container] = {}

    def name(self, service: str) -> str:
        """The name that the deployment file locates a service's container by."""
        return f"st-{self.run_id}-{service}"

    @property
    def file(self) -> str:
        """The deployment file."""
        services = {service: {**SERVICE, "locate": {"names": [name]}} for service, name in self.services.items()}
        return yaml.safe_dump({"deployment": "soak", "services": services}, sort_keys=False)

    def launch(self, service: str) -> None:
        """Create and start a service's container."""
        made = self.client.containers.create(
            IMAGE,
            COMMAND,
            name=self.services[service],
            labels={"seatrial.test": self.run_id},
            init=True,
            user="appsvc",
            ports={"8080/tcp": ("127.0.0.1", None)},
        )
        self.boxes[service] = made
        made.start()

    def ready(self, service: str) -> None:
        """Wait until it has written its heartbeat and listens.

        :raises TimeoutError: where it does not.
        """
        ends = time.monotonic() + WITHIN_S
        asked = ["sh", "-c", "test -s /run/app/heartbeat && grep -qs :1F90 /proc/net/tcp"]
        while self.boxes[service].exec_run(asked)[0]:
            if time.monotonic() > ends:
                raise TimeoutError(f"{service} is not ready after {WITHIN_S:g} s")
            time.sleep(0.05)

    def afloat(self, service: str) -> None:
        """Have it run again under its name, whatever was done to it."""
        box = self.boxes[service]
        box.reload()
        if box.status == "paused":
            box.unpause()
        if box.name != self.services[service]:
            box.rename(self.services[service])
        if box.status != "running":
            box.start()
        self.ready(service)

    def remove(self) -> None:
        """Remove every container that was made."""
        for one in self.client.containers.list(all=True, filters={"label": f"seatrial.test={self.run_id}"}):
            with suppress(docker.errors.NotFound):
                one.remove(force=True, v=True)


@contextmanager
def afloat(client: docker.DockerClient, run_id: str, count: int) -> Iterator[Fleet]:
    """So many containers, ready; at the end they are gone."""
    client.images.build(path=str(CONTEXT), tag=IMAGE, rm=True)
    fleet = Fleet(client, run_id, count)
    try:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(fleet.launch, fleet.services))
            list(pool.map(fleet.ready, fleet.services))
        yield fleet
    finally:
        fleet.remove()
