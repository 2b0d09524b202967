"""Containers for all chosen situations, made at the same time and removed whatever happens."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

import docker
from docker.errors import NotFound
from docker.models.containers import Container

from .box import IMAGE, Box
from .situations import Situation

AT_ONCE = 6
PUBLISHED = {"8080/tcp": ("127.0.0.1", None)}


class Harbour:
    """Makes containers with names of their own.

    :param run_id: part of their names and the value of their label.
    """

    def __init__(self, client: docker.DockerClient, run_id: str) -> None:
        self._client, self._run_id = client, run_id
        self._made: list[Box] = []
        self._berths: dict[str, Future[Box]] = {}
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(AT_ONCE, "harbour")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(_remove, self._made))

    def prepare(self, situations: Iterable[Situation]) -> None:
        """Bring a container into each of these situations, several at a time; returns when all are ready or failed."""
        for situation in situations:
            if situation.id not in self._berths:
                self._berths[situation.id] = self._pool.submit(self._ready, situation)
        for berth in self._berths.values():
            berth.exception()

    def berth(self, situation: Situation) -> Box:
        """The container that is in a situation.

        :raises Exception: what went wrong when it was prepared.
        """
        self.prepare([situation])
        return self._berths[situation.id].result()

    def launch(
        self,
        name: str,
        command: Iterable[str] = ("sleep", "infinity"),
        before: Callable[[Container], object] = lambda _: None,
        **more: object,
    ) -> Box:
        """Start one container.

        :param before: is called with the created container, before it starts.
        :param more: as the SDK's ``containers.create`` takes it.
        """
        asked = {"image": IMAGE, "init": True, "ports": PUBLISHED, "stop_signal": "SIGKILL", **more}
        container = self._client.containers.create(
            command=list(command),
            name=f"st-{self._run_id}-h-{name.lower().replace(' ', '-')}",
            labels={"seatrial.test": self._run_id},
            **asked,
        )
        box = Box(container)
        with self._lock:
            self._made.append(box)
        before(container)
        container.start()
        container.reload()
        return box

    def _ready(self, situation: Situation) -> Box:
        box = self.launch(situation.id, situation.command)
        situation.inject(box)
        return box


def _remove(box: Box) -> None:
    try:
        box.container.remove(force=True, v=True)
    except NotFound:
        return
