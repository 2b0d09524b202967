"""TLS to an engine, on the socket that all else uses."""

import ssl
from contextlib import suppress
from select import POLLIN, POLLOUT
from typing import Any, Self

from seatrial.errors import CouldNotLook, CutShort, TooLate, Unreachable
from seatrial.sanitise import clean
from seatrial.transports.engine_address import EngineAddress
from seatrial.transports.engine_socket import TimedSocket, explained

_PIECE = 64 * 1024
_ALERT, _HANDSHAKE = b"\x15", b"\x16"
"""What the first record of a server may be (RFC 8446, section 5.1)."""

_FOREIGN = "its certificate is signed by none of those that are trusted"
# Results of X509_verify_cert(3).
_WRONG = {
    9: "its certificate is not valid yet (is a clock wrong?)",
    10: "its certificate has expired (or a clock is wrong)",
    18: _FOREIGN,
    19: _FOREIGN,
    20: _FOREIGN,
    21: _FOREIGN,
    26: "its certificate is not one for servers",
}
_WRONG_NAME = (62, 64)

# What a server says of our certificate, or where we have none (RFC 8446, section 6.2), by OpenSSL's names for it.
_ABOUT_OURS = {
    "TLSV13_ALERT_CERTIFICATE_REQUIRED",
    "TLSV1_ALERT_UNKNOWN_CA",
    "TLSV1_ALERT_ACCESS_DENIED",
    "TLSV1_ALERT_DECRYPT_ERROR",
    "SSLV3_ALERT_BAD_CERTIFICATE",
    "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
    "SSLV3_ALERT_CERTIFICATE_REVOKED",
    "SSLV3_ALERT_CERTIFICATE_EXPIRED",
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN",
    "SSLV3_ALERT_HANDSHAKE_FAILURE",
}


