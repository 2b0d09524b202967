"""An authenticated connection to one host: commands on it, and connections from it."""

import errno
import os
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

from seatrial.deadline import Deadline
from seatrial.errors import CouldNotLook, CutShort, TooLate
from seatrial.host import Access, Trouble
from seatrial.ssh.exchange import Exchange, Ran, start
from seatrial.ssh.line import Line
from seatrial.ssh.pump import socket_of
from seatrial.ssh.tcp import connect
from seatrial.ssh.trouble import HopFailed, NotReached, StillRunning

if TYPE_CHECKING:
    from paramiko import Channel

    from seatrial.ssh.transport import ChannelRefused

__all__ = ["Link", "Ran"]

_PROHIBITED, _FAILED = 1, 2
_ERRORS = {os.strerror(code).lower(): code for code in (errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH)}


class Link:
    """A connection to one host whose key was verified.

    :param access: how it was reached.
    """

    def __init__(self, line: Line, access: Access) -> None:
        self.access, self._line = access, line

    def __repr__(self) -> str:
        return f"Link({self.access.host!r})"

    @property
    def alive(self) -> bool:
        """Whether anything can still be asked over it, as far as is known."""
        return self._line.alive

    def run(self, command: str, *, stdin: bytes = b"", deadline: Deadline, cap: int) -> Ran:
        """Run a command by the user's shell, without a terminal, and wait for its end.

        At the deadline its channel is closed; what it does on the host then, nobody stops.

        :param cap: bytes that it may print.
        :raises NotReached: when the server allows no more sessions.
        :raises CutShort: when the connection is cut, or it prints too much.
        :raises StillRunning: at the deadline, a TooLate with what it had printed.
        :raises Refused: when the server runs no commands.
        """
        channel = self._session(deadline)
        exchange = Exchange(channel, stdin, deadline, cap)
        try:
            self._start(channel, command, deadline)
            return exchange.finish()
        except TooLate as error:
            if exchange.writing and not exchange.got_any:
                self._line.close()  # what we write blocks all that anybody says on it
            raise StillRunning(error, *exchange.printed) from error
        finally:
            self._line.free(channel)

    def interrupt(self) -> None:
        """Leave all that runs over it, for who is about to end; what it does on the host then, nobody stops."""
        self._line.interrupt()

    def stream(self, command: str, deadline: Deadline) -> socket.socket:
        """Run a command whose stdin and stdout are the socket that is returned; closing it ends the session.

        :param deadline: for the command to be started.
        :raises CouldNotLook: as :meth:`run`.
        """
        channel = self._session(deadline)
        try:
            self._start(channel, command, deadline)
        except BaseException:
            self._line.free(channel)
            raise
        return socket_of(channel, lambda: self._line.free(channel))

    def dial(self, address: str, port: int, deadline: Deadline) -> socket.socket:
        """A TCP connection from this host, one end of a socket pair.

        :raises ConnectionRefusedError: when nobody listens there.
        :raises TimeoutError: at the deadline.
        :raises PermissionError: when the server forbids forwarding.
        :raises OSError: for what else keeps it from connecting.
        """
        return _forwarded(self._line, address, port, deadline)

    def dial_beside(self, port: int, deadline: Deadline, address: str = "") -> socket.socket:
        """A TCP connection to a port of this host as its peers make one: from its last jump host, else from here.

        :param address: another one than that by which it was reached.
        :raises OSError: as :meth:`dial`.
        """
        target = address or self._line.settings.host
        if self._line.via:
            return _forwarded(self._line.via, target, port, deadline)
        try:
            sock = connect(target, port, deadline)
        except TooLate as error:
            raise TimeoutError(errno.ETIMEDOUT, "timed out") from error
        sock.setblocking(True)
        return sock

    def _session(self, deadline: Deadline) -> "Channel":
        try:
            return self._line.session(deadline)
        except HopFailed as error:
            raise NotReached(Trouble(error.obstacle.stage, error.obstacle.said), self.access) from error
        except TooLate:
            raise
        except CouldNotLook as error:
            raise CutShort(str(error)) from error

    def _start(self, channel: "Channel", command: str, deadline: Deadline) -> None:
        try:
            start(channel, command, deadline)
        except TooLate:
            self._line.doubt()  # whoever comes next connects anew
            raise


def _forwarded(line: Line, address: str, port: int, deadline: Deadline) -> socket.socket:
    from seatrial.ssh.transport import ChannelRefused

    try:
        channel = line.transport.open("direct-tcpip", deadline, (address, port))
    except ChannelRefused as error:
        raise _as_plain(error) from error
    except TooLate as error:
        raise TimeoutError(errno.ETIMEDOUT, "timed out") from error
    except CouldNotLook as error:
        raise ConnectionResetError(errno.ECONNRESET, str(error)) from error
    return socket_of(channel, _closer(channel))


def _closer(channel: "Channel") -> Callable[[], None]:
    return channel.close


def _as_plain(error: "ChannelRefused") -> OSError:
    """What a plain connect would have raised."""
    if error.code == _PROHIBITED:
        return PermissionError(errno.EACCES, f"the server forbids forwarding: {error.said}")
    if "timed out" in error.said.lower():
        return TimeoutError(errno.ETIMEDOUT, error.said)
    code = _ERRORS.get(error.said.lower())
    if error.code == _FAILED and code:
        return OSError(code, error.said)  # which class that is, Python chooses by the number
    return OSError(errno.EIO, error.said)
