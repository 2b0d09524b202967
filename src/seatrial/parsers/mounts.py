"""What is mounted where: ``/proc/PID/mountinfo`` (proc(5)) and statvfs(3)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields

from seatrial.errors import CouldNotLook, CutShort
from seatrial.host import Mount, Place
from seatrial.sanitise import decode

_ESCAPED = re.compile(rb"\\([0-7]{3})")
_PLACE = re.compile(rb"(\d{1,20} \d{1,20}) (\d{1,20}) (\d{1,20} \d{1,20} \d{1,20})\n(/.*?)\n?", re.DOTALL)
_SPACE = re.compile(rb"(\d{1,20}) (\d{1,20}) (\d{1,20}) (\d{1,20}) (\d{1,20})\n?")


@dataclass(frozen=True, slots=True)
class Mounted:
    """One line of mountinfo.

    :param number: of this mount.
    :param parent: number of the mount that it is on.
    :param device: ``major:minor`` of the filesystem.
    """

    number: int
    parent: int
    root: str
    point: str
    options: tuple[str, ...]
    fstype: str
    source: str
    device: str


def mountinfo(data: bytes) -> tuple[Mounted, ...]:
    """Read ``/proc/PID/mountinfo``.

    :raises CutShort: where a line is not as proc(5) says.
    """
    return tuple(_line(line) for line in data.split(b"\n") if line)


def _line(line: bytes) -> Mounted:
    before, separator, after = line.partition(b" - ")
    fields, more = before.split(b" "), after.split(b" ")
    if not separator or len(fields) < 6 or len(more) < 3 or not (fields[0] + fields[1]).isdigit():
        raise CutShort("a line of mountinfo is not as proc(5) says")
    options = dict.fromkeys(decode(option) for option in (fields[5] + b"," + more[2]).split(b",") if option)
    return Mounted(
        number=int(fields[0]),
        parent=int(fields[1]),
        root=_text(fields[3]),
        point=_text(fields[4]),
        options=_of_both(tuple(options)),
        fstype=_text(more[0]),
        source=_text(more[1]),
        device=decode(fields[2]),
    )


def _of_both(options: tuple[str, ...]) -> tuple[str, ...]:
    """A mount of a writable filesystem may be ``ro``, and the other way round; then it is not to be written."""
    return tuple(option for option in options if option != "rw") if "ro" in options else options


def _text(field: bytes) -> str:
    return decode(_ESCAPED.sub(lambda found: bytes((int(found[1], 8) & 0xFF,)), field))


def at(mounts: Sequence[Mounted], path: str) -> Mounted | None:
    """What is mounted at a path, as a walk from the root meets it; None where nothing is, or another mount hides it."""
    current = holding(mounts, path)
    return current if current is not None and current.point == path else None


def holding(mounts: Sequence[Mounted], path: str) -> Mounted | None:
    """What a path without links is on; None where the table has no root."""
    numbers = {mount.number for mount in mounts}
    roots = [mount for mount in mounts if mount.point == "/" and mount.parent not in numbers - {mount.number}]
    current = roots[-1] if roots else None
    for place in _prefixes(path):
        while current is not None and (upon := _upon(mounts, current, place)) is not None:
            current = upon
    return current


def _upon(mounts: Sequence[Mounted], below: Mounted, place: str) -> Mounted | None:
    found = [mount for mount in mounts if (mount.parent, mount.point) == (below.number, place) and mount is not below]
    return found[-1] if found else None


def _prefixes(path: str) -> list[str]:
    parts = [part for part in path.split("/") if part]
    return ["/", *("/" + "/".join(parts[: count + 1]) for count in range(len(parts)))]


def mount(mounted: Mounted, space: bytes) -> Mount:
    """A mount with what is left on it.

    :param space: as ``stat -f -c '%S %b %a %c %d'`` writes it.
    :raises CouldNotLook: where it is not that.
    """
    found = _SPACE.fullmatch(space)
    if found is None:
        raise CouldNotLook("what statvfs says of it is not understood")
    block, blocks, left, inodes, inodes_left = map(int, found.groups())
    return Mount(
        point=mounted.point,
        source=mounted.source,
        fstype=mounted.fstype,
        root=mounted.root,
        options=mounted.options,
        size=block * blocks,
        free=block * left,
        inodes=inodes,
        inodes_free=inodes_left,
        device=mounted.device,
    )


def place(mounts: Sequence[Mounted], told: bytes) -> Place:
    """What a path is on, with what is left there.

    :param told: as ``stat -f -c '%S %b %f %a %c %d'`` writes it, and on the next line the path without links.
    :raises CouldNotLook: where it is not that, or the table does not tell what is mounted there.
    """
    found = _PLACE.fullmatch(told)
    if found is None:
        raise CouldNotLook("what statvfs says of it is not understood")
    on = holding(mounts, decode(found[4]))
    if on is None:
        raise CouldNotLook("mountinfo does not tell what it is on")
    known = mount(on, found[1] + b" " + found[3])
    block = int(found[1].split()[0])
    return Place(
        **{field.name: getattr(known, field.name) for field in fields(known)},
        reserved=block * int(found[2]) - known.free,
    )
