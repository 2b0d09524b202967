"""The hijacked connection of an exec: after one HTTP answer it carries raw stdin one way and framed output the other.

Engine API, ``POST /exec/{id}/start`` with ``Connection: Upgrade`` and ``Upgrade: tcp``: the engine answers 101.
"""

import json
import select
from http.client import HTTPException, HTTPResponse
from typing import cast

from seatrial.errors import CutShort, TooLate
from seatrial.sanitise import clean
from seatrial.transports.deadline import Deadline
from seatrial.transports.engine_address import EngineAddress
from seatrial.transports.engine_http import EngineConnection, refusal
from seatrial.transports.engine_socket import TimedSocket
from seatrial.transports.frames import Demultiplexer

_PIECE = 256 * 1024
_UPGRADED = 101


def hijacked(
    address: EngineAddress, path: str, stdin: bytes, deadline: Deadline, cap: int
) -> tuple[bytes, bytes]:
    """Start an exec, give it its whole stdin, and read its stdout and stderr to their end.

    :param path: of the start call.
    :param cap: bytes of output after which it gives up.
    :raises CouldNotLook: when the stream is cut inside a frame, too long, too late, or refused. A stream that is cut
        between two frames cannot be told from one that ended.
    """
    connection = EngineConnection(address)
    connection.deadline = deadline
    try:
        return _conversation(connection, path, stdin, cap)
    except TimeoutError as error:
        raise TooLate(f"no complete answer within {deadline.within_s:g} s") from error
    except (HTTPException, OSError) as error:
        raise CutShort(f"the stream was cut: {type(error).__name__} {clean(error, 200)}") from error
    finally:
        connection.close()


def _conversation(connection: EngineConnection, path: str, stdin: bytes, cap: int) -> tuple[bytes, bytes]:
    headers = {"Content-Type": "application/json", "Connection": "Upgrade", "Upgrade": "tcp"}
    connection.request("POST", path, json.dumps({"Detach": False, "Tty": False}).encode(), headers)
    sock = cast(TimedSocket, connection.sock)
    with connection.getresponse() as response:
        if response.status >= 400:
            raise refusal(response.status, response.read() if response.length is not None else b"")
        if response.status != _UPGRADED:
            raise CutShort(f"the engine did not hand over the stream: status {response.status}")
        output = Demultiplexer(cap)
        output.feed(_read_ahead(response, sock))
        _pump(sock, stdin, output)
    output.end()
    return bytes(output.stdout), bytes(output.stderr)


def _read_ahead(response: HTTPResponse, sock: TimedSocket) -> bytes:
    """Take what ``http.client`` has buffered beyond the header, without waiting for more."""
    sock.setblocking(False)
    buffered = response.fp
    return b"" if buffered is None else bytes(buffered.read1(_PIECE) or b"") if buffered.peek(1) else b""


def _pump(sock: TimedSocket, stdin: bytes, output: Demultiplexer) -> None:
    rest = memoryview(stdin)
    poll = select.poll()
    poll.register(sock, select.POLLIN | select.POLLOUT)
    if not rest:
        _no_more_input(sock, poll)
    while True:
        for _, ready in poll.poll(sock.deadline.left() * 1000):
            if ready & ~select.POLLOUT:
                piece = _plain_recv(sock)
                if piece == b"":
                    return
                output.feed(piece or b"")
            if ready & select.POLLOUT and rest:
                rest = rest[_plain_send(sock, rest) :]
                if not rest:
                    _no_more_input(sock, poll)
