"""A channel as one end of a socket pair, for whoever needs a real socket."""

import select
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from seatrial.ssh.bell import Bell

if TYPE_CHECKING:
    from paramiko import Channel

_PIECE = 64 * 1024
_SLICE_S = 0.2


def socket_of(channel: "Channel", ended: Callable[[], None]) -> socket.socket:
    """A socket whose other end is the channel; either side may close one direction first.

    :param ended: called once, when both directions are closed or the socket is.
    """
    ours, theirs = socket.socketpair()
    _Pump(channel, theirs, ended).start()
    return ours


class _Pump:
    """Two threads: one for each direction, since each may have to wait for its reader."""

    def __init__(self, channel: "Channel", sock: socket.socket, ended: Callable[[], None]) -> None:
        self._channel, self._sock, self._ended = channel, sock, ended
        self._bell, self._is_left = Bell(channel), False
        self._up = threading.Thread(target=self._to_channel, name="ssh up", daemon=True)
        self._down = threading.Thread(target=self._run, name="ssh down", daemon=True)

    def start(self) -> None:
        self._up.start()
        self._down.start()

    def _to_channel(self) -> None:
        with suppress(Exception):  # a channel that is closed takes no more; the other direction tells it
            while data := self._sock.recv(_PIECE):
                self._channel.sendall(data)
        with suppress(Exception):
            self._channel.shutdown_write()
        self._await_leaving()

    def _await_leaving(self) -> None:
        """Nothing more goes; wait until nobody would take what comes, or nothing comes any more."""
        poll = select.poll()
        poll.register(self._sock, 0)  # tells only when both directions are closed
        with suppress(OSError):
            poll.poll()
        self._is_left = True
        self._bell.set()

    def _run(self) -> None:
        with suppress(Exception):
            self._to_socket()
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_WR)
        while self._up.is_alive():
            if self._channel.closed:  # nobody takes what still goes up
                with suppress(OSError):
                    self._sock.shutdown(socket.SHUT_RD)
            self._up.join(_SLICE_S)
        with suppress(Exception):
            self._ended()
        self._sock.close()

    def _to_socket(self) -> None:
        over = False
        while not (over or self._is_left):
            self._bell.wait()
            over = bool(self._channel.eof_received) or self._channel.closed
            while self._channel.recv_stderr_ready():
                self._channel.recv_stderr(_PIECE)
            while self._channel.recv_ready():
                self._sock.sendall(self._channel.recv(_PIECE))
