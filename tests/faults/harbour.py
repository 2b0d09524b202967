"""Containers for all chosen situations, made at the same time and removed whatever happens."""

import itertools
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from types import TracebackType
from typing import Any, Self

import docker
from docker.errors import NotFound
from docker.models.containers import Container

from .box import IMAGE, Box
from .row import Situation

AT_ONCE = 6
PUBLISHED = {"8080/tcp": ("127.0.0.1", None)}


class Harbour:
    """Makes containers with names of their own.

    :param client: the SDK, by which rows make what they need.
    :param run_id: part of their names and the value of their label.
    """

    def __init__(self, client: docker.DockerClient, run_id: str) -> None:
        self.client, self.run_id = client, run_id
        self._made: list[Box] = []
        self._undo = ExitStack()
        self._berths: dict[str, Future[Box]] = {}
        self._lock, self._numbers = threading.Lock(), itertools.count(1)
        self._pool = ThreadPoolExecutor(AT_ONCE, "harbour")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(_remove, self._made))
        self._undo.close()

    def prepare(self, situations: Iterable[Situation]) -> None:
        """Bring a container into each of these situations, several at a time; returns when all are ready or failed."""
        for berth in [self._begun(situation) for situation in situations]:
            berth.exception()

    def _begun(self, situation: Situation) -> Future[Box]:
        with self._lock:
            if situation.id not in self._berths:
                self._berths[situation.id] = self._pool.submit(self._ready, situation, situation.id)
            return self._berths[situation.id]

    def berth(self, situation: Situation) -> Box:
        """The container that is in a situation.

        :raises Exception: what went wrong when it was prepared.
        """
        return self._begun(situation).result()

    def fresh(self, situation: Situation, instead_of: Box | None = None) -> Box:
        """One more container that is in a situation, for a single look.

        :param instead_of: the one of the last look, which is removed.
        """
        if instead_of:
            _remove(instead_of)
        return self._ready(situation, f"{situation.id}-{next(self._numbers)}")

    def launch(
        self,
        name: str,
        command: Iterable[str] = ("sleep", "infinity"),
        before: Callable[[Container], object] = lambda _: None,
        **more: Any,
    ) -> Box:
        """Start one container.

        :param before: is called with the created container, before it starts.
        :param more: as the SDK's ``containers.create`` takes it.
        """
        asked = {"image": IMAGE, "init": True, "ports": PUBLISHED, "stop_signal": "SIGKILL", **more}
        asked["labels"] = {"seatrial.test": self.run_id, **more.get("labels", {})}
        container = self.client.containers.create(
            command=list(command),
            name=self.name(name),
            **asked,
        )
        box = self.keep(container)
        before(container)
        container.start()
        container.reload()
        return box

    def finally_(self, undo: Callable[[], object]) -> None:
        """Call this at the end, when all containers are gone; the last one first."""
        with self._lock:
            self._undo.callback(undo)

    def name(self, short: str) -> str:
        """A name that no other run uses, for a container, a network, a volume or a tag."""
        return f"st-{self.run_id}-h-{short.lower().replace(' ', '-')}"

    def keep(self, container: Container) -> Box:
        """Take a container that was made elsewhere, and remove it with the others."""
        box = Box(container)
        with self._lock:
            self._made.append(box)
        return box

    def _ready(self, situation: Situation, name: str) -> Box:
        make = situation.launch or partial(_usual, situation)
        box = make(self, name)
        situation.inject(box)
        return box


def _usual(situation: Situation, harbour: Harbour, name: str) -> Box:
    return harbour.launch(name, situation.command, **situation.create)


def _remove(box: Box) -> None:
    try:
        box.container.remove(force=True, v=True)
    except NotFound:
        return
