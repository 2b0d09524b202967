"""TLS in front of a unix socket, as an engine with ``--tlsverify`` has it: each direction ends by itself."""

import select
import socket
import ssl
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

from certificates import Pair

_PIECE = 65536


class TlsFront:
    """Listens on a TCP port of this machine, speaks TLS there, and passes everything on.

    :param target: path of the unix socket behind it.
    :param pair: its certificate.
    :param ca: whose certificates it wants to see of its peers; empty for none.
    :param version: the only version that it speaks.
    """

    def __init__(self, target: str, pair: Pair, ca: str = "", version: ssl.TLSVersion | None = None) -> None:
        self._target = target
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(pair.cert, pair.key)
        if ca:
            self._context.load_verify_locations(ca)
            self._context.verify_mode = ssl.CERT_REQUIRED
        if version:
            self._context.minimum_version = self._context.maximum_version = version
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._ended = threading.Event()
        self._threads: list[threading.Thread] = []

    @property
    def port(self) -> int:
        """Its port."""
        return int(self._listener.getsockname()[1])

    def __enter__(self) -> Self:
        self._spawn(self._accept)
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self._ended.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(10)

    def _spawn(self, target: object, *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)  # type: ignore[arg-type]
        self._threads = [one for one in self._threads if one.is_alive()] + [thread]
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                self._spawn(self._serve, self._listener.accept()[0])

    def _serve(self, peer: socket.socket) -> None:
        peer.settimeout(20)
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # as Go does; else a reset may overtake the end
        with peer, suppress(OSError), self._context.wrap_socket(peer, server_side=True) as near:
            far = socket.socket(socket.AF_UNIX)
            with far:
                far.connect(self._target)
                near.setblocking(False)
                far.setblocking(False)
                self._pass_on(near, far)
            with suppress(OSError):
                near.unwrap()

    def _pass_on(self, near: ssl.SSLSocket, far: socket.socket) -> None:
        """Both ways in one thread, since OpenSSL allows no more for one connection, until the far side ends."""
        up, down, near_ended, far_ended = bytearray(), bytearray(), False, False
        while not self._ended.is_set() and not (far_ended and not down):
            moved = False
            if not near_ended and len(up) < _PIECE and (piece := _read(near)) is not None:
                up += piece
                near_ended, moved = not piece, True
                if near_ended and not up:
                    far.shutdown(socket.SHUT_WR)
            if not far_ended and len(down) < _PIECE and (piece := _read(far)) is not None:
                down += piece
                far_ended, moved = not piece, True
            if up and (sent := _send(far, up)):
                del up[:sent]
                moved = True
                if near_ended and not up:
                    far.shutdown(socket.SHUT_WR)
            if down and (sent := _send(near, down)):
                del down[:sent]
                moved = True
            if not moved:
                reading = [one for one, ended in ((near, near_ended), (far, far_ended)) if not ended]
                select.select(reading, [one for one, rest in ((near, down), (far, up)) if rest], [], 0.1)


def _read(sock: socket.socket) -> bytes | None:
    try:
        return sock.recv(_PIECE)
    except (BlockingIOError, ssl.SSLWantReadError):
        return None
    except ConnectionResetError:
        return b""  # unix(7): so it ends where the other side did not read everything


def _send(sock: socket.socket, data: bytearray) -> int:
    try:
        return sock.send(bytes(data[:_PIECE]))
    except BrokenPipeError:
        return len(data)  # nobody will read it; what comes from there still counts
    except (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
        return 0
