"""Unix sockets that listen: netlink messages of sock_diag(7), and ``/proc/net/unix`` (proc(5))."""

import re
import struct
from collections.abc import Mapping

from seatrial.errors import CutShort
from seatrial.parsers.sockets import Bound, attributes_of, entries
from seatrial.sanitise import decode

_HEAD = 16
_NAME, _VFS, _QUEUE = 0, 1, 4
_LISTENS = 0x10000
_ROW = re.compile(r"[0-9a-f]+: [0-9A-F]{8} [0-9A-F]{8} ([0-9A-F]{8}) [0-9A-F]{4} [0-9A-F]{2} +(\d+)(?: (.*))?")


def of_unix_diag(data: bytes, order: str) -> tuple[Bound, ...]:
    """Read a dump of sock_diag(7) about unix sockets in LISTEN (``struct unix_diag_msg``), of those with a name.

    :param order: byte order of the machine.
    :raises CutShort: when its end is missing.
    :raises CouldNotLook: when the kernel said no, or the list changed while it was read.
    """
    found = (_of_entry(body, order) for body in entries(data, order))
    return tuple(one for one in found if one.address)


def _of_entry(body: bytes, order: str) -> Bound:
    if len(body) < _HEAD:
        raise CutShort("an entry of the list of unix sockets is cut")
    told = attributes_of(body[_HEAD:], order)
    queue, backlog = struct.unpack_from(order + "II", told[_QUEUE]) if len(told.get(_QUEUE, b"")) >= 8 else (0, None)
    [inode] = struct.unpack_from(order + "I", body, 4)
    return Bound("unix", 0, _address(told.get(_NAME, b"")), 0, inode, queue, backlog=backlog, file=_file(told, order))


def _file(told: Mapping[int, bytes], order: str) -> str:
    """``8:1 4711`` of ``struct unix_diag_vfs``: of the kernel's number of a device 20 bits are the minor number."""
    if len(told.get(_VFS, b"")) < 8:
        return ""
    inode, device = struct.unpack_from(order + "II", told[_VFS])
    return f"{device >> 20}:{device & 0xFFFFF} {inode}"


def _address(name: bytes) -> str:
    """An abstract name has an @ for its first NUL and all others, as ``/proc/net/unix`` writes it; a path has none."""
    if name.startswith(b"\0"):
        return decode(name.replace(b"\0", b"@"))
    path = decode(name.split(b"\0")[0])
    return f"./{path}" if path.startswith("@") else path


def of_unix_table(data: bytes) -> tuple[Bound, ...]:
    """Read ``/proc/net/unix``; how many wait to be accepted is not in it.

    :raises CutShort: when its first line is missing, or a line is not as proc(5) says.
    """
    lines = decode(data).split("\n")
    if not lines[0].startswith("Num"):
        raise CutShort("/proc/net/unix has no first line")
    return tuple(row for line in lines[1:] if line for row in _of_row(line))


def _of_row(line: str) -> tuple[Bound, ...]:
    found = _ROW.fullmatch(line)
    if found is None:
        raise CutShort("a line of /proc/net/unix is not as proc(5) says")
    if not int(found[1], 16) & _LISTENS or not found[3]:
        return ()
    return (Bound("unix", 0, found[3], 0, int(found[2]), 0),)
