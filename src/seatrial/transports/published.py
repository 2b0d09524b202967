"""Dialling a port that the engine publishes on its host."""

import socket
from collections.abc import Sequence

from seatrial.instance import Published
from seatrial.judges.addresses import is_declared
from seatrial.request import TalkRequest
from seatrial.snapshot import Talk, Unreadable
from seatrial.transports.dial import Words, in_words, talk
from seatrial.transports.engine_address import EngineAddress

LINGER_S = 0.3
"""Seconds to see whether a connection is closed at once, as the engine's proxy does with nothing behind it."""

_WILDCARDS = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}


def talk_to_published(
    engine: EngineAddress,
    published: Sequence[Published],
    request: TalkRequest,
    declared: int | str | bool | None = True,
) -> Talk | Unreadable:
    """Connect to a published port from here, and hold the declared conversation or see whether it stays open.

    :param engine: where the engine is, since a wildcard means each address of its host.
    :param published: what the engine publishes of the container; several entries for a port are one for each family.
    :param request: the port inside the container, and what to say.
    :param declared: which of them is meant, as the deployment file says it.
    """
    ends = [end for end in published if (end.port, end.proto) == (request.port, request.proto)]
    if not ends:
        return Unreadable(f"{request.port}/{request.proto} is not published")
    ends = [end for end in ends if is_declared(end, declared)]
    if not ends:
        return Unreadable(f"{request.port}/{request.proto} is not published on {declared}")
    end = min(ends, key=lambda one: ":" in one.host_ip)
    words = Words(request.send, request.enough, request.reads, request.within_s, LINGER_S)
    try:
        return talk(_address(engine, end.host_ip), end.host_port, end.proto, words)
    except (OSError, UnicodeError) as error:
        return Unreadable(f"the engine's host {engine.host_port[0]}: {in_words(error)}")


def _address(engine: EngineAddress, host_ip: str) -> str:
    if engine.socket_path or host_ip not in _WILDCARDS:
        return _WILDCARDS.get(host_ip, host_ip)
    host, port = engine.host_port
    return str(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][4][0])
