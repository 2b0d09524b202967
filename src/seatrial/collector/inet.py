"""The other end of a connection over IP, TCP or UDP."""

import socket
from collections.abc import Iterator, Sequence
from contextlib import suppress

from seatrial.collector.kernel import dump, sockets

_WILDCARDS = ("0.0.0.0", "::")


class InetEnd:
    """An address and a port.

    :param udp: whether datagrams are sent there.
    """

    def __init__(self, address: str, port: int, udp: bool) -> None:
        self._address, self._port, self._udp = address, port, udp
        self.door = port
        self.where = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"

    def made(self) -> socket.socket:
        """A socket that can reach it."""
        family = socket.AF_INET6 if ":" in self._address else socket.AF_INET
        return socket.socket(family, socket.SOCK_DGRAM if self._udp else socket.SOCK_STREAM)

    def connect(self, sock: socket.socket) -> bool:
        """Begin to connect; it always begins."""
        with suppress(BlockingIOError):
            sock.connect((self._address, self._port))
        return True

    def local(self, sock: socket.socket) -> str:
        """Our own address and port."""
        host, port = sock.getsockname()[:2]
        return f"{host} {port}"

    def waiting(self, diag: socket.socket) -> "int | str":
        """Connections that wait to be accepted there, or why that is not known.

        :param diag: asks the kernel about the network that it is in.
        """
        found = [item for family in (2, 10) for item in sockets(dump(diag, family, socket.IPPROTO_TCP))]
        queues = [queue for address, port, queue in found if port == self._port and self._is_taken_by(address)]
        return max(queues) if queues else "its listener is gone"

    def _is_taken_by(self, bound: str) -> bool:
        return bound in (*_WILDCARDS, self._address, f"::ffff:{self._address}")


def dial(listeners: Sequence[tuple[str, int, int]], port: int, addresses: Sequence[str], version: int = 0) -> str:
    """Where to dial a port from inside: the bound address, else for a wildcard one of the target's own.

    :param listeners: address, port and queue of each listener.
    :param version: 4 or 6 for an address of that IP version.
    """
    bound = [address for address, number, _ in listeners if number == port]
    if version:
        return _of_version(version, bound, [one for one in addresses if (":" in one) == (version == 6)])
    for address in sorted(bound, key=_rank):
        own = address.partition("%")[0]
        return own if own not in _WILDCARDS else next(_own(own, addresses))
    return next(iter(addresses), "127.0.0.1")


def _of_version(version: int, bound: Sequence[str], own: Sequence[str]) -> str:
    very = [one for one in bound if (":" in one) == (version == 6) and one not in _WILDCARDS]
    return next(iter((*very, *own)), "::1" if version == 6 else "127.0.0.1")


def _rank(address: str) -> int:
    if address.startswith("127.") or address == "::1":
        return 3
    return {"0.0.0.0": 1, "::": 2}.get(address, 0)


def _own(wildcard: str, addresses: Sequence[str]) -> Iterator[str]:
    """IPv4 first: a wildcard of IPv6 answers it as a rule, and where it does not, that is worth knowing."""
    yield from (address for address in addresses if ":" not in address or wildcard == "::")
    yield "127.0.0.1" if wildcard == "0.0.0.0" else "::1"
