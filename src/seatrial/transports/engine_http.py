"""One request to the engine and its whole answer: a cut one is an error, never a shorter answer."""

import json
import socket
from http.client import BadStatusLine, HTTPConnection, HTTPException, HTTPResponse, RemoteDisconnected
from typing import Any

from seatrial.deadline import Deadline
from seatrial.errors import CutShort, Refused, TooLate, Unreachable
from seatrial.sanitise import clean
from seatrial.transports.dialler import Dialler
from seatrial.transports.engine_socket import TimedSocket
from seatrial.transports.engine_tls import TlsSocket

ANSWER_CAP = 64 * 1024 * 1024
"""Longest answer in bytes."""

SAY_TLS = "say docker.tls in the deployment file, set DOCKER_TLS_VERIFY=1, or use a docker context with certificates"
_TLS_THERE = f"TLS is spoken there and we spoke plain HTTP; {SAY_TLS}"
_ALERT = "\x15\x03"
"""A TLS record of type alert (RFC 8446, section 5.1)."""


class EngineConnection(HTTPConnection):
    """An HTTP/1.1 connection to the engine's socket that can be kept and used again.

    :param dialler: makes the way there.
    """

    def __init__(self, dialler: Dialler) -> None:
        super().__init__("docker")
        self._dialler = dialler
        self.deadline = Deadline.within(0)
        self._hint = ""

    def connect(self) -> None:
        """Connect to the engine's socket, for ``http.client``."""
        self.sock = sock = self._dialler.engine(self.deadline)
        plain = not isinstance(sock, TlsSocket) and sock.family != socket.AF_UNIX
        self._hint = f"; if TLS is spoken there, {SAY_TLS}" if plain else ""

    def exchange(self, method: str, path: str, body: object, deadline: Deadline, cap: int) -> bytes:
        """Send one request and read its whole answer; on any error the connection is closed.

        :param body: what to send as JSON, None for nothing.
        :param cap: longest answer in bytes.
        :raises CouldNotLook: for everything but a whole answer with a status below 400.
        """
        try:
            status, data = self._exchange(method, path, body, deadline, cap)
        except BaseException as error:
            self.close()
            _translate(error, deadline, self._hint)
            raise
        if status >= 400:
            self.close()
            raise refusal(status, data)
        return data

    def _exchange(self, method: str, path: str, body: object, deadline: Deadline, cap: int) -> tuple[int, bytes]:
        self.deadline = deadline
        if isinstance(self.sock, TimedSocket):
            self.sock.deadline = deadline
        sent = None if body is None else json.dumps(body).encode()
        self.request(method, path, sent, {"Content-Type": "application/json"} if sent else {})
        response = self.getresponse()
        _check_no_tls(response)
        return response.status, _body(response, cap)


def refusal(status: int, data: bytes) -> Refused:
    """The error for an answer with a status of 400 or more (Engine API, ``ErrorResponse``)."""
    try:
        said = json.loads(data)["message"]
    except (ValueError, KeyError, TypeError):
        said = data[:500]
    return Refused(f"the engine said no ({status}): {clean(said)}", status)


def parsed(data: bytes) -> Any:
    """The JSON of an answer.

    :raises CutShort: when it is not whole.
    """
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise CutShort(f"the engine's answer is not whole JSON: {clean(error)}") from error


def _check_no_tls(response: HTTPResponse) -> None:
    """Go's server answers plain HTTP on a TLS port in HTTP/1.0 and in words (net/http, ``server.go``).

    :raises Unreachable: when it did.
    """
    if response.version == 10 and response.status == 400 and b"HTTPS server" in response.read(1000):
        raise Unreachable(_TLS_THERE)


def _body(response: HTTPResponse, cap: int) -> bytes:
    # http.client takes a cut header for a finished one; then there is neither a length nor a chunk, and it would
    # read to the end of the stream. The engine always sends one of both.
    if response.length is None and not response.chunked:
        raise CutShort("the engine's answer says neither its length nor that it comes in chunks")
    if (response.length or 0) > cap:
        raise CutShort(f"the engine's answer has {response.length} bytes, more than {cap}")
    data = response.read(cap + 1) if response.chunked else response.read()
    if len(data) > cap:
        raise CutShort(f"the engine's answer has more than {cap} bytes")
    return data


def _translate(error: BaseException, deadline: Deadline, hint: str) -> None:
    if isinstance(error, TimeoutError):
        raise TooLate(f"the engine gave no complete answer within {deadline.within_s:g} s") from error
    if isinstance(error, BadStatusLine) and str(error).startswith(_ALERT):
        raise Unreachable(_TLS_THERE) from error
    if isinstance(error, HTTPException | OSError):
        told = f"the engine's answer was cut: {type(error).__name__} {clean(error, 200)}"
        raise CutShort(told + (hint if isinstance(error, RemoteDisconnected) else "")) from error
