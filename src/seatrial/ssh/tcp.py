"""TCP connections from here, with one deadline for the name, all its addresses, and the connecting."""

import errno
import ipaddress
import os
import select
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from seatrial.deadline import Deadline
from seatrial.ssh.settings import Family

_FAMILIES = {"any": socket.AF_UNSPEC, "inet": socket.AF_INET, "inet6": socket.AF_INET6}
_SLICE_S = 0.2
_UNACKNOWLEDGED_MS = 30_000

Target = tuple[int, Any]


class NotLookedUp(TimeoutError):
    """The resolver did not answer in time."""


def connect(
    host: str,
    port: int,
    deadline: Deadline,
    *,
    family: Family = "any",
    source: str = "",
    stopped: Callable[[], bool] = lambda: False,
) -> socket.socket:
    """Connect to the first of a host's addresses that takes it.

    :param source: our own address (bind(2)), empty for the kernel's choice.
    :param stopped: asked now and then whether the connection is still wanted.
    :raises OSError: as of connect(2) for the last address; ``socket.gaierror`` for a name without one.
    :raises TooLate: at the deadline.
    """
    targets = looked_up(host, port, deadline, _FAMILIES[family])
    problem = OSError(errno.EADDRNOTAVAIL, "its name has no address")
    for at, (kind, target) in enumerate(targets):
        until = Deadline.within(deadline.left() / (len(targets) - at))
        try:
            return _connected(kind, target, until, source, stopped)
        except OSError as error:
            problem = error
    raise problem


def looked_up(host: str, port: int, deadline: Deadline, family: int = socket.AF_UNSPEC) -> list[Target]:
    """The addresses of a name, as socket(2) and connect(2) take them.

    :raises UnicodeError: for what is no name.
    :raises OSError: ``socket.gaierror`` for a name without one, ``NotLookedUp`` at the deadline.
    :raises TooLate: when the deadline is over already.
    """
    with suppress(ValueError):
        ipaddress.ip_address(host)
        return _looked_up(host, port, family)
    found: list[list[Target] | Exception] = []

    def look() -> None:
        try:
            found.append(_looked_up(host, port, family))
        except (OSError, UnicodeError) as error:  # the codec idna has limits of its own
            found.append(error)

    # getaddrinfo(3) has no deadline of its own: a resolver that hangs keeps this thread, and nobody else.
    thread = threading.Thread(target=look, name=f"resolve {host}", daemon=True)
    thread.start()
    thread.join(deadline.left())
    if not found:
        raise NotLookedUp(errno.ETIMEDOUT, "looking up its name timed out")
    if isinstance(found[0], Exception):
        raise found[0]
    return found[0]


def _looked_up(host: str, port: int, family: int) -> list[Target]:
    return [(kind, target) for kind, _, _, _, target in socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)]


def _connected(kind: int, target: Any, deadline: Deadline, source: str, stopped: Callable[[], bool]) -> socket.socket:
    sock = socket.socket(kind, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNACKNOWLEDGED_MS)
        if source:
            sock.bind((source, 0))
        sock.setblocking(False)
        _finish(sock, sock.connect_ex(target), deadline, stopped)
    except BaseException:
        sock.close()
        raise
    return sock


def _finish(sock: socket.socket, code: int, deadline: Deadline, stopped: Callable[[], bool]) -> None:
    poll = select.poll()
    poll.register(sock, select.POLLOUT)
    while code == errno.EINPROGRESS:
        if deadline.passed or stopped():
            raise TimeoutError(errno.ETIMEDOUT, "timed out")
        if poll.poll(min(deadline.left(), _SLICE_S) * 1000):
            code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if code:
        raise OSError(code, os.strerror(code))
