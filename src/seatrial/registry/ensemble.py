"""The deployment's ZooKeeper, for questions of the user's own tests: it is only read."""

from collections.abc import Callable
from typing import TypeVar

from seatrial.deadline import Deadline
from seatrial.errors import CouldNotLook, Unknown
from seatrial.registry.connect_string import connect_string
from seatrial.registry.detour import Dial
from seatrial.registry.probe import answering
from seatrial.registry.session import Reader, session
from seatrial.spec.deployment import ZooKeeperSpec

T = TypeVar("T")

TURNS = 4
"""Timeouts of the ensemble for one question."""


class Ensemble:
    """Reads nodes; each question opens a session of its own, is preceded by a sync and has a deadline.

    :param spec: where it is; its ``timeout`` bounds the connecting and each answer.
    :param resolve: turns a host of the connect string into one that can be dialled.
    :param dial: how the servers are reached, where that is not straight from here.
    """

    def __init__(self, spec: ZooKeeperSpec, resolve: Callable[[str], str], dial: Dial | None = None) -> None:
        self._spec, self._resolve, self._dial = spec, resolve, dial

    def get(self, path: str) -> bytes:
        """The data of a node.

        :raises LookupError: where it is not there.
        :raises Unknown: where it could not be read.
        """
        return _there(path, self._ask(lambda reader, full: reader.data(full), path))

    def children(self, path: str) -> tuple[str, ...]:
        """The names of a node's children, sorted.

        :raises LookupError: where the node itself is not there.
        :raises Unknown: where they could not be read.
        """
        return _there(path, self._ask(lambda reader, full: reader.names(full), path))

    def exists(self, path: str) -> bool:
        """Whether a node is there.

        :raises Unknown: where that could not be read.
        """
        return self._ask(lambda reader, full: reader.exists(full), path)

    def _ask(self, ask: Callable[[Reader, str], T], path: str) -> T:
        if not path.startswith("/"):
            raise ValueError(f"a path of ZooKeeper begins with a slash: {path!r}")
        deadline = Deadline.within(TURNS * self._spec.timeout)
        try:
            wanted = connect_string(self._spec.hosts)
            servers = [(self._resolve(host), port) for host, port in wanted.servers]
            taking = answering(servers, self._spec.timeout, self._dial)
            with session(taking, self._spec.timeout, deadline, self._dial) as reader:
                reader.check_chroot(wanted.chroot)
                reader.catch_up()
                return ask(reader, (wanted.chroot + path).rstrip("/") or "/")
        except CouldNotLook as error:
            raise Unknown(f"{path}: {error}") from error


def _there(path: str, found: T | None) -> T:
    if found is None:
        raise LookupError(f"{path} is not there")
    return found
