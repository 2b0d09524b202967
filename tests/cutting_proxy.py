"""A proxy before an engine's socket that cuts every answer after a number of bytes, or hangs instead of answering."""

import socket
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

_REQUESTS = (b"GET ", b"POST ", b"DELETE ", b"HEAD ", b"PUT ")


class CuttingProxy:
    """Listens on a unix socket and passes everything on to another one.

    :param target: path of the socket behind it.
    :param path: path of its own socket.
    :ivar cut_after: bytes of each answer that are let through before both connections are closed; None for all.
    :ivar only: cut only the answer of this number, counted from 0 over all connections; None for every one.
    :ivar mute: let nothing through, and close nothing.
    :ivar answers: how many answers began so far.
    """

    def __init__(self, target: str | Path, path: str | Path) -> None:
        self.target, self.path = str(target), str(path)
        self.cut_after: int | None = None
        self.only: int | None = None
        self.mute = False
        self.answers = 0
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)

    @property
    def url(self) -> str:
        """What DOCKER_HOST would be."""
        return f"unix://{self.path}"

    def __enter__(self) -> Self:
        self._listener.bind(self.path)
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
            self.cut_after, self.only, self.answers = cut_after, only, 0

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
            far = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                far.connect(self.target)
            except OSError:
                near.close()
                far.close()
                continue
            self._open |= {near, far}
            pair = _Pair(self, near, far)
            self._spawn(pair.requests)
            self._spawn(pair.answers)

    def _begin(self) -> int | None:
        """A new answer begins; how many bytes of it go through, None for all."""
        with self._lock:
            number, self.answers = self.answers, self.answers + 1
            return self.cut_after if self.only in (None, number) else None

    def _forget(self, *socks: socket.socket) -> None:
        for sock in socks:
            _close(sock)
            self._open.discard(sock)


class _Pair:
    def __init__(self, proxy: CuttingProxy, near: socket.socket, far: socket.socket) -> None:
        self.proxy, self.near, self.far = proxy, near, far
        self.left: int | None = None

    def requests(self) -> None:
        with suppress(OSError):
            while data := self.near.recv(65536):
                if data.startswith(_REQUESTS):
                    self.left = self.proxy._begin()
                self.far.sendall(data)
        with suppress(OSError):
            self.far.shutdown(socket.SHUT_WR)

    def answers(self) -> None:
        with suppress(OSError):
            while data := self.far.recv(65536):
                if self.proxy.mute:
                    continue
                self.near.sendall(data if self.left is None else data[: self.left])
                if self.left is not None:
                    self.left -= min(self.left, len(data))
                    if self.left == 0:
                        break
        self.proxy._forget(self.near, self.far)


def _close(sock: socket.socket) -> None:
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
    sock.close()
