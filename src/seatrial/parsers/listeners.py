"""Listeners of one target, joined with the processes that hold them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from seatrial.parsers.frames import Frames
from seatrial.parsers.sockets import FAMILIES, PROTOCOLS, Bound, byte_order, of_diag, of_table
from seatrial.parsers.unix_sockets import of_unix_diag, of_unix_table
from seatrial.snapshot import Listener, Unreadable

Held = Mapping[int, frozenset[int] | Unreadable]
"""Pid inside the target → inodes of its sockets."""


def bound(frames: Frames) -> tuple[Bound, ...]:
    """All sockets that wait for peers, from sock_diag where the reader could ask it, else from ``/proc/net``.

    :raises CouldNotLook: when a list is missing or cut.
    """
    order = byte_order(frames.read("elf"))
    return tuple(item for number in PROTOCOLS for family in FAMILIES for item in _list(frames, family, number, order))


def _list(frames: Frames, family: int, number: int, order: str) -> tuple[Bound, ...]:
    if frames.find("diag", family, number) is not None:
        return of_diag(frames.read("diag", family, number), PROTOCOLS[number], order)
    return of_table(frames.read("net", family, number), PROTOCOLS[number], FAMILIES[family], order)


def bound_unix(frames: Frames) -> tuple[Bound, ...]:
    """All unix sockets that listen, from sock_diag where the reader could ask it, else from ``/proc/net/unix``.

    :raises CouldNotLook: when the list is missing or cut.
    """
    if frames.find("unixdiag") is not None:
        return of_unix_diag(frames.read("unixdiag"), byte_order(frames.read("elf")))
    return of_unix_table(frames.read("unix"))


def listeners(sockets: Iterable[Bound], held: Held | Unreadable) -> tuple[Listener, ...]:
    """Say of each socket who holds it."""
    return tuple(sorted((_listener(socket, held) for socket in sockets), key=_order))


def _order(item: Listener) -> tuple[str, int, int, str, int]:
    return (item.proto, item.port, item.family, item.address, item.inode)


def _listener(socket: Bound, held: Held | Unreadable) -> Listener:
    return Listener(
        proto=socket.proto,
        family=socket.family,
        address=socket.address,
        port=socket.port,
        inode=socket.inode,
        owners=owners(socket.inode, held),
        queue=socket.queue,
        v6only=socket.v6only,
        backlog=socket.backlog,
        file=socket.file,
    )


def owners(inode: int, held: Held | Unreadable) -> tuple[int, ...] | Unreadable:
    """Who holds a socket; not nobody, where there is somebody whose files could not be seen."""
    if isinstance(held, Unreadable):
        return held
    found = tuple(sorted(pid for pid, inodes in held.items() if not isinstance(inodes, Unreadable) and inode in inodes))
    return found or next(_blind(held), ())


def _blind(held: Held) -> Iterator[Unreadable]:
    for pid, inodes in held.items():
        if isinstance(inodes, Unreadable):
            yield Unreadable(f"the open files of pid {pid} could not be read: {inodes.reason}")


def with_owners(listener: Listener, held: Held) -> Listener:
    """The same listener, with owners that a second look shows where the first showed none."""
    if isinstance(listener.owners, tuple) and listener.owners:
        return listener
    found = owners(listener.inode, held)
    return replace(listener, owners=found) if isinstance(found, tuple) and found else listener
