"""A proxy before a unix or TCP socket that cuts every answer after a number of bytes, or hangs there."""

import socket
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

_REQUESTS = (b"GET ", b"POST ", b"DELETE ", b"HEAD ", b"PUT ")


Where = Path | str | tuple[str, int]


class CuttingProxy:
    """Listens on a socket and passes everything on to another one.

    :param target: path of the unix socket behind it, or host and port.
    :param where: path of its own unix socket, or host and port; port 0 for any.
    :param http: an answer begins with each request; else with each connection.
    :ivar cut_after: bytes of each answer that are let through before both connections are closed; None for all.
    :ivar only: cut only the answer of this number, counted from 0 over all connections; None for every one.
    :ivar hangs: close nothing at the cut, and let nothing more through.
    :ivar sizes: bytes of each answer so far, by its number.
    """

    def __init__(self, target: Where, where: Where, *, http: bool = True) -> None:
        self.target, self.where, self.http = target, where, http
        self.cut_after: int | None = None
        self.only: int | None = None
        self.hangs = False
        self.sizes: dict[int, int] = {}
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener = _socket(where)

    @property
    def url(self) -> str:
        """What DOCKER_HOST would be."""
        if isinstance(self.where, tuple):
            return "tcp://{}:{}".format(*self._listener.getsockname()[:2])
        return f"unix://{self.where}"

    @property
    def port(self) -> int:
        """Its own TCP port."""
        return int(self._listener.getsockname()[1])

    def __enter__(self) -> Self:
        self._listener.bind(_address(self.where))
        self._listener.listen(64)
        self._spawn(self._accept)
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for sock in list(self._open):
            _close(sock)
        for thread in self._threads:
            thread.join(10)

    def reset(self, cut_after: int | None, only: int | None = None) -> None:
        """Count answers anew, and cut as said."""
        with self._lock:
            self.cut_after, self.only, self.sizes = cut_after, only, {}

    def _spawn(self, target: object, *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)  # type: ignore[arg-type]
        self._threads = [one for one in self._threads if one.is_alive()] + [thread]
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = _socket(self.target)
            try:
                far.connect(_address(self.target))
            except OSError:
                near.close()
                far.close()
                continue
            self._open |= {near, far}
            pair = _Pair(self, near, far)
            self._spawn(pair.requests)
            self._spawn(pair.answers)

    def _begin(self) -> tuple[int, int | None]:
        """A new answer begins: its number, and how many bytes of it go through, None for all."""
        with self._lock:
            number = len(self.sizes)
            self.sizes[number] = 0
            return number, self.cut_after if self.only in (None, number) else None

    def _count(self, number: int, size: int) -> None:
        with self._lock:
            self.sizes[number] = self.sizes.get(number, 0) + size

    def _forget(self, *socks: socket.socket) -> None:
        for sock in socks:
            _close(sock)
            self._open.discard(sock)


class _Pair:
    def __init__(self, proxy: CuttingProxy, near: socket.socket, far: socket.socket) -> None:
        self.proxy, self.near, self.far = proxy, near, far
        self.number: int = 0
        self.left: int | None = None
        if not proxy.http:
            self.number, self.left = proxy._begin()

    def requests(self) -> None:
        with suppress(OSError):
            while data := self.near.recv(65536):
                if self.proxy.http and data.startswith(_REQUESTS):
                    self.number, self.left = self.proxy._begin()
                self.far.sendall(data)
        with suppress(OSError):
            self.far.shutdown(socket.SHUT_WR)

    def answers(self) -> None:
        with suppress(OSError):
            while data := self.far.recv(65536):
                self.proxy._count(self.number, len(data))
                self.near.sendall(data if self.left is None else data[: self.left])
                if self.left is not None:
                    self.left -= min(self.left, len(data))
                    if self.left == 0 and not self.proxy.hangs:
                        break
        self.proxy._forget(self.near, self.far)


def _socket(where: Where) -> socket.socket:
    return socket.socket(socket.AF_INET if isinstance(where, tuple) else socket.AF_UNIX, socket.SOCK_STREAM)


def _address(where: Where) -> str | tuple[str, int]:
    return where if isinstance(where, tuple) else str(where)


def _close(sock: socket.socket) -> None:
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
    sock.close()
