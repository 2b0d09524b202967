"""The bytes below one SSH connection: a socket, or a channel through a jump host."""

import os
import socket
import tempfile
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Protocol

from seatrial.sanitise import clean, decode
from seatrial.ssh.offspring import Offspring

_FIRST_CAP = 1024
_SAID_CAP = 4096


class Ends(Protocol):
    """What a socket and a channel have in common."""

    def send(self, data: bytes, /) -> int:
        """Send some of it."""

    def recv(self, size: int, /) -> bytes:
        """Receive some."""

    def settimeout(self, seconds: float | None, /) -> None:
        """How long the other two wait."""


class Wire:
    """What a transport is given for a socket; it keeps the first bytes that came, to tell who is not a server of SSH.

    :param ends: what sends and receives.
    :param close: ends it; not called for a channel, which stays open until its jump host is left: sshd ends the whole
        connection when data comes for a channel that it has closed.
    """

    def __init__(self, ends: Ends, close: Callable[[], None] = lambda: None) -> None:
        self._ends, self._end = ends, close
        self._first = bytearray()
        self._lock = threading.Lock()
        self._closed = False  # this name is what paramiko asks a socket for

    @property
    def first(self) -> str:
        """The first bytes that came, safe to show."""
        return clean(bytes(self._first), 200).strip("⏎ ")

    @property
    def got_any(self) -> bool:
        """Whether any byte came."""
        return bool(self._first)

    def send(self, data: bytes) -> int:
        """Send some of it."""
        if self._closed:
            raise OSError("it is closed")
        return self._ends.send(data)

    def recv(self, size: int) -> bytes:
        """Receive some, nothing at its end."""
        if self._closed:
            return b""
        data = self._ends.recv(size)
        if len(self._first) < _FIRST_CAP:
            self._first += data[: _FIRST_CAP - len(self._first)]
        return data

    def settimeout(self, seconds: float | None) -> None:
        """How long sending and receiving wait."""
        self._ends.settimeout(seconds)

    def close(self) -> None:
        """Nothing more is sent or received."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        self._end()


class Proxy:
    """A ProxyCommand, whose stdin and stdout are the connection (ssh_config(5)).

    :param command: run by the user's shell with exec, as ssh(1) does.
    :param offspring: runs it.
    """

    def __init__(self, command: str, offspring: Offspring) -> None:
        self._last_words, self._offspring = "", offspring
        self._err = tempfile.TemporaryFile()  # noqa: SIM115  # lives as long as the command
        self.socket, theirs = socket.socketpair()
        try:
            self._child = offspring.start(
                [offspring.environ.get("SHELL") or "/bin/sh", "-c", f"exec {command}"],
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                stderr=self._err.fileno(),
            )
        except OSError:
            self.socket.close()
            self._err.close()
            raise
        finally:
            theirs.close()

    @property
    def environ(self) -> Mapping[str, str]:
        """In which it runs."""
        return self._offspring.environ

    def said(self) -> str:
        """What it wrote to stderr until now, not safe to show."""
        with suppress(ValueError, OSError):  # it may have been closed by now
            self._last_words = decode(os.pread(self._err.fileno(), _SAID_CAP, 0)).strip()
        return self._last_words

    def close(self) -> None:
        """End it with all that it started."""
        self.socket.close()
        self._offspring.end(self._child)
        self.said()
        self._err.close()
