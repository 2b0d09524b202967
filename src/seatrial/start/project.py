"""A compose project that is started, used and removed."""

import contextlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from docker import APIClient

from seatrial.deadline import Deadline
from seatrial.errors import StartError
from seatrial.start.compose import read_compose
from seatrial.start.conductor import Conductor
from seatrial.start.container import StartedContainer
from seatrial.start.creation import creation, endpoint
from seatrial.start.crew import Crew
from seatrial.start.engine import asking, connected
from seatrial.start.images import image_works
from seatrial.start.model import ComposeProject, ComposeService, Network
from seatrial.start.names import NUMBER_LABEL, RUN_LABEL, SERVICE_LABEL, Names, checked_run_id
from seatrial.start.shield import terminable
from seatrial.start.streams import Streams
from seatrial.start.sweep import sweep

Log = Callable[[str], None]


class Project:
    """One run of a compose file, under names that no other run has.

    As a context manager it removes everything it made at the end, also when starting fails or the user breaks it off.

    :param compose: what to start.
    :param run_id: what makes the names unique, and what labels everything.
    :param log: is told what goes on, one line a call, from several threads.
    :raises UsageError: for a run id that cannot be part of a name.
    """

    def __init__(self, compose: ComposeProject, run_id: str, *, log: Log) -> None:
        self._compose = compose
        self._names = Names(f"seatrial-{compose.name}-{checked_run_id(run_id)}", run_id, compose.file)
        self._log = log
        self._signals = contextlib.ExitStack()
        self._kept = False
        self._begun = False

    @property
    def name(self) -> str:
        """The compose project's name, ``seatrial-<name>-<run_id>``."""
        return self._names.project

    def __enter__(self) -> Self:
        self._signals.enter_context(terminable())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self._signals:
            if self._kept:
                self._log(f"{self.name} is left running; remove it with: seatrial sweep {self._names.run_id}")
                return
            try:
                if self._begun:
                    self.down()
            except StartError as failed:
                if error is None:
                    raise
                error.add_note(f"and removing failed: {failed}")
                self._log(f"removing failed: {failed}")

    def up(self, deadline_s: float) -> None:
        """Build, create and start everything, and wait until all that has a health check is healthy.

        :param deadline_s: seconds for all of it, builds included.
        :raises StartError: what stands in the way; what was made until then is left for :meth:`down`.
        """
        streams = Streams()
        with connected(streams) as client, Crew(Deadline.within(deadline_s), streams) as crew:
            self._begun = True
            crew.each(
                image_works(self._compose, client, crew.deadline, self._log)
                | {f"making network {one.name}": self._network_work(client, one) for one in self._compose.networks}
                | {f"making volume {name}": self._volume_work(client, name) for name in self._compose.volumes}
            )
            created = self._created(client, crew)
            Conductor(client, self._compose, created, crew, self._log, self._names.run_id).run()

    def down(self) -> None:
        """Remove everything that this run made; a second call finds nothing to do.

        :raises StartError: for what could not be removed.
        """
        sweep(self._names.run_id, log=self._log)

    def keep(self) -> None:
        """Leave everything running at the end of the ``with`` block."""
        self._kept = True

    def containers(self) -> tuple[StartedContainer, ...]:
        """This run's containers, by service and number, exited ones included.

        :raises StartError: when the engine does not answer.
        """
        filters = {"label": [f"{RUN_LABEL}={self._names.run_id}"]}
        with connected() as client, asking("containers cannot be listed"):
            found = [_container(item) for item in client.containers(all=True, filters=filters)]
        return tuple(sorted(found, key=lambda one: (one.service, one.number)))

    def published(self, service: str, number: int, target_port: int, protocol: str = "tcp") -> tuple[str, int]:
        """Where a container's port is reached on the engine's host, as (address, port).

        :param number: the container's number in the service, from 1.
        :raises StartError: when there is no such container, or it does not publish that port now.
        """
        name = self._names.container(service, number)
        with connected() as client, asking(f"container {name} cannot be inspected"):
            ports = client.inspect_container(name)["NetworkSettings"]["Ports"] or {}
        bound = ports.get(f"{target_port}/{protocol}")
        if not bound:
            listed = ", ".join(sorted(key for key, value in ports.items() if value)) or "none"
            raise StartError(f"{name} publishes no {target_port}/{protocol}; it publishes {listed}")
        return bound[0]["HostIp"], int(bound[0]["HostPort"])

    def _network_work(self, client: APIClient, network: Network) -> Callable[[], None]:
        def make() -> None:
            with asking(f"network {network.name} cannot be made"):
                client.create_network(
                    self._names.shared(network.name),
                    driver=network.driver,
                    internal=network.internal,
                    check_duplicate=True,
                    labels=self._names.labels("network", network.name),
                )

        return make

    def _volume_work(self, client: APIClient, name: str) -> Callable[[], None]:
        def make() -> None:
            with asking(f"volume {name} cannot be made"):
                client.create_volume(self._names.shared(name), labels=self._names.labels("volume", name))

        return make

    def _created(self, client: APIClient, crew: Crew) -> dict[str, tuple[StartedContainer, ...]]:
        made: dict[tuple[str, int], StartedContainer] = {}

        def make(service: ComposeService, number: int) -> None:
            made[service.name, number] = self._create(client, service, number)

        slots = [(service, number) for service in self._compose.services for number in range(1, service.replicas + 1)]
        crew.each({f"creating {one.name} {number}": partial(make, one, number) for one, number in slots})
        return {
            service.name: tuple(made[service.name, number] for number in range(1, service.replicas + 1))
            for service in self._compose.services
        }

    def _create(self, client: APIClient, service: ComposeService, number: int) -> StartedContainer:
        name = self._names.container(service.name, number)
        body = creation(service, number, self._compose.tag(service), self._names)
        with asking(f"container {name} cannot be created"):
            made = client.create_container_from_config(body, name)["Id"]  # type: ignore[no-untyped-call]
            # Before API 1.44 a container is created in one network only; the others join before it starts.
            for attachment in service.networks[1:]:
                aliases = endpoint(service, attachment)["Aliases"]
                client.connect_container_to_network(made, self._names.shared(attachment.network), aliases=aliases)
        return StartedContainer(service.name, number, made, name)


@contextlib.contextmanager
def started(compose_path: Path, run_id: str, *, deadline_s: float, log: Log, keep: bool = False) -> Iterator[Project]:
    """Start a compose file, and remove everything at the end of the block.

    :param deadline_s: seconds until everything must be up and healthy.
    :param keep: leave it running once it is up; ``sweep(run_id)`` removes it later.
    :raises SpecError: with every mistake of the file.
    :raises StartError: when it does not come up.
    """
    with Project(read_compose(compose_path), run_id, log=log) as project:
        project.up(deadline_s)
        if keep:
            project.keep()
        yield project


def _container(item: Any) -> StartedContainer:
    labels = item["Labels"]
    return StartedContainer(
        labels[SERVICE_LABEL], int(labels[NUMBER_LABEL]), item["Id"], item["Names"][0].removeprefix("/")
    )
