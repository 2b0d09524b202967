"""Unix sockets: who listens, and the other end of a connection to one (unix(7), sock_diag(7))."""

import os
import socket
import struct

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


class UnixSocket:
    """One that listens.

    :ivar name: an abstract one begins with NUL.
    :ivar file: device and inode of its file as stat(2) counts them, empty for an abstract one.
    :ivar queue: connections that wait to be accepted.
    """

    def __init__(self, kind: int, told: "dict[int, bytes]") -> None:
        name = told.get(_NAME, b"")
        self.kind = kind
        self.name = name if name.startswith(b"\0") else name.rstrip(b"\0")
        self.file = file_of_diag(told.get(_VFS, b""))
        self.queue = struct.unpack_from("=I", told[_QUEUE])[0] if len(told.get(_QUEUE, b"")) >= 4 else 0

    def is_at(self, name: bytes, file: str) -> bool:
        """Whether it is the one at a path with that file; where the devices differ, its name must be that as well.

        Some file systems tell stat(2) another device than they have (btrfs).
        """
        if name.startswith(b"\0") or not file:
            return self.name == name
        return self.file == file or (self.name == name and self.file.partition(" ")[2] == file.partition(" ")[2])


def unix_sockets(data: bytes) -> "list[UnixSocket]":
    """All sockets of a dump."""
    bodies = [body for kind, _, body in messages(data) if kind == _BY_FAMILY and len(body) >= _HEAD]
    return [UnixSocket(body[1], _attributes(body[_HEAD:])) for body in bodies]


def file_of_diag(vfs: bytes) -> str:
    """``8:1 4711`` of ``struct unix_diag_vfs``: the kernel's own number of a device has 20 bits for the minor one."""
    if len(vfs) < 8:
        return ""
    inode, device = struct.unpack_from("=II", vfs)
    return f"{device >> 20}:{device & 0xFFFFF} {inode}"


def file_of_stat(found: os.stat_result) -> str:
    """The same of what stat(2) says; sock_diag(7) has 32 bits for an inode."""
    return f"{os.major(found.st_dev)}:{os.minor(found.st_dev)} {found.st_ino & 0xFFFFFFFF}"


def bound_name(path: bytes) -> bytes:
    """As the kernel has it, of ``/run/app.sock`` or ``@app``."""
    return b"\0" + path[1:] if path.startswith(b"@") else path


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
        self._file = ""

    def made(self) -> socket.socket:
        """A socket that can reach it."""
        return socket.socket(socket.AF_UNIX, self._kind)

    def connect(self, sock: socket.socket) -> bool:
        """Connect at once, which unix sockets do, or not at all while the accept queue is full (connect(2), EAGAIN)."""
        try:
            if self._name.startswith(b"@"):
                sock.connect(bound_name(self._name))
            else:
                self._connect(sock)
        except BlockingIOError:
            return False
        return True

    def _connect(self, sock: socket.socket) -> None:
        """Through a descriptor of its file: the path is one of the target's, and may be longer than an address."""
        fd = self._root.find(self._name)
        try:
            self._file = file_of_stat(os.fstat(fd))
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
        name = bound_name(self._name)
        queues = [each.queue for each in unix_sockets(dump_unix(diag)) if each.is_at(name, self._file)]
        return max(queues) if queues else "its listener is not in the kernel's list"
