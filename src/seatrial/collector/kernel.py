"""What the standard library does not wrap: openat2(2), fstatfs(2), setns(2) and sock_diag(7)."""

import ctypes
import os
import socket
import struct
import sys
from collections.abc import Iterator

_OPENAT2 = 437
_RESOLVE_IN_ROOT = 0x10
_SOCK_DIAG_BY_FAMILY = 20
_NLM_F_REQUEST_DUMP = 0x301
_NLM_F_DUMP_INTR = 0x10
_NLMSG_ERROR, _NLMSG_DONE = 2, 3
_NETLINK_SOCK_DIAG = 4
_LISTEN, _CLOSE = 10, 7
_DUMP_CAP = 8 << 20
_TRIES = 3

_LIBC = ctypes.CDLL(None, use_errno=True)
_LIBC.syscall.restype = ctypes.c_long

DUMPS = tuple((family, proto) for proto in (6, 17) for family in (2, 10))
"""Address families and protocols of all listeners: IPv4 and IPv6, TCP and UDP, by their numbers in the kernel."""


def openat2(root: int, path: bytes, flags: int) -> int:
    """Open a path as if the root were ``/``: no link leaves it (openat2(2), RESOLVE_IN_ROOT, kernel 5.6).

    :raises OSError: ENOSYS on older kernels.
    """
    how = struct.pack("=QQQ", flags, 0, _RESOLVE_IN_ROOT)
    return _checked(
        _LIBC.syscall(ctypes.c_long(_OPENAT2), ctypes.c_long(root), path, how, ctypes.c_size_t(len(how))), path
    )


def setns(fd: int, kind: int) -> None:
    """Move this thread into a namespace (setns(2)).

    :raises OSError: where that is refused.
    """
    _checked(_LIBC.setns(fd, kind))


def filesystem(fd: int) -> int:
    """The number of the kind of filesystem that holds a file, ``f_type`` of statfs(2)."""
    buffer = ctypes.create_string_buffer(256)
    _checked(_LIBC.fstatfs(fd, buffer))
    return int(struct.unpack_from("=I" if sys.byteorder == "little" else "=xxxxI", buffer)[0])


def diag_socket() -> socket.socket:
    """A socket that may ask this network namespace for its sockets; it stays there when we leave."""
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _NETLINK_SOCK_DIAG)
    sock.settimeout(2.0)
    return sock


def dump(sock: socket.socket, family: int, proto: int) -> bytes:
    """All listeners of one family and protocol as netlink messages: TCP in LISTEN, UDP in CLOSE (sock_diag(7))."""
    state = _LISTEN if proto == socket.IPPROTO_TCP else _CLOSE
    return dump_of(sock, struct.pack("=BBBxI", family, proto, 0, 1 << state) + bytes(48))


def dump_of(sock: socket.socket, asked: bytes) -> bytes:
    """All sockets that a request of sock_diag(7) asks for, as netlink messages.

    :raises OSError: where the kernel refuses, or the list changed whenever it was read.
    """
    ask = struct.pack("=IHHII", 16 + len(asked), _SOCK_DIAG_BY_FAMILY, _NLM_F_REQUEST_DUMP, 1, 0) + asked
    for _ in range(_TRIES):
        sock.send(ask)
        data, interrupted = _answer(sock)
        if not interrupted:
            return data
    raise OSError(0, "the list of sockets changed whenever it was read")


def _answer(sock: socket.socket) -> tuple[bytes, bool]:
    data, interrupted, ended = b"", False, False
    while not ended and len(data) < _DUMP_CAP:
        piece = sock.recv(1 << 18)
        for kind, flags, body in messages(piece):
            if kind == _NLMSG_ERROR:
                code = -struct.unpack_from("=i", body)[0]
                raise OSError(code, os.strerror(code))
            interrupted = interrupted or bool(flags & _NLM_F_DUMP_INTR)
            ended = ended or kind == _NLMSG_DONE
        data += piece
    return data, interrupted


def messages(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Type, flags and body of each netlink message (netlink(7))."""
    at = 0
    while at + 16 <= len(data):
        length, kind, flags = struct.unpack_from("=IHH", data, at)
        if length < 16:
            return
        yield kind, flags, data[at + 16 : at + length]
        at += (length + 3) & ~3


def sockets(data: bytes) -> Iterator[tuple[str, int, int]]:
    """Address, port and receive queue of each socket in a dump (``struct inet_diag_msg``)."""
    for kind, _, body in messages(data):
        if kind == _SOCK_DIAG_BY_FAMILY and len(body) >= 72:
            family, size = (socket.AF_INET, 4) if body[0] == socket.AF_INET else (socket.AF_INET6, 16)
            port = struct.unpack_from("!H", body, 4)[0]
            yield socket.inet_ntop(family, body[8 : 8 + size]), port, struct.unpack_from("=I", body, 56)[0]


def _checked(result: int, path: bytes = b"") -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), os.fsdecode(path) or None)
    return int(result)
