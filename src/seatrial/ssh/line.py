"""One authenticated SSH connection, and the channels on it."""

import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from seatrial.deadline import Deadline
from seatrial.errors import CouldNotLook, TooLate
from seatrial.ssh.settings import Settings
from seatrial.ssh.trouble import no_reach

if TYPE_CHECKING:
    from paramiko import Channel

    from seatrial.ssh.transport import Transport
    from seatrial.ssh.wire import Wire

SESSIONS = 4
"""Sessions at a time on one connection; sshd allows 10 (MaxSessions of sshd_config(5)) where nobody said less."""

_AGAIN_S = 0.2
_ALONE = 5
"""Refusals of our only session before we give up: a server may take a moment to end those that we have ended."""
_FAILED = 2
"""What sshd says of a session over its MaxSessions: connect failed."""


class Line:
    """A connection to one hop whose key was verified and where we are logged in.

    :param via: the line of the hop before it.
    :param fingerprint: of the host's key.
    :ivar kept: what must not be collected before the end, since that would close channels on the line before it.
    """

    def __init__(
        self, settings: Settings, transport: "Transport", wire: "Wire", fingerprint: str, via: "Line | None"
    ) -> None:
        self.settings, self.transport, self.fingerprint, self.via = settings, transport, fingerprint, via
        self.kept: list[object] = []
        self._channels: set[Channel] = set()
        self._wire, self._doubtful = wire, False
        self._sessions = _Sessions()

    @property
    def alive(self) -> bool:
        """Whether anything can still be asked over it, as far as is known."""
        before = self.via is None or self.via.alive
        return before and not self._doubtful and self.transport.is_active()

    def doubt(self) -> None:
        """It did not answer in time: the next who wants it connects anew."""
        self._doubtful = True

    def session(self, deadline: Deadline) -> "Channel":
        """A session channel; sessions over the server's limit wait for others to end. Give it back by :meth:`free`.

        :raises HopFailed: when the server refuses it until the deadline.
        :raises CouldNotLook: when the connection is cut, or the server does not answer.
        """
        from seatrial.ssh.transport import ChannelRefused

        self._sessions.enter(deadline)
        alone = 0
        while True:
            try:
                channel = self.transport.open("session", deadline)
                self._channels.add(channel)
                return channel
            except ChannelRefused as error:
                alone = alone + 1 if self._sessions.open <= 1 else 0
                self._refused(error, deadline, hopeless=alone >= _ALONE)
            except TooLate:
                self.doubt()
                self._sessions.leave()
                raise
            except BaseException:
                self._sessions.leave()
                raise

    def free(self, channel: "Channel") -> None:
        """End a session."""
        self._channels.discard(channel)
        with suppress(Exception):  # a server that is gone need not be told
            channel.close()
        self._sessions.leave()

    def interrupt(self) -> None:
        """End all sessions, so that there is room for a last one; whoever wants another connects anew."""
        self.doubt()
        for channel in list(self._channels):
            with suppress(Exception):  # as in free
                channel.close()

    def close(self) -> None:
        """End the connection at once, telling nobody."""
        self._doubtful = True
        self.transport.close()
        self._wire.close()

    def _refused(self, error: "CouldNotLook", deadline: Deadline, *, hopeless: bool) -> None:
        """Wait until another session of ours has ended, or a moment."""
        count = self._sessions.open
        if not deadline.passed and not hopeless:
            self._sessions.wait_for_end(min(_AGAIN_S, max(deadline.at - time.monotonic(), 0.01)))
        if deadline.passed or hopeless:
            self._sessions.leave()
            reason = "MaxSessions" if getattr(error, "code", 0) == _FAILED else str(error)
            raise no_reach(f"session {count} refused ({reason})") from error


class _Sessions:
    """Counts sessions, so that no more are asked for than a server allows."""

    def __init__(self) -> None:
        self.open = 0
        self._change = threading.Condition()

    def enter(self, deadline: Deadline) -> None:
        with self._change:
            while self.open >= SESSIONS:
                self._change.wait(deadline.left())
            self.open += 1

    def leave(self) -> None:
        with self._change:
            self.open -= 1
            self._change.notify_all()

    def wait_for_end(self, seconds: float) -> None:
        with self._change:
            self._change.wait(seconds)
