"""What the machine itself is, from the frames of either reader."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType

from seatrial.errors import CouldNotLook
from seatrial.host import Engine, HostFacts, Mount, Place, Unit
from seatrial.parsers import mounts
from seatrial.parsers.cron import cron_lines
from seatrial.parsers.files import is_missing, stat_line
from seatrial.parsers.frames import Frames
from seatrial.parsers.links import links
from seatrial.parsers.processes import or_why
from seatrial.parsers.units import units
from seatrial.request import HostRequest
from seatrial.sanitise import clean, decode
from seatrial.unreadable import Unreadable

_MACHINE_ID = re.compile(r"[0-9a-f]{32}")
_ZONE = re.compile(r".*/zoneinfo/(?:posix/|right/)?([A-Za-z0-9_+/-]+)")
_UTC = frozenset(("UTC", "Etc/UTC", "UCT", "Etc/UCT", "Zulu", "Etc/Zulu", "Universal", "Etc/Universal"))
_NO_ENGINE = (b"No such file or directory", b"Connection refused")


def host_facts(frames: Frames, request: HostRequest) -> HostFacts:
    """Everything that was asked of the machine itself."""
    return HostFacts(
        machine_id=or_why(lambda: machine_id(frames.read("machineid"))),
        kernel=or_why(lambda: _line(frames.read("kernel"))),
        timezone=or_why(lambda: _timezone(frames)),
        mounts=MappingProxyType(dict(_mounts(frames, request.mounts))),
        sysctls=MappingProxyType(
            {name: or_why(partial(_parameter, frames, index)) for index, name in enumerate(request.sysctls)}
        ),
        cron=or_why(lambda: cron_lines(frames)) if request.cron else (),
        units=MappingProxyType(_units(frames, request.units)),
        engine=or_why(lambda: _engine(frames)) if request.engine else None,
        places=MappingProxyType(dict(_places(frames, request.places))),
    )


def machine_id(data: bytes) -> str:
    """The id in ``/etc/machine-id`` (machine-id(5)).

    :raises CouldNotLook: where there is none, as before a first boot.
    """
    found = decode(data).strip()
    if not _MACHINE_ID.fullmatch(found):
        raise CouldNotLook("/etc/machine-id holds no machine id")
    return found


def _line(data: bytes) -> str:
    found = decode(data).strip()
    if not found:
        raise CouldNotLook("it is empty")
    return found


def _timezone(frames: Frames) -> str:
    """Where ``/etc/localtime`` leads; without that file the zone is UTC (localtime(5))."""
    path = next((path for path in reversed(links(frames, "zonelink")) if _ZONE.fullmatch(path)), "")
    zone = found[1] if (found := _ZONE.fullmatch(path)) else ""
    there = _is_there(frames)
    if zone and not there and zone not in _UTC:
        raise CouldNotLook(f"/etc/localtime leads to {path}, which is not there, so programs take UTC")
    if zone:
        return zone
    return _of_a_copy(frames) if there else "UTC"


def _of_a_copy(frames: Frames) -> str:
    """Programs read ``/etc/localtime``; who copied it there need not have changed the name in ``/etc/timezone``."""
    try:
        name = _line(frames.read("timezone"))
    except CouldNotLook:
        raise CouldNotLook("/etc/localtime is a file without a name: neither a link nor beside /etc/timezone") from None
    try:
        same = frames.read("localtime") == frames.read("zoneinfo")
    except CouldNotLook as error:
        raise CouldNotLook(f"whether /etc/localtime is {name}, as in /etc/timezone, cannot be told: {error}") from None
    if not same:
        raise CouldNotLook(f"/etc/localtime is a file of its own, and not the zone {name} that /etc/timezone names")
    return name


def _is_there(frames: Frames) -> bool:
    frame = frames.find("zonefile")
    if frame is not None and frame.status and is_missing(frame.payload, frame.status):
        return False
    stat_line(frames.read("zonefile"))
    return True


def _mounts(frames: Frames, paths: tuple[str, ...]) -> Iterator[tuple[str, Mount | Unreadable | None]]:
    if not paths:
        return
    table = or_why(lambda: mounts.mountinfo(frames.read("mountinfo")))
    for index, path in enumerate(paths):
        yield path, table if isinstance(table, Unreadable) else or_why(partial(_mount, frames, index, path, table))


def _mount(frames: Frames, index: int, path: str, table: tuple[mounts.Mounted, ...]) -> Mount | None:
    """What is mounted there, or where links at the path lead."""
    found = mounts.at(table, (path, *links(frames, "mountlink", index))[-1])
    if found is None:
        return None
    stacked = sum(one.point == found.point for one in table)
    return replace(mounts.mount(found, frames.read("statvfs", index)), stacked=stacked)


def _places(frames: Frames, paths: tuple[str, ...]) -> Iterator[tuple[str, Place | Unreadable | None]]:
    if not paths:
        return
    table = or_why(lambda: mounts.mountinfo(frames.read("mountinfo")))
    for index, path in enumerate(paths):
        yield path, table if isinstance(table, Unreadable) else or_why(partial(_place, frames, index, table))


def _place(frames: Frames, index: int, table: tuple[mounts.Mounted, ...]) -> Place | None:
    frame = frames.find("place", index)
    if frame is not None and frame.status and is_missing(frame.payload, frame.status):
        return None
    return mounts.place(table, frames.read("place", index))


def _parameter(frames: Frames, index: int) -> str | None:
    frame = frames.find("sysctl", index)
    if frame is not None and frame.status and is_missing(frame.payload, frame.status):
        return None
    return " ".join(decode(frames.read("sysctl", index)).split())


def _units(frames: Frames, names: tuple[str, ...]) -> Mapping[str, Unit | Unreadable]:
    if not names:
        return {}
    found = or_why(lambda: units(frames.read("units"), names))
    return dict.fromkeys(names, found) if isinstance(found, Unreadable) else dict(found)


def _engine(frames: Frames) -> Engine:
    frame = frames.find("engine")
    if frame is not None and frame.status and frame.payload.strip().endswith(_NO_ENGINE):
        return Engine("", f"its socket /var/run/docker.sock: {frame.reason}")
    try:
        version = json.loads(frames.read("engine"))["Version"]
    except (ValueError, KeyError, TypeError):
        raise CouldNotLook("what the engine answers is not understood") from None
    if not isinstance(version, str) or not version:
        raise CouldNotLook("the engine does not tell its version")
    return Engine(clean(version, 100))
