"""Sessions with servers that are not dialled straight from here, but from a host behind SSH.

kazoo looks names up itself and dials what it found, so it is given numbers for the servers, and a handler that dials
the servers which they stand for.
"""

import socket
from collections.abc import Callable, Sequence
from typing import Any

from kazoo.handlers.threading import SequentialThreadingHandler

from seatrial.deadline import Deadline
from seatrial.errors import CouldNotLook

Server = tuple[str, int]
Dial = Callable[[str, int, Deadline], socket.socket]
"""Connects to a host and port, as a plain connect does."""

_LOOPBACK = "127.0.0.1"


class DetourHandler(SequentialThreadingHandler):  # type: ignore[misc]
    """kazoo's own handler of threads, which dials by a detour.

    :param dial: how.
    :ivar last: the server that was dialled last, empty before.
    """

    def __init__(self, servers: Sequence[Server], dial: Dial) -> None:
        super().__init__()
        self._servers, self._dial = tuple(servers), dial
        self.last = ""

    @property
    def hosts(self) -> str:
        """The connect string for kazoo: the port is the place of the server."""
        return ",".join(f"{_LOOPBACK}:{place}" for place in range(1, len(self._servers) + 1))

    def create_connection(self, address: Server, timeout: float, **_: Any) -> socket.socket:
        """Connect to the server that an address stands for.

        :raises OSError: as a plain connect.
        """
        host, port = self._servers[address[1] - 1]
        self.last = f"{host}:{port}"
        try:
            sock = self._dial(host, port, Deadline.within(timeout))
        except CouldNotLook as error:
            raise OSError(str(error)) from error
        sock.setblocking(False)
        return sock
