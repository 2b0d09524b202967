"""Stands between a run and the engine, passes every byte on, and writes down when the engine was asked what."""

import re
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

ENGINE = Path("/var/run/docker.sock")
_REQUEST = re.compile(rb"[A-Z]+ (\S+) HTTP/1\.1\r\n")
_INSPECT = re.compile(r"/containers/([0-9a-f]{64})/json")
_LIST = re.compile(r"/containers/json\b")


@dataclass
class Exchange:
    """One request: the engine looked at some moment between its beginning and its end (monotonic seconds)."""

    path: str
    began: float
    ended: float = float("inf")


class Witness:
    """A unix socket that the engine answers behind.

    :param where: path of the socket, which is made.
    """

    def __init__(self, where: Path) -> None:
        self.where = where
        self._exchanges: list[Exchange] = []
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)

    @property
    def url(self) -> str:
        """What DOCKER_HOST is to be."""
        return f"unix://{self.where}"

    def __enter__(self) -> Self:
        self._listener.bind(str(self.where))
        self._listener.listen(64)
        _thread(self._accept)
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def forget(self) -> None:
        """Begin anew with the next run."""
        self._exchanges = []

    @property
    def listed(self) -> Exchange:
        """When the engine was first asked which containers there are."""
        return next(one for one in self._exchanges if _LIST.search(one.path))

    def looks(self, container_id: str) -> list[Exchange]:
        """Each time that it was asked what a container is."""
        return [one for one in self._exchanges if _INSPECT.search(one.path) and container_id in one.path]

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            far.connect(str(ENGINE))
            mine: list[Exchange] = []
            _thread(self._ask, near, far, mine)
            _thread(self._answer, far, near, mine)

    def _ask(self, near: socket.socket, far: socket.socket, mine: list[Exchange]) -> None:
        with suppress(OSError):
            while data := near.recv(65536):
                if found := _REQUEST.match(data):
                    mine.append(Exchange(found[1].decode(), time.monotonic()))
                    self._exchanges.append(mine[-1])
                far.sendall(data)
        with suppress(OSError):
            far.shutdown(socket.SHUT_WR)

    def _answer(self, far: socket.socket, near: socket.socket, mine: list[Exchange]) -> None:
        with suppress(OSError):
            while data := far.recv(65536):
                if mine:
                    mine[-1].ended = time.monotonic()
                near.sendall(data)
        for one in (near, far):
            one.close()


def _thread(work: object, *args: object) -> None:
    threading.Thread(target=work, args=args, daemon=True).start()  # type: ignore[arg-type]
