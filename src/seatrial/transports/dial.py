"""Connections to ports from where we are: one deadline, one cap, and what happened in words."""

import select
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from seatrial.deadline import Deadline
from seatrial.errors import TooLate
from seatrial.request import TalkRequest
from seatrial.snapshot import Talk

RECEIVED_CAP = 64 * 1024
"""Most bytes of an answer that are read."""

Connect = Callable[[Deadline], socket.socket]
"""Makes a connection, by a deadline; an ``OSError`` of it is what the other side answered."""

_KINDS = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}


@dataclass(frozen=True, slots=True)
class Words:
    """What is said to a port.

    :param send: bytes to send after connecting.
    :param enough: bytes whose arrival ends the reading; empty reads until the other side closes.
    :param reads: whether an answer is waited for.
    :param within_s: seconds for the whole conversation.
    :param tls: whether it is said through TLS; with nothing to send and nothing to await, the handshake is all.
    :param server_name: to ask for in the handshake.
    :param linger_s: where no answer is waited for: seconds to watch whether the other side closes at once.
    """

    send: bytes = b""
    enough: bytes = b""
    reads: bool = False
    within_s: float = 2.0
    linger_s: float = 0.0
    tls: bool = False
    server_name: str = ""


def words_of(request: TalkRequest, linger_s: float = 0.0) -> Words:
    """What a request says to a port."""
    return Words(
        request.send,
        request.enough,
        request.reads,
        request.within_s,
        linger_s,
        request.tls,
        request.server_name,
    )


@dataclass(frozen=True, slots=True)
class Dialled:
    """A connection that stays open after its conversation, while somebody looks at the other side.

    :param talk: what happened.
    """

    talk: Talk
    _sock: socket.socket | None

    def close(self) -> None:
        """End the connection."""
        if self._sock is not None:
            self._sock.close()


def dial(address: str, port: int, proto: str, words: Words, connect: Connect | None = None) -> Dialled:
    """Connect, say it, and read the answer.

    A UDP conversation with nothing to send sends an empty datagram, so that there is something to answer.

    :param address: an IP address; names are not looked up.
    :param proto: ``tcp`` or ``udp``.
    :param connect: makes the connection where it is not made straight from here; address and port are then its name.
    :raises CouldNotLook: when ``connect`` could not ask.
    """
    made = Talk(f"[{address}]:{port}" if ":" in address else f"{address}:{port}", False)
    deadline = Deadline.within(words.within_s)
    try:
        sock = connect(deadline) if connect else _connected(address, port, proto, deadline)
    except OSError as error:
        return Dialled(replace(made, error=in_words(error)), None)
    try:
        if words.tls:
            return Dialled(*secured(sock, made, words, deadline))
        return Dialled(_conversation(sock, made, words, deadline), sock)
    except BaseException:
        sock.close()
        raise


def secured(sock: socket.socket, made: Talk, words: Words, deadline: Deadline) -> tuple[Talk, socket.socket]:
    """The same conversation through TLS; who the other side is gets judged from its certificate, by whoever asked."""
    import ssl  # few conversations need it

    made = replace(made, connected=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        words.server_name.encode("idna")  # else the socket would be lost in what wraps it
        sock.settimeout(deadline.left())
        wrapped = context.wrap_socket(sock, server_hostname=words.server_name or None)
    except UnicodeError as error:
        return replace(made, error=f"it cannot be asked for under that name: {error}"), sock
    except (OSError, TooLate) as error:
        said = in_words(error)
        return replace(made, error=said if said == "timed out" else f"TLS handshake: {said}"), sock
    made = replace(made, certificate=wrapped.getpeercert(binary_form=True) or b"")
    only = not words.send and not words.enough
    return (made if only else _conversation(wrapped, made, words, deadline)), wrapped


def talk(address: str, port: int, proto: str, words: Words, connect: Connect | None = None) -> Talk:
    """As :func:`dial`, closed at once."""
    made = dial(address, port, proto, words, connect)
    made.close()
    return made.talk


def _connected(address: str, port: int, proto: str, deadline: Deadline) -> socket.socket:
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, _KINDS[proto])
    try:
        sock.settimeout(deadline.left())
        sock.connect((address, port))
    except BaseException:
        sock.close()
        raise
    return sock


def _conversation(sock: socket.socket, made: Talk, words: Words, deadline: Deadline) -> Talk:
    made = replace(made, connected=True)
    try:
        sock.settimeout(deadline.left())
        made = replace(made, sent=_say(sock, words))
        return _listen(sock, made, words, deadline) if words.reads else _linger(sock, made, words, deadline)
    except (OSError, TooLate) as error:
        return replace(made, error=in_words(error))


def _say(sock: socket.socket, words: Words) -> int:
    if words.send or (words.reads and sock.type is socket.SOCK_DGRAM):
        sock.sendall(words.send) if sock.type is socket.SOCK_STREAM else sock.send(words.send)
    return len(words.send)


def _listen(sock: socket.socket, made: Talk, words: Words, deadline: Deadline) -> Talk:
    received = bytearray()
    error, closed = "", False
    while not (closed or error or len(received) >= RECEIVED_CAP or (words.enough and words.enough in received)):
        try:
            sock.settimeout(deadline.left())
            piece = sock.recv(RECEIVED_CAP)
            received += piece
            closed = not piece and sock.type is socket.SOCK_STREAM
        except (OSError, TooLate) as problem:
            error, closed = in_words(problem), isinstance(problem, ConnectionError)
    return replace(made, received=bytes(received[:RECEIVED_CAP]), error=error, closed=closed)


def _linger(sock: socket.socket, made: Talk, words: Words, deadline: Deadline) -> Talk:
    """See whether the other side closes at once, as a proxy with nothing behind it does; what it says is kept."""
    received = b""
    until = Deadline.within(min(words.linger_s, words.within_s))
    with suppress(TooLate):
        while not deadline.passed and len(received) < RECEIVED_CAP:
            poll = select.poll()
            poll.register(sock, select.POLLIN)
            if not poll.poll(until.left() * 1000):
                break
            piece = sock.recv(RECEIVED_CAP)
            if not piece:
                return replace(made, received=received, closed=True)
            received += piece
    return replace(made, received=received)


def in_words(error: Exception) -> str:
    """Why a connection failed, in a word or two."""
    if isinstance(error, socket.gaierror):
        return "its name is unknown here"
    if isinstance(error, ConnectionRefusedError):
        return "refused"
    if isinstance(error, TimeoutError | TooLate):
        return "timed out"
    if isinstance(error, ConnectionResetError | BrokenPipeError):
        return "reset"
    strerror = error.strerror if isinstance(error, OSError) else None
    return (strerror or str(error)).lower()
