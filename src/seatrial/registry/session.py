"""A ZooKeeper session whose every answer is awaited with a deadline."""

import logging
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from kazoo.client import KazooClient
from kazoo.exceptions import KazooException, NoAuthError, NoNodeError
from kazoo.handlers.threading import KazooTimeoutError
from kazoo.protocol.states import ZnodeStat
from kazoo.retry import KazooRetry

from seatrial.deadline import Deadline
from seatrial.errors import CutShort, Refused, TooLate
from seatrial.registry.detour import DetourHandler, Dial, Server
from seatrial.sanitise import clean
from seatrial.snapshot import Node, RegistryPath

DATA_CAP = 64 * 1024
"""Most bytes of a node's data that are kept."""

NODES_CAP = 10_000
"""Most children of one path that are read."""

ENDING_S = 1.0
"""Seconds in which a session is ended properly, and again in which it is ended by closing its connection."""

# What kazoo has to say is in our errors; without handlers of their own its loggers would write to the terminal.
_SILENT = logging.getLogger("seatrial.kazoo")
_SILENT.propagate = False
_SILENT.addHandler(logging.NullHandler())
logging.getLogger("kazoo").addHandler(logging.NullHandler())


class Reader:
    """Reads nodes in an open session.

    :param client: a connected client without a chroot.
    :param timeout_s: seconds for each answer.
    """

    def __init__(self, client: KazooClient, timeout_s: float, deadline: Deadline) -> None:
        self._client = client
        self._timeout_s = timeout_s
        self._deadline = deadline

    def check_chroot(self, chroot: str) -> None:
        """Make sure that a chroot is there: kazoo would only warn, and every path below it look empty.

        :raises Refused: when it is not.
        """
        if chroot and self._answer(self._client.exists_async(chroot), chroot) is None:
            names = ", ".join(sorted(self._answer(self._client.get_children_async("/"), "/")))
            raise Refused(f"chroot {chroot} does not exist (children of /: {names})")

    def catch_up(self) -> None:
        """Have the server catch up with its leader: a follower may lag (ZooKeeper, ``sync``)."""
        self._answer(self._client.sync_async("/"), "/")

    def children(self, chroot: str, path: str) -> RegistryPath:
        """The children of a path with their data.

        :raises CouldNotLook: when they cannot be listed; a single one that cannot be read says so itself.
        """
        full = chroot + path
        try:
            names = sorted(self._answer(self._client.get_children_async(full), full))
        except NoNodeError:
            return RegistryPath(path, False, (), self._client.last_zxid, self._server())
        if len(names) > NODES_CAP:
            raise Refused(f"{full} has {len(names)} children, more than {NODES_CAP}")
        asked = [(name, self._client.get_async(f"{full}/{name}")) for name in names]
        found = (self._node(name, f"{full}/{name}", result) for name, result in asked)
        nodes = tuple(node for node in found if node is not None)
        return RegistryPath(path, True, nodes, self._client.last_zxid, self._server())

    def data(self, full: str) -> bytes | None:
        """The bytes of one node, None where it is not there.

        :raises CouldNotLook: where they cannot be read, or are more than are kept of any node.
        """
        node = self.node(full)
        return None if node is None else node.data

    def node(self, full: str) -> Node | None:
        """One node with all its data, None where it is not there.

        :raises CouldNotLook: where it cannot be read, or holds more than is kept of any node.
        """
        try:
            data, stat = self._answer(self._client.get_async(full), full)
        except NoNodeError:
            return None
        if len(data) > DATA_CAP:
            raise Refused(f"{full} holds {len(data)} bytes, more than {DATA_CAP}")
        return _node(full.rpartition("/")[2], bytes(data), stat)

    def names(self, full: str) -> tuple[str, ...] | None:
        """The names of a node's children, sorted, None where the node is not there."""
        try:
            return tuple(sorted(self._answer(self._client.get_children_async(full), full)))
        except NoNodeError:
            return None

    def exists(self, full: str) -> bool:
        """Whether a node is there, which needs no permission."""
        return self._answer(self._client.exists_async(full), full) is not None

    def _node(self, name: str, full: str, result: Any) -> Node | None:
        """One node, None where it vanished since it was listed."""
        try:
            data, stat = self._answer(result, full)
        except NoNodeError:
            return None
        except Refused as error:
            return self._closed_node(name, full, str(error))
        return _node(name, data, stat)

    def _closed_node(self, name: str, full: str, problem: str) -> Node | None:
        """A node whose data an ACL hides: its stat needs no permission."""
        stat = self._answer(self._client.exists_async(full), full)
        return None if stat is None else _node(name, b"", stat, problem)

    def _answer(self, result: Any, path: str) -> Any:
        """Await one answer.

        :raises NoNodeError: as it is, since it is an answer.
        """
        allowed = min(self._timeout_s, self._deadline.left())
        try:
            return result.get(timeout=allowed)
        except NoNodeError:
            raise
        except NoAuthError as error:
            raise Refused(f"NoAuth on {path}: its ACL does not let us read it") from error
        except KazooTimeoutError as error:
            raise TooLate(f"ZooKeeper did not answer about {path} within {allowed:.3g} s") from error
        except KazooException as error:
            raise CutShort(f"lost ZooKeeper while asking about {path}: {_named(error)}") from error

    def _server(self) -> str:
        """The server that answered, empty where kazoo does not tell."""
        if isinstance(self._client.handler, DetourHandler):
            return self._client.handler.last
        # kazoo has no public way to ask this; its own 4lw command() looks in the same place.
        try:
            host, port = self._client._connection._socket.getpeername()[:2]
        except (AttributeError, OSError):
            return ""
        return f"{host}:{port}"


