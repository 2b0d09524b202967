"""One command on one session channel: its stdin written while its stdout and stderr are read."""

import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from seatrial.deadline import Deadline
from seatrial.errors import CutShort, Refused, TooLate
from seatrial.ssh.bell import Bell

if TYPE_CHECKING:
    from paramiko import Channel, Message

_PIECE = 256 * 1024

MOST_HELD = 512 * 1024 * 1024
"""Bytes of output that all commands of all hosts may have at a time."""


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that came to its end.

    :param exit_code: None where the server told none, as for one that was killed.
    """

    exit_code: int | None
    stdout: bytes = field(repr=False)
    stderr: bytes = field(repr=False)


def start(channel: "Channel", command: str, deadline: Deadline) -> None:
    """Ask for a command to be run, without a terminal, and wait for the answer (RFC 4254, 6.5).

    Written by hand, since paramiko's own call waits for ever.

    :raises Refused: when the server says no.
    :raises CutShort: when the connection is cut.
    :raises TooLate: at the deadline.
    """
    from paramiko import Message
    from paramiko.common import cMSG_CHANNEL_REQUEST

    message = Message()
    message.add_byte(cMSG_CHANNEL_REQUEST)
    message.add_int(channel.remote_chanid)
    message.add_string("exec")
    message.add_boolean(True)
    message.add_string(command.encode())
    channel.event.clear()
    channel.event_ready = False
    _tell(channel, message)
    if not channel.event.wait(deadline.left()):
        raise TooLate(f"no answer to the command within {deadline.within_s:g} s")
    if not channel.event_ready:
        _check_line(channel)
        raise Refused("the server does not run commands (ForceCommand, or a restricted account?)")


def _tell(channel: "Channel", message: "Message") -> None:
    from paramiko import SSHException

    try:
        channel.get_transport()._send_user_message(message)  # type: ignore[attr-defined]
    except (SSHException, EOFError, OSError) as error:
        raise CutShort("the connection was cut") from error


class _Held:
    """Counts the output that is held at this moment."""

    def __init__(self) -> None:
        self._bytes = 0
        self._lock = threading.Lock()

    def add(self, size: int) -> int:
        """Count more, or fewer; returns how many there are now."""
        with self._lock:
            self._bytes += size
            return self._bytes


_HELD = _Held()


class Exchange:
    """What goes to and comes from a command that was started.

    :param cap: bytes that it may print.
    """

    def __init__(self, channel: "Channel", stdin: bytes, deadline: Deadline, cap: int) -> None:
        self._channel, self._deadline, self._cap = channel, deadline, cap
        self._out, self._err = bytearray(), bytearray()
        self._writer = threading.Thread(target=self._write, args=(stdin,), name="ssh stdin", daemon=True)

    @property
    def writing(self) -> bool:
        """Whether its stdin has not been taken yet."""
        return self._writer.is_alive()

    @property
    def got_any(self) -> bool:
        """Whether it printed anything."""
        return bool(self._out or self._err)

    @property
    def printed(self) -> tuple[bytes, bytes]:
        """What it printed until now, stdout and stderr."""
        return bytes(self._out), bytes(self._err)

    def finish(self) -> Ran:
        """Write and read all of it.

        :raises CutShort: when the connection is cut, or it prints too much.
        :raises TooLate: at the deadline.
        """
        try:
            return self._finished()
        finally:
            _HELD.add(-len(self._out) - len(self._err))

    def _finished(self) -> Ran:
        self._writer.start()
        bell = Bell(self._channel)
        while not self._is_read():
            bell.wait(self._deadline.left())
        if not self._channel.status_event.wait(self._deadline.left()):
            raise TooLate(f"it did not end within {self._deadline.within_s:g} s")
        code = self._channel.exit_status
        if code < 0:
            _check_line(self._channel)
        return Ran(code if code >= 0 else None, bytes(self._out), bytes(self._err))

    def _write(self, stdin: bytes) -> None:
        with suppress(Exception):  # whoever ends early takes no more; what came of it is read all the same
            self._channel.sendall(stdin)
        with suppress(Exception):
            self._channel.shutdown_write()

    def _is_read(self) -> bool:
        """Take what there is; True at the end of both."""
        over = bool(self._channel.eof_received) or self._channel.closed
        while self._channel.recv_ready():
            self._take(self._out, self._channel.recv(_PIECE))
        while self._channel.recv_stderr_ready():
            self._take(self._err, self._channel.recv_stderr(_PIECE))
        return over

    def _take(self, kept: bytearray, piece: bytes) -> None:
        kept += piece
        if _HELD.add(len(piece)) > MOST_HELD:
            raise CutShort(f"all hosts together printed more than {MOST_HELD} bytes at a time")
        if len(self._out) + len(self._err) > self._cap:
            raise CutShort(f"it printed more than {self._cap} bytes")


def _check_line(channel: "Channel") -> None:
    transport = channel.get_transport()
    if not transport.is_active():
        raise CutShort(f"the connection was cut{getattr(transport, 'last_words', '')}")
