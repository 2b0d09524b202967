"""One connection from inside a target's network, until its own deadline, without ever waiting."""

import json
import os
import socket
import time
from typing import Any, TypeAlias

from seatrial.collector.inet import InetEnd
from seatrial.collector.unix import UnixEnd

RECEIVED_CAP = 1 << 16
HOLD_S = 2.0
POLL_S = 0.02
_NOT_YET = ("SSLWantReadError", "SSLWantWriteError")

End: TypeAlias = "InetEnd | UnixEnd"


class Talk:
    """One conversation.

    :param key: numbers under which the answer is filed.
    :param asked: what the request says of it.
    :param end: whom to dial.
    """

    def __init__(self, key: tuple[int, ...], asked: dict[str, Any], end: End) -> None:
        self.key, self.end, self.where = key, end, end.where
        self.udp = asked["proto"] == "udp"
        self.send, self.enough = bytes.fromhex(asked["send"]), bytes.fromhex(asked["enough"])
        self.reads, self.within_s = bool(asked["reads"]), float(asked["within_s"])
        self.after_s = float(asked.get("after_s", 0.0))
        self.tls, self.server_name = bool(asked.get("tls")), asked.get("server_name") or None
        self.certificate, self._wrapped, self._secured = "", False, not self.tls
        self.connected = self.closed = self.done = False
        self.sent, self.received, self.error, self.local = 0, b"", "", ""
        self.queue: int | str | None = None
        self._sock: socket.socket | None = None
        self.until = self._connected_at = 0.0
        self._opened = self.begun = False
        self._due = 0.0

    def open(self) -> None:
        """Make the socket; to be called inside the target's network namespace, where it stays."""
        try:
            self._sock = self.end.made()
            self._sock.setblocking(False)
        except OSError as error:
            self._fail(error)

    def dial(self) -> None:
        """Begin to connect, or to wait for that where it asks a second time."""
        self._due = time.monotonic() + self.after_s
        self.until = self._due + self.within_s
        self.begin()

    def begin(self) -> None:
        """Connect once it is due."""
        if self.begun or time.monotonic() < self._due:
            return
        try:
            self.begun = self._sock is None or self.end.connect(self._sock)
        except OSError as error:
            self.begun = True
            self._fail(error)

    def fileno(self) -> int:
        """For the poll."""
        return self._sock.fileno() if self._sock else -1

    def step(self) -> None:
        """Do what can be done without waiting."""
        try:
            if not self.connected:
                self._connect()
            if self.connected and not self.done:
                self._secure()
                self._write()
                self._read()
        except BlockingIOError:
            return
        except ImportError as error:
            self._fail(OSError(0, f"this Python has no TLS: {error}"))
        except UnicodeError as error:
            self._fail(OSError(0, f"it cannot be asked for under that name: {error}"))
        except OSError as error:
            if type(error).__name__ not in _NOT_YET:
                self._fail(error)

    def wants_to_write(self) -> bool:
        """Whether it waits for a connection or has something left to send."""
        return not self.connected or self.sent < len(self.send)

    def holding(self) -> bool:
        """Whether it only waits to be taken from the accept queue."""
        return self.connected and not self.reads and not self.done

    def may_be_queued(self, now: float) -> bool:
        """Whether the other side's kernel has had the time to put it into the queue, so that 0 means taken."""
        return self.holding() and now - self._connected_at >= POLL_S

    def hangs(self) -> bool:
        """Whether a process may have left it waiting, so that the kernel's count of lost connections tells more."""
        return not self.udp and (self.error == "timed out" or (isinstance(self.queue, int) and self.queue > 0))

    def expire(self, now: float) -> None:
        """End it when its time is over."""
        if not self.done and now >= self.until:
            self.done, self.error = True, "" if self.holding() else "timed out"

    def hang_up(self) -> None:
        """Close the socket."""
        if self._sock:
            self._sock.close()

    def told(self) -> bytes:
        """What happened, then what was received."""
        names = ("where", "connected", "error", "sent", "closed", "queue", "local", "certificate")
        return json.dumps({name: getattr(self, name) for name in names}).encode() + b"\n" + self.received

    def _connect(self) -> None:
        assert self._sock is not None
        code = self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            raise OSError(code, os.strerror(code))
        self._sock.getpeername()
        self.connected, self.local, self._connected_at = True, self.end.local(self._sock), time.monotonic()
        if not self.reads:
            self.until = min(self.until, self._connected_at + HOLD_S)

    def _secure(self) -> None:
        """The TLS handshake; who the other side is gets judged from its certificate, by whoever asked."""
        if self._secured:
            return
        assert self._sock is not None
        if not self._wrapped:
            import ssl  # most looks need none, and it takes longer to import than they last

            (self.server_name or "").encode("idna")  # else the socket would be lost in what wraps it
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            self._sock = context.wrap_socket(
                self._sock, do_handshake_on_connect=False, server_hostname=self.server_name
            )
            self._wrapped = True
        handshaken: Any = self._sock
        handshaken.do_handshake()
        self._secured, self.certificate = True, (handshaken.getpeercert(True) or b"").hex()
        self.done = not self.send and not self.enough

    def _write(self) -> None:
        assert self._sock is not None
        if self.udp and self.reads and not self.send and not self._opened:
            self._sock.send(b"")
        self._opened = True
        if self.sent < len(self.send):
            self.sent += self._sock.send(self.send[self.sent :])

    def _read(self) -> None:
        assert self._sock is not None
        while len(self.received) < RECEIVED_CAP and not self.done:
            piece = self._sock.recv(RECEIVED_CAP)
            self.received = (self.received + piece)[:RECEIVED_CAP]
            self.closed = not piece and not self.udp
            enough = self.enough in self.received if self.enough else self.udp
            self.done = self.closed or (self.reads and (enough or len(self.received) >= RECEIVED_CAP))

    def _fail(self, error: OSError) -> None:
        handshake = self._wrapped and not self._secured and not isinstance(error, TimeoutError)
        self.error, self.done = ("TLS handshake: " if handshake else "") + words(error), True
        self.closed = self.connected and isinstance(error, ConnectionError)


def words(error: OSError) -> str:
    """Why a connection failed, in a word or two."""
    if isinstance(error, ConnectionRefusedError):
        return "refused"
    if isinstance(error, TimeoutError):
        return "timed out"
    if isinstance(error, (ConnectionResetError, BrokenPipeError)):
        return "reset"
    return (error.strerror or str(error)).lower()
