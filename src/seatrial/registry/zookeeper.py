"""What is registered in ZooKeeper: one session, one sync, and every wait has a deadline.

kazoo blocks for ever while its connection is suspended, so only its asynchronous calls are used, each awaited with a
timeout. The session is a read-write one: a server without a quorum then refuses it, where it would show old data to
a read-only one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from seatrial.deadline import Deadline
from seatrial.errors import CouldNotLook, TooLate
from seatrial.registry.connect_string import connect_string
from seatrial.registry.detour import Dial
from seatrial.registry.probe import answering
from seatrial.registry.session import session
from seatrial.snapshot import Node, RegistryPath, Unreadable
from seatrial.spec.deployment import ZooKeeperSpec

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Registered:
    """What the registry told.

    :param paths: registration path → its children.
    :param nodes: path of a single node → the node, None where it is not there.
    """

    paths: Mapping[str, RegistryPath | Unreadable]
    nodes: Mapping[str, Node | Unreadable | None]


def unreadable(paths: Sequence[str], nodes: Sequence[str], reason: str) -> Registered:
    """That nothing could be read of all that was asked."""
    return Registered(dict.fromkeys(paths, Unreadable(reason)), dict.fromkeys(nodes, Unreadable(reason)))


def read(
    spec: ZooKeeperSpec,
    paths: Sequence[str],
    nodes: Sequence[str] = (),
    *,
    deadline_s: float | None = None,
    resolve: Callable[[str], str] = str,
    dial: Dial | None = None,
) -> Registered:
    """Read the children of paths, and single nodes; what cannot be read is :class:`Unreadable`, never an empty answer.

    :param spec: where the ensemble is; its ``timeout`` bounds the connecting and each answer.
        After one answer that does not come, nothing more is asked.
    :param deadline_s: seconds for all answers, four times that timeout where it is not given. Ending a session with a
        server that hangs takes up to two seconds more.
    :param resolve: turns a host of the connect string into one that can be dialled.
    :param dial: how the servers are reached, where that is not straight from here.
    """
    deadline = Deadline.within(4 * spec.timeout if deadline_s is None else deadline_s)
    try:
        wanted = connect_string(spec.hosts)
        servers = answering(
            [(resolve(host), port) for host, port in wanted.servers], min(spec.timeout, deadline.left()), dial
        )
        with session(servers, spec.timeout, deadline, dial) as reader:
            reader.check_chroot(wanted.chroot)
            reader.catch_up()
            asked = _Asked()
            children = asked.each(paths, lambda path: reader.children(wanted.chroot, path))
            return Registered(children, asked.each(nodes, lambda path: reader.node(wanted.chroot + path)))
    except CouldNotLook as error:
        return unreadable(paths, nodes, str(error))


class _Asked:
    """Asks one thing after the other, and nothing more once an answer did not come in time."""

    def __init__(self) -> None:
        self._late: Unreadable | None = None

    def each(self, paths: Sequence[str], ask: Callable[[str], T]) -> dict[str, T | Unreadable]:
        """Path → what is told of it."""
        return {path: self._one(path, ask) for path in dict.fromkeys(paths)}

    def _one(self, path: str, ask: Callable[[str], T]) -> T | Unreadable:
        if self._late is not None:
            return self._late
        try:
            return ask(path)
        except TooLate as error:
            self._late = Unreadable(str(error))
            return self._late
        except CouldNotLook as error:
            return Unreadable(str(error))
