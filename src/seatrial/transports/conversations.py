"""The declared conversations with the listeners of one container, over its own addresses."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from ipaddress import ip_address

from seatrial.errors import CouldNotLook
from seatrial.request import TalkRequest, TargetRequest
from seatrial.snapshot import Listener, Talk, Unreadable
from seatrial.transports.dial import Dialled, dial, words_of
from seatrial.transports.dialler import Here, Inward, no_datagrams

Listeners = tuple[Listener, ...] | Unreadable
QueueOn = Callable[[str, int], int | Unreadable]

_WILDCARDS = ("0.0.0.0", "::")
_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Conversation:
    """One conversation, whose connection may still be open.

    :param address: that was dialled.
    """

    request: TalkRequest
    address: str
    made: Dialled | Unreadable

    @property
    def waits(self) -> bool:
        """Whether the only question is if the connection is accepted; its accept queue then has to be read again."""
        asked = self.request
        return isinstance(self.made, Dialled) and self.made.talk.connected and asked.proto == "tcp" and not asked.reads

    def told(self, queue_on: QueueOn) -> Talk | Unreadable:
        """What happened, with the accept queue as it is now, where that was the question."""
        if isinstance(self.made, Unreadable):
            return self.made
        queue = queue_on(self.address, self.request.port) if self.waits else None
        return replace(self.made.talk, queue_after=queue)


@contextmanager
def conversations(
    request: TargetRequest, listeners: Listeners, dialler: Inward | None = None
) -> Iterator[tuple[Conversation, ...]]:
    """Have all conversations of a container; their connections are closed at the end of the block.

    Those that wait for an answer come first: one that only stays open would keep a service that serves one peer at a
    time from answering them.

    :param dialler: of the engine that runs it; straight from here, where it is not given.
    """
    asking = [each for each in request.talks if each.reads]
    first, again = [each for each in asking if not each.after_s], [each for each in asking if each.after_s]
    silent = [each for each in request.talks if not each.reads]
    held: list[Conversation] = []
    try:
        with ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="seatrial-dial") as pool:
            for talks in (first, again, silent):
                held += pool.map(partial(_conversation, dialler or Here(), request.addresses, listeners), talks)
        yield tuple(held)
    finally:
        for each in held:
            if isinstance(each.made, Dialled):
                each.made.close()


def told(held: Sequence[Conversation], queue_on: QueueOn) -> dict[str, Talk | Unreadable]:
    """What happened in each conversation, by its key.

    :param queue_on: tells the accept queue of an address and port, as read while the connections were open.
    """
    return {each.request.key: each.told(queue_on) for each in held}


def _conversation(
    dialler: Inward, addresses: Sequence[str], listeners: Listeners, request: TalkRequest
) -> Conversation:
    address = _address(request, addresses, () if isinstance(listeners, Unreadable) else listeners)
    if isinstance(address, Unreadable):
        return Conversation(request, "", address)
    return Conversation(request, address, _made(dialler, address, request))


def _made(dialler: Inward, address: str, request: TalkRequest) -> Dialled | Unreadable:
    if request.proto == "udp" and not dialler.udp:
        return no_datagrams(request.port)
    time.sleep(request.after_s)
    connect = partial(dialler.inside, address, request.port) if request.proto == "tcp" else None
    words = words_of(request)
    try:
        return dial(address, request.port, request.proto, words, connect)
    except CouldNotLook as error:
        return Unreadable(str(error))


def _address(request: TalkRequest, addresses: Sequence[str], listeners: Sequence[Listener]) -> str | Unreadable:
    """The address to dial: always one of the container's own, and one on which something listens, where that is so."""
    if request.path:
        return Unreadable("a unix socket takes connections from inside only, and a shell makes none")
    if not addresses:
        return Unreadable("the container has no address of its own; the exec vehicle has nothing to dial")
    if request.family:
        addresses = [one for one in addresses if (":" in one) == (request.family == 6)]
        if not addresses:
            return Unreadable(f"the container has no IPv{request.family} address that can be dialled from outside")
    found = [one for one in listeners if (one.port, one.proto) == (request.port, request.proto)]
    taking = [address for listener in found for address in addresses if _takes(listener, address)]
    if taking or not found:
        return taking[0] if taking else addresses[0]  # nothing was seen to listen: being refused is an answer
    bound = ", ".join(sorted({one.address for one in found}))
    if all(ip_address(one.address.removeprefix("::ffff:")).is_loopback for one in found):
        return Unreadable(f"bound to loopback ({bound}); the exec vehicle cannot dial it")
    return Unreadable(f"bound to {bound}, which is no address of the container")


def _takes(listener: Listener, address: str) -> bool:
    """Whether a listener takes connections to an address (ipv6(7): ``::`` takes IPv4 too, unless it is IPV6_V6ONLY)."""
    if listener.address not in _WILDCARDS:
        return listener.address in (address, f"::ffff:{address}")
    if ":" in address:
        return listener.family == 6
    return listener.family == 4 or listener.v6only is not True
