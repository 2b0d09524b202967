"""A Docker Engine on a host behind SSH: reached through a session there, as the docker command does it.

``docker system dial-stdio`` joins stdin and stdout with the engine's socket (what ``DOCKER_HOST=ssh://`` runs, Docker
18.09 and later); where that command is missing, a few lines of Python do the same with the usual socket.
"""

import shlex
import socket

from seatrial.deadline import Deadline
from seatrial.errors import CutShort, Unreachable
from seatrial.sanitise import clean
from seatrial.transports.declared import ENGINE_SOCKET
from seatrial.transports.engine_socket import TimedSocket
from seatrial.transports.leftovers import new_mark, with_mark
from seatrial.transports.marked import new_nonce
from seatrial.transports.on_hosts import OnHost
from seatrial.transports.remote import Remote

WILDCARDS = ("", "0.0.0.0", "::")

_NOISE_CAP = 64 * 1024
_RELAY = f"""
import os, socket, sys, threading
engine = socket.socket(socket.AF_UNIX)
engine.connect({ENGINE_SOCKET!r})
def up():
    for piece in iter(lambda: os.read(0, 65536), b""):
        engine.sendall(piece)
    engine.shutdown(socket.SHUT_WR)
threading.Thread(target=up, daemon=True).start()
for piece in iter(lambda: engine.recv(65536), b""):
    sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()
"""
_SCRIPT = """
IFS= read -r n
printf '\\n%s\\n' "$n"
command -v docker >/dev/null 2>&1 && exec docker system dial-stdio
exec python3 -I -S -c "$1"
"""


class _Relayed(TimedSocket):
    """A connection whose other end is a command on the host.

    That ends when its stdin does, if it is as it should be; where it kept us waiting, it is ended by its mark.
    """

    relay: OnHost

    def close(self) -> None:
        """End the connection."""
        super().close()
        if self.relay.is_running:
            self.relay.over()
            if self.deadline.passed:
                self.relay.end()


class RemoteDialler:
    """Connects to an engine on a host behind SSH, and to what it runs, from there.

    :param remote: the host.
    """

    udp = False
    """A session carries no datagrams."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    def engine(self, deadline: Deadline) -> TimedSocket:
        """A connection to its API.

        :raises CouldNotLook: where the host is not reached, or no engine answers there.
        """
        sock, nonce = self._relayed(deadline), new_nonce().encode()
        try:
            sock.sendall(nonce + b"\n")  # not among its arguments, which anybody there may read
            self._skip_noise(sock, b"\n" + nonce + b"\n")
        except BaseException:
            sock.close()
            raise
        return sock

    def _relayed(self, deadline: Deadline) -> TimedSocket:
        link, sudo = self._remote.link(deadline), ("sudo", "-n") if self._remote.sudo else ()
        relay = OnHost(link, sudo, new_mark())
        line = with_mark(relay.mark, shlex.join(["sh", "-c", _SCRIPT, "sh", _RELAY]))
        sock = link.stream(shlex.join((*sudo, "sh", "-c", line)), deadline)
        made = _Relayed(fileno=sock.detach())
        made.deadline, made.relay = deadline, relay
        relay.begun()
        return made

    def address(self, host_ip: str) -> str:
        """Where a port that is published on an address of the host is dialled."""
        return (self._remote.host.address or self._remote.host.name) if host_ip in WILDCARDS else host_ip

    def published(self, host_ip: str, port: int, deadline: Deadline) -> socket.socket:
        """A connection to a port of the host as its peers make it: from its last jump host, or from here.

        What is published on loopback is there for the host itself only, so it is dialled from there.
        """
        link = self._remote.link(deadline)
        if host_ip in WILDCARDS:
            return link.dial_beside(port, deadline)
        if host_ip.startswith("127.") or host_ip == "::1":
            return link.dial(host_ip, port, deadline)
        return link.dial_beside(port, deadline, host_ip)

    def inside(self, address: str, port: int, deadline: Deadline) -> socket.socket:
        """A connection to a container's own address, from the host."""
        return self._remote.link(deadline).dial(address, port, deadline)

    def _skip_noise(self, sock: TimedSocket, mark: bytes) -> None:
        """Read up to our mark, byte by byte: what follows it is the engine's."""
        read = bytearray()
        try:
            while not read.endswith(mark):
                piece = sock.recv(1)
                if not piece or len(read) > _NOISE_CAP:
                    said = clean(bytes(read).strip()[-200:], 200) or "it said nothing"
                    raise CutShort(f"no shell on {self._remote.host.name} led to its engine: {said}")
                read += piece
        except TimeoutError as error:
            raise Unreachable(f"no shell on {self._remote.host.name} led to its engine in time") from error
