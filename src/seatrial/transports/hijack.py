"""The hijacked connection of an exec: after one HTTP answer it carries raw stdin one way and framed output the other.

Engine API, ``POST /exec/{id}/start`` with ``Connection: Upgrade`` and ``Upgrade: tcp``: the engine answers 101.
Written by hand, since ``http.client`` may read ahead into the stream and has no way to give that back.
"""

import re
import select

from seatrial.deadline import Deadline
from seatrial.errors import CutShort, TooLate
from seatrial.sanitise import clean
from seatrial.transports.dialler import Dialler
from seatrial.transports.engine_http import refusal
from seatrial.transports.engine_socket import TimedSocket
from seatrial.transports.frames import Demultiplexer

_PIECE = 256 * 1024
_HEAD_CAP = 64 * 1024
_UPGRADED = 101
_BODY = b'{"Detach":false,"Tty":false}'
_STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) [^\r\n]*\r\n")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d{1,6})\r\n", re.IGNORECASE)


def hijacked(dialler: Dialler, path: str, stdin: bytes, deadline: Deadline, cap: int) -> tuple[bytes, bytes]:
    """Start an exec, give it its whole stdin, and read its stdout and stderr to their end.

    :param path: of the start call.
    :param cap: bytes of output after which it gives up.
    :raises CouldNotLook: when the stream is cut inside a frame, too long, too late, or refused. A stream that is cut
        between two frames cannot be told from one that ended.
    """
    with dialler.engine(deadline) as sock:
        try:
            output = Demultiplexer(cap)
            output.feed(_started(sock, path))
            _pump(sock, stdin, output)
        except TimeoutError as error:
            raise TooLate(f"no complete answer within {deadline.within_s:g} s") from error
        except OSError as error:
            raise CutShort(f"the stream was cut: {type(error).__name__} {clean(error, 200)}") from error
        output.end()
        return bytes(output.stdout), bytes(output.stderr)


def _started(sock: TimedSocket, path: str) -> bytes:
    """Send the start call and read its header; returns what came of the stream with it."""
    sock.sendall(
        f"POST {path} HTTP/1.1\r\nHost: docker\r\nContent-Type: application/json\r\nConnection: Upgrade\r\n"
        f"Upgrade: tcp\r\nContent-Length: {len(_BODY)}\r\n\r\n".encode()
        + _BODY
    )
    head, rest = _head(sock)
    status = _STATUS.match(head)
    if status is None:
        raise CutShort(f"the engine's answer is not HTTP/1.1: {clean(head[:200])}")
    if int(status[1]) >= 400:
        raise refusal(int(status[1]), _refusal_body(sock, head, rest))
    if int(status[1]) != _UPGRADED:
        raise CutShort(f"the engine did not hand over the stream: status {int(status[1])}")
    return rest


def _head(sock: TimedSocket) -> tuple[bytes, bytes]:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = sock.recv(4096)
        data += piece
        if not piece or len(data) > _HEAD_CAP:
            raise CutShort("the engine's answer ended inside its header")
    head, _, rest = data.partition(b"\r\n\r\n")
    return head + b"\r\n", rest


def _refusal_body(sock: TimedSocket, head: bytes, data: bytes) -> bytes:
    length = _LENGTH.search(head)
    while length and len(data) < int(length[1]):
        piece = sock.recv(4096)
        if not piece:
            raise CutShort("the engine's refusal was cut")
        data += piece
    return data


def _pump(sock: TimedSocket, stdin: bytes, output: Demultiplexer) -> None:
    """Give and take whatever goes, so that neither side waits for the other; poll(2) only where nothing went.

    A poll comes last, since below TLS bytes may be here already that no poll would tell of.
    """
    rest = memoryview(stdin)
    if not rest:
        sock.end_sending()
    while (piece := sock.received(_PIECE)) != b"":
        output.feed(piece or b"")
        before, rest = rest, _sent(sock, rest)
        if before and not rest:
            sock.end_sending()
        if piece is None and len(before) == len(rest):
            sock.wait(select.POLLIN | select.POLLOUT if rest else select.POLLIN)
        sock.deadline.left()


def _sent(sock: TimedSocket, rest: memoryview) -> memoryview:
    """Send what goes; when the other side reads no more, drop the rest: its output may still tell why."""
    try:
        return rest[sock.taken(rest[:_PIECE]) :] if rest else rest
    except (BrokenPipeError, ConnectionResetError):
        return rest[:0]
