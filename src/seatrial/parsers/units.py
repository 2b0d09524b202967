"""Units of systemd: ``systemctl show`` (systemctl(1))."""

import re
from collections.abc import Mapping, Sequence

from seatrial.errors import CouldNotLook
from seatrial.host import Unit
from seatrial.sanitise import decode
from seatrial.unreadable import Unreadable

UNIT_PROPERTIES = ("Id", "LoadState", "ActiveState", "SubState", "UnitFileState", "NRestarts", "Type", "MainPID")


def units(data: bytes, names: Sequence[str]) -> Mapping[str, Unit | Unreadable]:
    """Name as it was asked → what systemd says of it; it tells one block for each, in order.

    :raises CouldNotLook: where there are more blocks, or fewer.
    """
    blocks = [block for block in re.split(r"\n\n+", "\n".join(map(decode, data.strip().split(b"\n")))) if block]
    if len(blocks) != len(names):
        raise CouldNotLook(f"systemctl told {len(blocks)} units, and {len(names)} were asked")
    return {name: _unit(name, block) for name, block in zip(names, blocks, strict=True)}


def _unit(name: str, block: str) -> Unit | Unreadable:
    told = dict(line.split("=", 1) for line in block.split("\n") if "=" in line)
    missing = [word for word in ("LoadState", "ActiveState", "SubState") if not told.get(word)]
    if missing:
        return Unreadable(f"systemctl did not tell {missing[0]} of {name}")
    return Unit(
        name=name,
        load=told["LoadState"],
        active=told["ActiveState"],
        sub=told["SubState"],
        enabled=told.get("UnitFileState", ""),
        restarts=_number(told.get("NRestarts", "")),
        type=told.get("Type", ""),
        main_pid=_number(told.get("MainPID", "")),
    )


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 20 else 0
