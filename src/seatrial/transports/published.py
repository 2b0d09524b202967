"""Dialling a port that the engine publishes on its host."""

from collections.abc import Sequence
from functools import partial

from seatrial.errors import CouldNotLook
from seatrial.instance import Published
from seatrial.judges.addresses import is_declared
from seatrial.request import TalkRequest
from seatrial.snapshot import Talk, Unreadable
from seatrial.transports.dial import talk, words_of
from seatrial.transports.dialler import Dialler, no_datagrams

LINGER_S = 0.3
"""Seconds to see whether a connection is closed at once, as the engine's proxy does with nothing behind it."""


def talk_to_published(
    dialler: Dialler,
    published: Sequence[Published],
    request: TalkRequest,
    declared: int | str | bool | None = True,
) -> Talk | Unreadable:
    """Connect to a published port, and hold the declared conversation or see whether it stays open.

    :param dialler: of the engine, since a wildcard means each address of its host.
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
    if end.proto == "udp" and not dialler.udp:
        return no_datagrams(end.host_port)
    words = words_of(request, LINGER_S)
    connect = partial(dialler.published, end.host_ip, end.host_port) if end.proto == "tcp" else None
    try:
        return talk(dialler.address(end.host_ip), end.host_port, end.proto, words, connect)
    except CouldNotLook as error:
        return Unreadable(str(error))
