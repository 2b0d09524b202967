"""Dialling a container at its own address from the engine's host."""

import socket
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from seatrial.request import TalkRequest
from seatrial.snapshot import Talk, Unreadable
from seatrial.transports.dial import talk, words_of
from seatrial.transports.dialler import Dialler, Here, no_datagrams
from seatrial.transports.engine_address import EngineAddress

LINGER_S = 0.3
"""Seconds to see whether a connection is closed at once."""


def talk_to_container(
    dialler: Dialler, address: EngineAddress, addresses: Sequence[str], request: TalkRequest
) -> Talk | Unreadable:
    """Connect to a port of a container, over the engine's networks.

    :param address: of the engine; only its own host has a way into its networks.
    :param addresses: of the container.
    :raises CouldNotLook: when the dialler could not ask.
    """
    if not address.socket_path and not address.ssh:
        return Unreadable("the engine is on another machine, and only that one has a way into its networks")
    own = next(iter(addresses), "")
    if not own:
        return Unreadable("the container has no network of its own")
    if request.proto == "udp" and not dialler.udp:
        return no_datagrams(request.port)
    connect = partial(dialler.inside, own, request.port) if request.proto == "tcp" else None
    made = talk(own, request.port, request.proto, words_of(request, LINGER_S), connect)
    return replace(made, source=_source(own, request.port)) if isinstance(dialler, Here) else made


def _source(address: str, port: int) -> str:
    """Our address on the way there; connecting a UDP socket sends nothing (udp(7))."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.connect((address, port))
            return str(sock.getsockname()[0])
    except OSError:
        return ""