@contextmanager
def session(
    servers: Sequence[Server], timeout_s: float, deadline: Deadline, dial: Dial | None = None
) -> Iterator[Reader]:
    """Open a session, and end it whatever happens.

    :param timeout_s: seconds for connecting and for each answer; asked for as the session's timeout, too.
    :param dial: how the servers are reached, where that is not straight from here.
    :raises TooLate: when no server gives a session in time, as one without a quorum does.
    """
    hosts = ",".join(f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in servers)
    retry = KazooRetry(max_tries=-1, delay=0.05, max_delay=0.5)
    handler = DetourHandler(servers, dial) if dial else None
    asked = handler.hosts if handler else hosts
    client = KazooClient(asked, timeout=timeout_s, connection_retry=retry, logger=_SILENT, handler=handler)
    try:
        _start(client, hosts, min(timeout_s, deadline.left()))
        yield Reader(client, timeout_s, deadline)
    finally:
        _end(client)


def _start(client: KazooClient, hosts: str, allowed: float) -> None:
    client.start_async().wait(timeout=allowed)
    if not client.connected:
        raise TooLate(
            f"ZooKeeper at {hosts} takes connections but gave no session within {allowed:.3g} s: "
            "it hangs, or the ensemble has no quorum"
        )


def _end(client: KazooClient) -> None:
    """End a session; where its server keeps us from that, it ends by itself after its timeout.

    kazoo waits without a limit for its thread, which reads as long as something comes. So a daemon thread waits, and
    a server that hangs or floods loses its connection.
    """
    ending = threading.Thread(target=_stop, args=(client,), name="seatrial-zk-end", daemon=True)
    ending.start()
    ending.join(ENDING_S)
    if ending.is_alive():
        _hang_up(client)
        ending.join(ENDING_S)


def _stop(client: KazooClient) -> None:
    with suppress(KazooException, OSError):
        client.stop()
        client.close()


def _hang_up(client: KazooClient) -> None:
    """Shut the connection down under kazoo, which has no way to do it: what reads or writes there then ends."""
    with suppress(AttributeError, OSError):
        client._connection._socket.shutdown(socket.SHUT_RDWR)


def _node(name: str, data: bytes, stat: ZnodeStat, problem: str = "") -> Node:
    return Node(name, data[:DATA_CAP], stat.ephemeralOwner, stat.ctime / 1000, problem)


def _named(error: Exception) -> str:
    return f"{type(error).__name__} {clean(error, 200)}".strip()
