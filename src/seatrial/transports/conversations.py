"""The declared conversations with the listeners of one container, made from here, over its own addresses."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from ipaddress import ip_address

from seatrial.snapshot import Listener, Talk, Unreadable
from seatrial.transports.dial import Dialled, Words, dial
from seatrial.transports.request import TalkRequest, TargetRequest

Listeners = tuple[Listener, ...] | Unreadable

_WILDCARDS = ("0.0.0.0", "::")
_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Conversation:
    """One conversation, whose connection may still be open.

    :param listener: the listener that was meant to take it, None where none was seen.
    """

    request: TalkRequest
    listener: Listener | None
    made: Dialled | Unreadable

    @property
    def waits(self) -> bool:
        """Whether the only question is if the connection is accepted; its accept queue then has to be read again."""
        return not self.request.reads and self.request.proto == "tcp" and self._talk.connected

    @property
    def _talk(self) -> Talk:
        return self.made.talk if isinstance(self.made, Dialled) else Talk("", False)

    def told(self, listeners: Listeners | None) -> Talk | Unreadable:
        """What happened, with the accept queue as it is now.

        :param listeners: what was read while the connection was open, None where it was not read.
        """
        if isinstance(self.made, Unreadable):
            return self.made
        return replace(self.made.talk, queue_after=self._queue(listeners)) if self.waits else self.made.talk

    def _queue(self, listeners: Listeners | None) -> int | Unreadable:
        if listeners is None or isinstance(listeners, Unreadable):
            return listeners or Unreadable("its accept queue was not read")
        queues = [one.queue for one in listeners if self.listener is not None and one.inode == self.listener.inode]
        return queues[0] if queues else Unreadable("the listener was gone while the connection was open")


@contextmanager
def conversations(request: TargetRequest, listeners: Listeners) -> Iterator[tuple[Conversation, ...]]:
    """Hold all conversations of a container at the same time; their connections are closed at the end of the block."""
    with ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="seatrial-dial") as pool:
        held = tuple(pool.map(lambda each: _conversation(each, request.addresses, listeners), request.talks))
    try:
        yield held
    finally:
        for each in held:
            if isinstance(each.made, Dialled):
                each.made.close()


def told(held: Sequence[Conversation], listeners: Listeners | None) -> Mapping[str, Talk | Unreadable]:
    """What happened in each conversation, by its key."""
    return {each.request.key: each.told(listeners) for each in held}


def _conversation(request: TalkRequest, addresses: Sequence[str], listeners: Listeners) -> Conversation:
    if isinstance(listeners, Unreadable):
        found: list[Listener] = []
    else:
        found = [one for one in listeners if (one.port, one.proto) == (request.port, request.proto)]
    listener, address = _end(request, addresses, found)
    if isinstance(address, Unreadable):
        return Conversation(request, listener, address)
    words = Words(request.send, request.enough, request.reads, request.within_s)
    return Conversation(request, listener, dial(address, request.port, request.proto, words))


def _end(
    request: TalkRequest, addresses: Sequence[str], found: Sequence[Listener]
) -> tuple[Listener | None, str | Unreadable]:
    """The listener to talk to and the address to dial: always one of the container's own."""
    if not addresses:
        return None, Unreadable("the container has no address of its own; the exec vehicle has nothing to dial")
    for listener in found:
        for address in addresses:
            if _takes(listener, address):
                return listener, address
    if not found:
        return None, addresses[0]  # nothing was seen to listen: being refused is an answer
    bound = ", ".join(sorted({one.address for one in found}))
    if all(ip_address(one.address.removeprefix("::ffff:")).is_loopback for one in found):
        return found[0], Unreadable(f"{request.key} is bound to loopback ({bound}); the exec vehicle cannot dial it")
    return found[0], Unreadable(f"{request.key} is bound to {bound}, which is no address of the container")


def _takes(listener: Listener, address: str) -> bool:
    """Whether a listener takes connections to an address (ipv6(7): ``::`` takes IPv4 too, unless it is IPV6_V6ONLY)."""
    if listener.address not in _WILDCARDS:
        return listener.address in (address, f"::ffff:{address}")
    if ":" in address:
        return listener.family == 6
    return listener.family == 4 or listener.v6only is not True
