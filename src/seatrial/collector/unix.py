"""Unix sockets: who listens, and the other end of a connection to one (unix(7), sock_diag(7))."""

import os
import socket
import struct
from collections.abc import Iterator

from seatrial.collector.kernel import dump_of, messages
from seatrial.collector.paths import Root

_UNIX, _LISTENS = 1, 10
_SHOW_NAME, _SHOW_VFS, _SHOW_QUEUE = 0x1, 0x2, 0x10
_NAME, _VFS, _QUEUE = 0, 1, 4
_HEAD = 16
_BY_FAMILY = 20


def dump_unix(diag: socket.socket) -> bytes:
    """All unix sockets that listen in a network, as netlink messages (``struct unix_diag_req`` of sock_diag(7))."""
    asked = struct.pack("=BBHIIIII", _UNIX, 0, 0, 1 << _LISTENS, 0, _SHOW_NAME | _SHOW_VFS | _SHOW_QUEUE, 0, 0)
    return dump_of(diag, asked)


def unix_sockets(data: bytes) -> "Iterator[tuple[bytes, int, int, int]]":
    """Name, type, inode of its file, and waiting connections of each socket in a dump.

    An abstract name begins with NUL; the file's inode is 0 where the kernel does not tell.
    """
    for kind, _, body in messages(data):
        if kind != _BY_FAMILY or len(body) < _HEAD:
            continue
        told = _attributes(body[_HEAD:])
        inode = struct.unpack_from("=I", told[_VFS])[0] if len(told.get(_VFS, b"")) >= 4 else 0
        queue = struct.unpack_from("=I", told[_QUEUE])[0] if len(told.get(_QUEUE, b"")) >= 4 else 0
        name = told.get(_NAME, b"")
        yield name if name.startswith(b"\0") else name.rstrip(b"\0"), body[1], inode, queue


def _attributes(data: bytes) -> "dict[int, bytes]":
    found, at = {}, 0
    while at + 4 <= len(data):
        length, kind = struct.unpack_from("=HH", data, at)
        if length < 4:
            break
        found[kind] = data[at + 4 : at + length]
        at += (length + 3) & ~3
    return found


class UnixEnd:
    """A path inside a target, or an abstract name of its network.

    :param root: in which the path leads, links followed.
    :param name: ``/run/app.sock``, or ``@app`` for an abstract one.
    :param kind: its type, ``SOCK_STREAM`` or ``SOCK_SEQPACKET``.
    """

    def __init__(self, root: Root, name: bytes, kind: int) -> None:
        self._root, self._name, self._kind = root, name, kind
        self.where = self.door = name.decode("utf-8", "surrogateescape")
        self._inode = 0

    def made(self) -> socket.socket:
        """A socket that can reach it."""
        return socket.socket(socket.AF_UNIX, self._kind)

    def connect(self, sock: socket.socket) -> bool:
        """Connect at once, which unix sockets do, or not at all while the accept queue is full (connect(2), EAGAIN)."""
        try:
            if self._name.startswith(b"@"):
                sock.connect(b"\0" + self._name[1:])
            else:
                self._connect(sock)
        except BlockingIOError:
            return False
        return True

    def _connect(self, sock: socket.socket) -> None:
        """Through a descriptor of its file: the path is one of the target's, and may be longer than an address."""
        fd = self._root.find(self._name)
        try:
            self._inode = os.fstat(fd).st_ino
            sock.connect(f"/proc/self/fd/{fd}")
        finally:
            os.close(fd)

    def local(self, _sock: socket.socket) -> str:
        """Nothing: ours has no name."""
        return ""

    def waiting(self, diag: socket.socket) -> "int | str":
        """Connections that wait to be accepted there, or why that is not known.

        :param diag: asks the kernel about the network that it is in.
        """
        name = b"\0" + self._name[1:] if self._name.startswith(b"@") else self._name
        found = list(unix_sockets(dump_unix(diag)))
        queues = [queue for _, _, inode, queue in found if inode and inode == self._inode]
        queues = queues or [queue for bound, _, _, queue in found if bound == name]
        return max(queues) if queues else "its listener is not found in the kernel's list by file or by name"
