"""A socket to the engine whose every operation shares one deadline."""

import os
import pwd
import select
import socket
import stat
import time
from contextlib import suppress
from grp import getgrgid
from typing import Any

from seatrial.deadline import Deadline
from seatrial.errors import Unreachable
from seatrial.ssh.tcp import NotLookedUp, looked_up
from seatrial.transports.engine_address import EngineAddress


class TimedSocket(socket.socket):
    """A socket that gives up at its deadline, however slowly bytes trickle in (a plain timeout counts per recv).

    :ivar deadline: the moment; whoever reuses the socket sets the next one.
    """

    deadline: Deadline

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        """As ``socket.recv_into``, until the deadline."""
        self.settimeout(self.deadline.left())
        return super().recv_into(*args, **kwargs)

    def recv(self, *args: Any, **kwargs: Any) -> bytes:
        """As ``socket.recv``, until the deadline."""
        self.settimeout(self.deadline.left())
        return super().recv(*args, **kwargs)

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        """As ``socket.sendall``, whose timeout is a total one already."""
        self.settimeout(self.deadline.left())
        super().sendall(*args, **kwargs)

    def received(self, size: int) -> bytes | None:
        """What is here already: empty at the end of the stream, None where nothing is here yet."""
        self.settimeout(0)
        try:
            return super().recv(size)
        except BlockingIOError:
            return None

    def taken(self, data: bytes | memoryview) -> int:
        """Send what goes without waiting.

        :returns: how many bytes will not have to be offered again.
        """
        self.settimeout(0)
        try:
            return super().send(data)
        except BlockingIOError:
            return 0

    @property
    def unsent(self) -> bool:
        """Whether something that was taken still waits to be sent, which the next call does."""
        return False

    def end_sending(self) -> None:
        """Let the other side see the end of what we send, and go on reading."""
        with suppress(OSError):
            self.shutdown(socket.SHUT_WR)

    def wait(self, events: int) -> None:
        """Wait for events of poll(2), and for room where something is unsent.

        :raises TooLate: at the deadline.
        """
        poll = select.poll()
        poll.register(self, events | (select.POLLOUT if self.unsent else 0))
        poll.poll(self.deadline.left() * 1000)


def timed(sock: socket.socket, deadline: Deadline) -> TimedSocket:
    """Take over a connected socket."""
    made = TimedSocket(fileno=sock.detach())
    made.deadline = deadline
    return made


def connect(address: EngineAddress, deadline: Deadline) -> TimedSocket:
    """Connect to an engine's unix socket or TCP port, without TLS.

    :raises Unreachable: when nothing answers there or we may not ask, with all that was tried.
    :raises TooLate: at the deadline.
    """
    problem: OSError = OSError("its name has no address")
    for family, target in _targets(address, deadline):
        try:
            return _connected(family, target, deadline)
        except OSError as error:
            problem = error
    raise Unreachable(explained(address, _reason(address.socket_path, problem))) from problem


def _targets(address: EngineAddress, deadline: Deadline) -> list[tuple[int, Any]]:
    if address.socket_path:
        return [(socket.AF_UNIX, address.socket_path)]
    host, port = address.host_port
    try:
        return looked_up(host, port, deadline)
    except (socket.gaierror, UnicodeError):
        return []
    except NotLookedUp as error:
        raise Unreachable(explained(address, f"looking up its name took more than {deadline.within_s:g} s")) from error


def _connected(family: int, target: Any, deadline: Deadline) -> TimedSocket:
    sock = TimedSocket(family, socket.SOCK_STREAM)
    sock.deadline = deadline
    try:
        _connect_or_wait(sock, target)
        if family != socket.AF_UNIX:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        sock.close()
        raise
    return sock


def _connect_or_wait(sock: TimedSocket, target: Any) -> None:
    while True:
        sock.settimeout(sock.deadline.left())
        try:
            return sock.connect(target)
        except BlockingIOError:
            # unix(7): a non-blocking connect to a socket with a full backlog fails at once instead of waiting.
            time.sleep(0.01)


def explained(address: EngineAddress, reason: str) -> str:
    """Why there is no engine at an address, with all that could have said another one."""
    return f"no Docker Engine at {address.url}: {reason} (tried: {'; '.join(address.tried) or address.url})"


def _reason(path: str, error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such socket; is the engine running?"
    if isinstance(error, PermissionError):
        return f"{_me()}, and {_owner(path)}; use an account of that group or root"
    if isinstance(error, ConnectionRefusedError):
        return "nobody listens there; is the engine running?"
    if isinstance(error, TimeoutError):
        return "it did not take the connection in time"
    return error.strerror or str(error)


def _me() -> str:
    uid = os.geteuid()
    with suppress(KeyError):
        return f"you are uid {uid} ({pwd.getpwuid(uid).pw_name})"
    return f"you are uid {uid}"


def _owner(path: str) -> str:
    try:
        found = os.stat(path)
    except OSError:
        return "a folder above the socket is closed to you"
    group = str(found.st_gid)
    with suppress(KeyError):
        group = getgrgid(found.st_gid).gr_name
    return f"the socket belongs to uid {found.st_uid} and group {group}, mode {stat.S_IMODE(found.st_mode):04o}"
