"""How much must be left of something: a share of it in per cent, or an amount."""

import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

_UNITS = {
    "B": 1,
    **{f"{letter}B": 1000**power for power, letter in enumerate("kMGTP", 1)},
    **{f"{letter}iB": 1024**power for power, letter in enumerate("KMGTP", 1)},
}
_SHARE = r"([0-9]{1,2}(?:\.[0-9]{1,3})?)%"
_SIZE = rf"([0-9]{{1,12}}(?:\.[0-9]{{1,3}})?)\s?({'|'.join(_UNITS)})"


@dataclass(frozen=True, slots=True)
class Room:
    """The least that must be left.

    :param share: per cent of the whole, 0.0 where an amount is wanted.
    :param amount: how much, 0.0 where a share is wanted.
    """

    share: float
    amount: float

    def enough(self, left: int, whole: int) -> bool:
        """Whether so much of the whole satisfies it."""
        return left * 100 >= self.share * whole and left >= self.amount


def room(value: str | int) -> Room:
    """Read ``10%``, ``5GiB``, ``500MB``, or a plain number of things.

    :raises ValueError: for anything else, and for 0, which would ask for nothing.
    """
    wanted = _room(value)
    if wanted.share <= 0 and wanted.amount <= 0:
        raise ValueError(f"{value!r} asks for nothing; write the least that must be left")
    return wanted


def _room(value: str | int) -> Room:
    if not isinstance(value, str):
        return Room(0.0, float(value))
    if share := re.fullmatch(_SHARE, value):
        return Room(float(share[1]), 0.0)
    if size := re.fullmatch(_SIZE, value):
        return Room(0.0, float(size[1]) * _UNITS[size[2]])
    raise ValueError(f"{value!r} is nothing that can be left; write such as 10%")


def size(value: Any) -> int:
    """Read ``512MiB`` as bytes.

    :raises ValueError: for anything else; a bare number is refused, since its unit would be a guess.
    """
    found = re.fullmatch(_SIZE, value) if isinstance(value, str) else None
    if found is None or float(found[1]) <= 0:
        raise ValueError(f"{value!r} is no size; write a number with its unit, such as 512MiB or 2GB")
    return int(float(found[1]) * _UNITS[found[2]])


def _space(value: Any) -> Any:
    """A bare number is refused, since its unit would be a guess."""
    if not isinstance(value, str) or not (re.fullmatch(_SHARE, value) or re.fullmatch(_SIZE, value)):
        raise ValueError(f"{value!r} is no space on a disk; write such as 10%, 5GiB or 500MB")
    room(value)
    return value


def _inodes(value: Any) -> Any:
    """Units are for bytes."""
    is_number = isinstance(value, int) and not isinstance(value, bool) and value < 2**63
    if not is_number and not (isinstance(value, str) and re.fullmatch(_SHARE, value)):
        raise ValueError(f"{value!r} is no number of inodes; write such as 5% or 100000")
    room(value)
    return value


_A_SHARE = {"type": "string", "pattern": f"^{_SHARE}$"}
Space = Annotated[
    str, BeforeValidator(_space), WithJsonSchema({"type": "string", "pattern": f"^(?:{_SHARE}|{_SIZE})$"})
]
Inodes = Annotated[
    str | int, BeforeValidator(_inodes), WithJsonSchema({"anyOf": [_A_SHARE, {"type": "integer", "minimum": 1}]})
]
Bytes = Annotated[int, BeforeValidator(size), WithJsonSchema({"type": "string", "pattern": f"^{_SIZE}$"})]
