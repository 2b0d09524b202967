"""Waiting for either of a channel's two outputs.

paramiko's own way, ``Channel.fileno()``, is a pipe that the connection's reading thread writes to; where the channel is
closed at that moment, the write fails and ends the whole connection, or goes to whatever has that number by then.
"""

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from paramiko import Channel


class Bell:
    """Rings whenever something came on a channel, or it ended."""

    def __init__(self, channel: "Channel") -> None:
        self._rung = threading.Event()
        for buffer in (channel.in_buffer, channel.in_stderr_buffer):
            buffer.set_event(self)  # type: ignore[arg-type]

    def set(self) -> None:
        """Ring it."""
        self._rung.set()

    def clear(self) -> None:
        """What paramiko calls when one of the two is empty; the other one need not be."""

    def wait(self, seconds: float | None = None) -> None:
        """Return when it rang since the last time, or after so long. Look for what came only after this."""
        self._rung.wait(seconds)
        self._rung.clear()
