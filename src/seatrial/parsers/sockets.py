"""Listeners: netlink messages of sock_diag(7), and the tables of ``/proc/net`` (proc(5))."""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from seatrial.errors import CouldNotLook, CutShort

PROTOCOLS = {6: "tcp", 17: "udp"}
FAMILIES = {2: 4, 10: 6}
_BY_FAMILY, _ERROR, _DONE = 20, 2, 3
_INTERRUPTED = 0x10
_V6ONLY = 11
_MESSAGE = 72
_STATES = {"tcp": "0A", "udp": "07"}
_ROW = re.compile(r" *\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} ([0-9A-F]{2}) (.*)")
_REST = re.compile(r"[0-9A-F]{8}:([0-9A-F]{8}) [0-9A-F]{2}:[0-9A-F]{8,16} [0-9A-F]{8} +\d+ +\d+ (\d+)(?: .*)?")


@dataclass(frozen=True, slots=True)
class Bound:
    """A socket that waits for peers, before it is known who holds it."""

    proto: str
    family: int
    address: str
    port: int
    inode: int
    queue: int
    v6only: bool | None = None
    backlog: int | None = None
    file: str = ""


def byte_order(elf: bytes) -> str:
    """``<`` or ``>`` from the first six bytes of an ELF file of that machine (elf(5), ``EI_DATA``).

    :raises CouldNotLook: when it is none.
    """
    order = {1: "<", 2: ">"}.get(elf[5]) if len(elf) >= 6 and elf.startswith(b"\x7fELF") else None
    if order is None:
        raise CouldNotLook("the byte order of the machine is not known")
    return order


def of_diag(data: bytes, proto: str, order: str) -> tuple[Bound, ...]:
    """Read a dump of sock_diag(7).

    :param order: of the machine, see :func:`byte_order`.
    :raises CutShort: when its end is missing.
    :raises CouldNotLook: when the kernel said no, or the list changed while it was read.
    """
    return tuple(_bound(body, proto, order) for body in entries(data, order))


def entries(data: bytes, order: str) -> Iterator[bytes]:
    """Each socket of a dump of sock_diag(7), as the kernel tells it.

    :raises CutShort: when its end is missing.
    :raises CouldNotLook: when the kernel said no, or the list changed while it was read.
    """
    for kind, flags, body in _messages(data, order):
        if flags & _INTERRUPTED:
            raise CouldNotLook("the list of sockets changed while it was read")
        if kind == _DONE:
            return
        if kind == _ERROR:
            raise CouldNotLook("the kernel refused its list of sockets")
        if kind == _BY_FAMILY:
            yield body
    raise CutShort("the list of sockets has no end")


def _messages(data: bytes, order: str) -> Iterator[tuple[int, int, bytes]]:
    at = 0
    while at + 16 <= len(data):
        length, kind, flags = struct.unpack_from(order + "IHH", data, at)
        if length < 16 or at + length > len(data):
            raise CutShort("the list of sockets is cut")
        yield kind, flags, data[at + 16 : at + length]
        at += (length + 3) & ~3


def _bound(body: bytes, proto: str, order: str) -> Bound:
    if len(body) < _MESSAGE or body[0] not in FAMILIES:
        raise CutShort("an entry of the list of sockets is cut")
    family = FAMILIES[body[0]]
    address = str(IPv4Address(body[8:12]) if family == 4 else IPv6Address(body[8:24]))
    queue, backlog, _, inode = struct.unpack_from(order + "IIII", body, 56)
    port = int.from_bytes(body[4:6], "big")
    v6only = _v6only(body[_MESSAGE:], family, order)
    return Bound(proto, family, address, port, inode, queue, v6only, backlog if proto == "tcp" else None)


def _v6only(attributes: bytes, family: int, order: str) -> bool | None:
    told = attributes_of(attributes, order).get(_V6ONLY, b"") if family == 6 else b""
    return bool(told[0]) if told else None


def attributes_of(data: bytes, order: str) -> dict[int, bytes]:
    """Attributes behind an entry, by their numbers (netlink(7), ``struct nlattr``)."""
    found, at = {}, 0
    while at + 4 <= len(data):
        length, kind = struct.unpack_from(order + "HH", data, at)
        if length < 4:
            break
        found[kind] = data[at + 4 : at + length]
        at += (length + 3) & ~3
    return found


def of_table(data: bytes, proto: str, family: int, order: str) -> tuple[Bound, ...]:
    """Read ``/proc/net/tcp``, ``tcp6``, ``udp`` or ``udp6``; without a byte, one of IPv6 is of a kernel without it.

    :raises CutShort: when its first line is missing, or a line is not as proc(5) says.
    """
    lines = data.decode("ascii", "replace").splitlines()
    if not lines and family == 6:
        return ()
    if not lines or "local_address" not in lines[0]:
        raise CutShort(f"/proc/net/{proto} has no first line")
    rows = [row for row in (_row(line) for line in lines[1:]) if row[2] == _STATES[proto]]
    return tuple(_of_row(row, proto, family, order) for row in rows)


def _row(line: str) -> tuple[str, str, str, str]:
    match = _ROW.fullmatch(line)
    if match is None:
        raise CutShort("a line of /proc/net is not as proc(5) says")
    return match[1], match[2], match[3], match[4]


def _of_row(row: tuple[str, str, str, str], proto: str, family: int, order: str) -> Bound:
    rest = _REST.fullmatch(row[3])
    if rest is None or len(row[0]) != (8 if family == 4 else 32):
        raise CutShort("a line of /proc/net is not as proc(5) says")
    return Bound(proto, family, _address(row[0], order), int(row[1], 16), int(rest[2]), int(rest[1], 16))


def _address(words: str, order: str) -> str:
    """The kernel prints each 32-bit word of the address as a number of its own byte order."""
    raw = b"".join(struct.pack(order + "I", int(words[at : at + 8], 16)) for at in range(0, len(words), 8))
    return str(IPv4Address(raw) if len(raw) == 4 else IPv6Address(raw))
