"""Files: lines of ``stat -c '%f %u %g %s %Y %i %y'``, whoever wrote them, and ``/etc/passwd``."""

import re
import stat
from dataclasses import dataclass

from seatrial.errors import CouldNotLook
from seatrial.sanitise import decode

_LINE = re.compile(
    r"([0-9a-f]{1,8}) (\d{1,10}) (\d{1,10}) (\d{1,20}) (-?\d{1,20})(?:\.(\d{9}))? (\d{1,20})"
    r"(?: \d+-\d\d-\d\d \d\d:\d\d:\d\d(?:\.(\d{1,9}))?(?: [+-]\d{4})?)?\n?",
    re.ASCII,
)
_KINDS = {
    stat.S_IFREG: "regular",
    stat.S_IFDIR: "directory",
    stat.S_IFSOCK: "socket",
    stat.S_IFIFO: "fifo",
    stat.S_IFBLK: "block",
    stat.S_IFCHR: "char",
}
_NOT_THERE = (b"No such file or directory", b"Not a directory")
_NO_TOOL = 127
HEAD_CAP = 64 * 1024
"""Bytes that a reader brings of the beginning of a file."""


@dataclass(frozen=True, slots=True)
class FileStat:
    """What stat(2) says.

    :param mtime: seconds since the epoch, with a fraction where the reader could tell it.
    """

    kind: str
    mode: int
    uid: int
    gid: int
    size: int
    mtime: float
    inode: int


def stat_line(data: bytes) -> FileStat:
    """Read one line of stat.

    :raises CouldNotLook: when it is not one.
    """
    match = _LINE.fullmatch(data.decode("ascii", "replace"))
    kind = _KINDS.get(stat.S_IFMT(int(match[1], 16))) if match else None
    if match is None or kind is None:
        raise CouldNotLook("what stat says of it is not understood")
    fraction = match[6] or match[8] or "0"
    mtime = int(match[5]) + int(fraction) / 10 ** len(fraction)
    mode = stat.S_IMODE(int(match[1], 16))
    return FileStat(kind, mode, int(match[2]), int(match[3]), int(match[4]), mtime, int(match[7]))


def is_missing(reason: bytes, status: int) -> bool:
    """Whether a look failed because nothing is at the path, in the words of the kernel (strerror(3), locale C)."""
    return status != _NO_TOOL and reason.strip().endswith(_NOT_THERE)


def users(passwd: bytes) -> dict[str, int]:
    """User name → uid; the first line of a name counts, as for getpwnam(3); a line cut at the cap does not."""
    found: dict[str, int] = {}
    for line in passwd.split(b"\n")[: -1 if len(passwd) >= HEAD_CAP else None]:
        fields = line.split(b":")
        if len(fields) >= 4 and fields[0] and fields[2].isdigit():
            found.setdefault(decode(fields[0]), int(fields[2][:10]))
    return found