class TlsSocket(TimedSocket):
    """A connected socket that speaks TLS.

    ``ssl.SSLSocket`` cannot be used: it keeps bytes that poll(2) does not see, and has no way to end its own direction
    alone, which is how the stdin of an exec ends. Here OpenSSL works in memory (``ssl.MemoryBIO``), and whatever has
    arrived is deciphered at once.
    """

    _address: EngineAddress
    _tls: ssl.SSLObject

    @classmethod
    def over(cls, sock: TimedSocket, address: EngineAddress, context: ssl.SSLContext) -> Self:
        """Take over a connected socket and shake hands.

        :raises Unreachable: when certificates do not fit, or TLS is not spoken there.
        :raises TooLate: at the deadline of ``sock``.
        """
        deadline = sock.deadline
        made = cls(fileno=sock.detach())
        made.deadline, made._address = deadline, address
        made._tls = context.wrap_bio(made._arrived, made._leaving, server_hostname=address.host_port[0])
        try:
            made._shake_hands()
        except BaseException:
            made.close()
            raise
        return made

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._arrived, self._leaving = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._sealed, self._open = b"", b""
        self._ended = False
        self._problem: CouldNotLook | None = None

    def recv(self, size: int = _PIECE, _flags: int = 0, /) -> bytes:
        """As ``socket.recv``, until the deadline."""
        while (piece := self.received(size)) is None:
            self.wait(POLLIN)
        return piece

    def recv_into(self, buffer: Any, size: int = 0, _flags: int = 0, /) -> int:
        """As ``socket.recv_into``, until the deadline."""
        view = memoryview(buffer).cast("B")
        piece = self.recv(size or len(view))
        view[: len(piece)] = piece
        return len(piece)

    def sendall(self, data: Any, _flags: int = 0, /) -> None:
        """As ``socket.sendall``, until the deadline."""
        rest = memoryview(data)
        while rest or self.unsent:
            went = self.taken(rest)
            rest = rest[went:]
            if not went and (rest or self.unsent):
                self.wait(POLLOUT)

    def received(self, size: int) -> bytes | None:
        """What is here already: empty at the end of the stream, None where nothing is here yet.

        :raises CutShort: when the stream ended without the end that TLS has.
        """
        with suppress(ConnectionError):  # the other side may have sent its last words before it hung up
            self._flush()
        if not (self._open or self._ended or self._problem):
            self._fill()
        piece, self._open = self._open[:size], self._open[size:]
        if not piece and self._problem:
            raise self._problem
        return piece or (b"" if self._ended else None)

    def taken(self, data: bytes | memoryview) -> int:
        """Send what goes without waiting, as :class:`TimedSocket` does; a record that is made is taken."""
        self._flush()
        if self._sealed or not data:
            return 0
        try:
            went = self._tls.write(data[:_PIECE])
        except ssl.SSLError as error:
            raise self._why(error) from error
        self._flush()
        return went

    @property
    def unsent(self) -> bool:
        """Whether records wait to be sent."""
        return bool(self._sealed)

    def end_sending(self) -> None:
        """Send ``close_notify``, which ends our direction only (RFC 8446, section 6.1), and go on reading.

        OpenSSL at once looks for the other side's, and would lose data that it finds instead; all that is in its hands
        has been deciphered by now, and what has not been taken from the socket it cannot see.
        """
        with suppress(ssl.SSLError, ConnectionError):
            try:
                self._tls.unwrap()
            finally:
                self._flush()

    def _shake_hands(self) -> None:
        try:
            first = True
            while not self._shook():
                self._await_more(first)
                first = False
        except TooLate:
            reason = f"the TLS handshake was not complete within {self.deadline.within_s:g} s"
            raise TooLate(explained(self._address, reason)) from None
        except OSError as error:
            raise self._unreachable("the connection was cut in the TLS handshake") from error

    def _shook(self) -> bool:
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        except ssl.SSLEOFError as error:
            raise self._unreachable("it closed the connection in the TLS handshake; is TLS spoken there?") from error
        except ssl.SSLError as error:
            raise self._why(error) from error
        finally:
            self._flush()
        return True

    def _await_more(self, first: bool) -> None:
        while (raw := super().received(_PIECE)) is None:
            self.wait(POLLIN)
        if first and raw and raw[:1] not in (_ALERT, _HANDSHAKE):
            spoken = "plain HTTP" if raw.startswith(b"HTTP/") else "something else"
            raise self._unreachable(f"TLS was asked for, but {spoken} is spoken there")
        self._arrived.write(raw) if raw else self._arrived.write_eof()

    def _fill(self) -> None:
        """Take in what has arrived and decipher all of it that is whole."""
        raw = super().received(_PIECE)
        if raw:
            self._arrived.write(raw)
        elif raw is not None:
            self._arrived.write_eof()
        self._open += self._deciphered()

    def _deciphered(self) -> bytes:
        pieces = []
        try:
            while piece := self._tls.read(_PIECE):
                pieces.append(piece)
            self._ended = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            self._ended = True
        except ssl.SSLError as error:
            self._problem = self._why(error)
        return b"".join(pieces)

    def _flush(self) -> None:
        self._sealed += self._leaving.read()
        try:
            while self._sealed and (went := super().taken(self._sealed)):
                self._sealed = self._sealed[went:]
        except ConnectionError:
            self._sealed = b""
            self._fill()  # why it hung up may stand in what it sent before
            if isinstance(self._problem, Unreachable):
                raise self._problem from None
            raise

    def _why(self, error: ssl.SSLError) -> CouldNotLook:
        reason = error.reason or ""
        if isinstance(error, ssl.SSLCertVerificationError):
            return self._unreachable(_about_theirs(error, self._address))
        if reason in _ABOUT_OURS:
            return self._unreachable(f"{self._ours()} ({_words(reason)})")
        if isinstance(error, ssl.SSLEOFError):
            return CutShort("the stream was cut: it has no end that TLS knows")
        return CutShort(f"the stream was cut: TLS {_words(reason) or clean(error, 200)}")

    def _ours(self) -> str:
        cert = self._address.tls.cert if self._address.tls else ""
        if not cert:
            return "it asks for a certificate of ours, and none was given; say cert and key"
        return f"it refuses our certificate {cert}"

    def _unreachable(self, reason: str) -> Unreachable:
        return Unreachable(explained(self._address, reason))


def _about_theirs(error: ssl.SSLCertVerificationError, address: EngineAddress) -> str:
    if error.verify_code in _WRONG_NAME:
        return f"its certificate is not for {address.host_port[0]!r}; call it by a name that its certificate has"
    ca = (address.tls.ca if address.tls else "") or "those of this system"
    wrong = _WRONG.get(error.verify_code) or f"its certificate is not accepted: {clean(error.verify_message, 200)}"
    return f"{wrong} ({ca})" if wrong == _FOREIGN else wrong


def _words(reason: str) -> str:
    """``TLSV1_ALERT_UNKNOWN_CA`` → ``unknown ca``."""
    return reason.rpartition("ALERT_")[2].replace("_", " ").lower()
