"""The ways to an engine, and to what its host publishes: from here, or through something else."""

import socket
import ssl
from functools import cached_property
from typing import Protocol

from seatrial.deadline import Deadline
from seatrial.errors import Unreachable, UsageError
from seatrial.snapshot import Unreadable
from seatrial.ssh.tcp import looked_up
from seatrial.transports.dial import in_words
from seatrial.transports.engine_address import DEFAULT, EngineAddress
from seatrial.transports.engine_socket import TimedSocket, connect, explained
from seatrial.transports.engine_tls import TlsSocket

_USUAL = EngineAddress(DEFAULT)
_NAME_S = 5.0
"""Seconds to look up the name of the engine's host."""

_WILDCARDS = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}


class Inward(Protocol):
    """Makes connections to what runs in a target, at its own addresses; safe to use from several threads."""

    @property
    def udp(self) -> bool:
        """Whether datagrams can be sent from here to the same addresses."""

    def inside(self, address: str, port: int, deadline: Deadline) -> socket.socket:
        """Connect to a TCP port of a target, at its own address."""


class Dialler(Inward, Protocol):
    """Makes connections to one engine, its host and its containers; safe to use from several threads.

    Where ``published`` or ``inside`` raise an ``OSError``, that is the other side's answer (refused, timed out); where
    they raise a ``CouldNotLook``, the question could not be asked.
    """

    def engine(self, deadline: Deadline) -> TimedSocket:
        """Connect to the engine's API.

        :raises CouldNotLook: for whatever keeps it from that.
        """

    def address(self, host_ip: str) -> str:
        """Where a port is dialled that is published on an address, a wildcard being each address of the engine's host.

        :raises CouldNotLook: when that host's name has no address.
        """

    def published(self, host_ip: str, port: int, deadline: Deadline) -> socket.socket:
        """Connect to a TCP port that the engine publishes, as peers of its host do.

        :param host_ip: the address on which it is published, or a wildcard.
        """


def no_datagrams(port: int) -> Unreadable:
    """Stands for a conversation over UDP where the way there carries none."""
    return Unreadable(f"{port}/udp cannot be asked from here: the way there goes through SSH, which carries TCP only")


class Here:
    """Everything is dialled from this machine.

    :param address: of the engine.
    """

    udp = True

    def __init__(self, address: EngineAddress = _USUAL) -> None:
        self._address = address

    def engine(self, deadline: Deadline) -> TimedSocket:
        """Connect to the engine's socket, with TLS where its address says so, and never without it then."""
        if self._address.ssh:
            raise Unreachable(explained(self._address, "an engine behind SSH cannot be dialled straight from here"))
        sock = connect(self._address, deadline)
        return TlsSocket.over(sock, self._address, self._context) if self._address.tls else sock

    def address(self, host_ip: str) -> str:
        """The address itself, or that of the engine's host for a wildcard."""
        if self._address.socket_path or host_ip not in _WILDCARDS:
            return _WILDCARDS.get(host_ip, host_ip)
        host, port = self._address.host_port
        try:
            return str(looked_up(host, port, Deadline.within(_NAME_S))[0][1][0])
        except (OSError, UnicodeError) as error:
            raise Unreachable(f"the engine's host {host}: {in_words(error)}") from error

    def published(self, host_ip: str, port: int, deadline: Deadline) -> socket.socket:
        """Connect to a published port."""
        return self.inside(self.address(host_ip), port, deadline)

    def inside(self, address: str, port: int, deadline: Deadline) -> socket.socket:
        """Connect to an address, as the routes of this machine have it."""
        return socket.create_connection((address, port), deadline.left())

    @cached_property
    def _context(self) -> ssl.SSLContext:
        assert self._address.tls is not None
        try:
            return self._address.tls.context()
        except UsageError as error:  # it could be used when the address was resolved
            raise Unreachable(explained(self._address, str(error))) from error
