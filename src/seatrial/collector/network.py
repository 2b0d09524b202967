"""The networks of all targets: who listens there, and connections to them."""

import os
import socket
from collections.abc import Sequence
from typing import Any

from seatrial.collector.inet import InetEnd, dial
from seatrial.collector.kernel import DUMPS, diag_socket, dump, sockets
from seatrial.collector.namespaces import CLONE_NEWNET, namespace
from seatrial.collector.paths import raw
from seatrial.collector.reading import read
from seatrial.collector.talk import Talk
from seatrial.collector.target import Target
from seatrial.collector.unix import UnixEnd, UnixSocket, bound_name, dump_unix, file_of_stat, unix_sockets
from seatrial.collector.wire import Wire, reason

CLIENT_PORTS = "/proc/sys/net/ipv4/ip_local_port_range"
TABLES = {(2, 6): "tcp", (10, 6): "tcp6", (2, 17): "udp", (10, 17): "udp6"}


class Networks:
    """The networks of all targets, each asked through one socket that was made in it.

    :param request: see docs/collector.md.
    :param home: our own network, to come back to; -1 where that cannot be.
    """

    def __init__(self, request: dict[str, Any], wire: Wire, home: int) -> None:
        self._request, self._wire, self._home = request, wire, home
        self._diags: dict[int, socket.socket] = {}
        self._listeners: dict[int, dict[tuple[int, int], list[tuple[str, int, int]]]] = {}
        self._unix: dict[int, list[UnixSocket]] = {}

    def tell_sockets(self, target: Target) -> None:
        """Who waits for peers: from the kernel's own list, else from its tables."""
        try:
            dumps = self._dumps(target)
        except OSError:
            self._tables(target)
        else:
            for (family, proto), data in dumps.items():
                self._wire.put("diag", target.number, family, proto, payload=data)
            self._listeners[target.net_key] = {key: list(sockets(data)) for key, data in dumps.items()}
        if target.asked.get("unix"):
            self._tell_unix(target)

    def _tell_unix(self, target: Target) -> None:
        for index, path in enumerate(target.asked["unix"]):
            if not path.startswith("@"):
                self._wire.tell("unixfile", target.number, index, of=lambda path=path: _file(target, path).encode())  # type: ignore[misc]
        try:
            data = dump_unix(self._diag(target))
        except OSError:
            self._table("unix", "unix", target, target.number)
            return
        self._wire.put("unixdiag", target.number, payload=data)
        self._unix[target.net_key] = unix_sockets(data)

    def _dumps(self, target: Target) -> dict[tuple[int, int], bytes]:
        diag = self._diag(target)
        return {key: dump(diag, *key) for key in DUMPS}

    def _diag(self, target: Target) -> socket.socket:
        if self._request.get("tables"):
            raise OSError(0, "sock_diag is not asked for")
        if target.net_key not in self._diags:
            with namespace(target.net, self._home, CLONE_NEWNET):
                self._diags[target.net_key] = diag_socket()
        return self._diags[target.net_key]

    def _tables(self, target: Target) -> None:
        for (family, proto), name in TABLES.items():
            if family == socket.AF_INET or os.path.exists(f"{target.at}/net/{name}"):
                self._table("net", name, target, target.number, family, proto)
            else:
                self._wire.put("net", target.number, family, proto)

    def _table(self, kind: str, name: str, target: Target, *numbers: int) -> None:
        self._wire.tell(kind, *numbers, of=lambda: read(f"{target.at}/net/{name}"))

    def tell_client_ports(self, target: Target) -> None:
        """The kernel shows in ``/proc/sys/net`` the network of who reads it."""
        if not target.asked.get("client_ports"):
            return
        self._wire.tell("clientports", target.number, of=lambda: self._client_ports(target))

    def _client_ports(self, target: Target) -> bytes:
        with namespace(target.net, self._home, CLONE_NEWNET):
            return read(CLIENT_PORTS)

    def started(self, target: Target) -> Sequence[Talk]:
        """The conversations with a target, their sockets made in its network."""
        if not target.asked["talks"]:
            return []
        talks = [self._talk(target, index, asked) for index, asked in enumerate(target.asked["talks"])]
        with namespace(target.net, self._home, CLONE_NEWNET):
            for talk in talks:
                talk.open()
        return talks

    def _talk(self, target: Target, index: int, asked: dict[str, Any]) -> Talk:
        key = (target.number, index)
        if asked["proto"] == "unix":
            return Talk(key, asked, self._unix_end(target, asked["path"]))
        udp, port, family = asked["proto"] == "udp", int(asked["port"]), int(asked.get("family", 0))
        found = self._listeners.get(target.net_key, {})
        wanted = socket.IPPROTO_UDP if udp else socket.IPPROTO_TCP
        listeners = [item for (_, number), items in found.items() if number == wanted for item in items]
        return Talk(key, asked, InetEnd(dial(listeners, port, target.asked["addresses"], family), port, udp))

    def _unix_end(self, target: Target, path: str) -> UnixEnd:
        """Of the type that its listener has, where that is known."""
        name = raw(path)
        try:
            file = "" if path.startswith("@") else _file(target, path)
        except OSError:
            file = ""
        known = [each.kind for each in self._unix.get(target.net_key, ()) if each.is_at(bound_name(name), file)]
        return UnixEnd(target.root, name, known[0] if known else socket.SOCK_STREAM)

    def queue(self, talk: Talk, target: "Target | None") -> "int | str | None":
        """Waiting connections of the listener that took this one, by a new look at the kernel's list."""
        diag = self._diags.get(target.net_key) if target is not None else None
        if diag is None:
            return "the kernel's list of sockets cannot be asked here (sock_diag)"
        try:
            return talk.end.waiting(diag)
        except OSError as error:
            return reason(error)


def _file(target: Target, path: str) -> str:
    return file_of_stat(target.root.stat(raw(path)))
