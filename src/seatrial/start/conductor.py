"""The order of starting: each service as soon as what it depends on is started, or healthy, and no later."""

import concurrent.futures
import time
from collections.abc import Callable, Mapping
from functools import partial

from docker import APIClient
from docker.errors import APIError

from seatrial.errors import StartError
from seatrial.start.container import Condition, StartedContainer, condition, failure, state_of
from seatrial.start.crew import Crew
from seatrial.start.engine import asking
from seatrial.start.model import ComposeProject, ComposeService
from seatrial.start.names import RUN_LABEL

_POLL_S = 0.05
_CHOICES = 5
_PORT_IN_USE = "address already in use"
_READY = (Condition.RUNNING, Condition.HEALTHY)

Log = Callable[[str], None]


class Conductor:
    """Starts created containers and waits until every one of them runs, healthy where it has a health check.

    :param created: the containers of each service.
    """

    def __init__(
        self,
        client: APIClient,
        compose: ComposeProject,
        created: Mapping[str, tuple[StartedContainer, ...]],
        crew: Crew,
        log: Log,
        run_id: str,
    ) -> None:
        self._run_id = run_id
        self._client = client
        self._crew = crew
        self._log = log
        self._created = created
        self._waiting = {service.name: service for service in compose.services}
        self._starting: dict[concurrent.futures.Future[None], str] = {}
        self._started: set[str] = set()
        self._ready: set[str] = set()
        self._engine_chooses = {s.name for s in compose.services if s.ports and not any(p.published for p in s.ports)}
        self._must_probe = {d.service: s.name for s in compose.services for d in s.depends_on if d.healthy}

    def run(self) -> None:
        """Start everything.

        :raises StartError: at once when a container ends or is unhealthy, or at the deadline.
        """
        total = len(self._waiting)
        while len(self._ready) < total:
            self._launch()
            self._land()
            for name in self._started - self._ready:
                self._look(name)
            self._check_settled()
            self._check_deadline()

    def _launch(self) -> None:
        for service in [service for service in self._waiting.values() if self._may_start(service)]:
            del self._waiting[service.name]
            self._starting[self._crew.submit(partial(self._start, service.name))] = service.name

    def _may_start(self, service: ComposeService) -> bool:
        return all(d.service in (self._ready if d.healthy else self._started) for d in service.depends_on)

    def _start(self, name: str) -> None:
        for container in self._created[name]:
            with asking(f"{container.name} cannot be started"):
                self._begin(container)

    def _begin(self, container: StartedContainer) -> None:
        """Start a container; where the engine chose a host port that was taken, let it choose the next ones.

        An engine gives up after ten neighbouring ports of its range, which the host's own connections use as well.
        """
        chooses = container.service in self._engine_chooses
        for attempt in range(1, _CHOICES + 1):
            try:
                self._client.start(container.id)
                return
            except APIError as error:
                if not chooses or attempt == _CHOICES or _PORT_IN_USE not in str(error.explanation):
                    raise

    def _land(self) -> None:
        """Take in what has been started meanwhile; this wait is also the pause between two looks."""
        if not self._starting:
            time.sleep(_POLL_S)
            return
        done, _ = concurrent.futures.wait(self._starting, _POLL_S, concurrent.futures.FIRST_COMPLETED)
        for future in done:
            name = self._starting.pop(future)
            future.result()
            self._started.add(name)

    def _look(self, name: str) -> None:
        found = {container: condition(state_of(self._client, container)) for container in self._created[name]}
        for container, now in found.items():
            self._check(container, now)
        if all(now in _READY for now in found.values()):
            self._ready.add(name)
            self._log(f"{name} is {'healthy' if Condition.HEALTHY in found.values() else 'running'}")

    def _check(self, container: StartedContainer, now: Condition) -> None:
        if now is Condition.ENDED:
            raise failure(self._client, container, "has ended right after its start")
        if now is Condition.UNHEALTHY:
            raise failure(self._client, container, "is unhealthy")
        if now is Condition.RUNNING and container.service in self._must_probe:
            raise StartError(
                f"{self._must_probe[container.service]} waits for {container.service} to be healthy, but neither the "
                f"file nor the image gives {container.service} a healthcheck; add one or use service_started"
            )

    def _check_settled(self) -> None:
        """A container that ran must still do so while the others are waited for."""
        filters = {"label": [f"{RUN_LABEL}={self._run_id}"], "status": ["exited", "dead"]}
        with asking("containers cannot be listed"):
            ended = {item["Id"] for item in self._client.containers(all=True, filters=filters)}
        for container in (container for name in self._ready for container in self._created[name]):
            if container.id in ended:
                raise failure(self._client, container, "has ended while others were waited for")

    def _check_deadline(self) -> None:
        if not self._crew.deadline.passed:
            return
        within = f"within {self._crew.deadline.within_s:g} s"
        for name in sorted(self._started - self._ready):
            for container in self._created[name]:
                if condition(state_of(self._client, container)) not in _READY:
                    raise failure(self._client, container, f"is not ready {within}; allow more time or see its log")
        left = ", ".join(sorted({*self._waiting, *self._starting.values()}))
        raise StartError(f"not everything is started {within}: {left or 'the last look was late'}; allow more time")
