"""Versions, and what one is held against: number by number, so that 3.10 is later than 3.9."""

import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from seatrial.spec.scalars import OPERATORS

Numbers = tuple[int, ...]

_LEADING = re.compile(r"[0-9]{1,18}(?:\.[0-9]{1,18})*(?![0-9])")
_WRITTEN = r"(>=|<=|==|!=|>|<)\s*([0-9]{1,18}(?:\.[0-9]{1,18}){0,9})"
_COMPARISON = re.compile(_WRITTEN)


@dataclass(frozen=True, slots=True)
class VersionComparison:
    """What a version is held against.

    :param op: one of ``>= <= == != > <``.
    """

    op: str
    wanted: Numbers

    def holds(self, found: Numbers) -> bool:
        """Whether a version satisfies it; numbers that one of them does not have are 0, so 4.18 is 4.18.0."""
        longest = max(len(found), len(self.wanted))
        return OPERATORS[self.op](_filled(found, longest), _filled(self.wanted, longest))


def version_comparison(text: Any) -> VersionComparison:
    """Read ``>= 3.10``.

    :raises ValueError: for anything else; a number of YAML is refused, since 3.10 would be read as 3.1.
    """
    found = _COMPARISON.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None:
        raise ValueError(
            f"{text!r} is no comparison of versions; write >=, >, <=, <, == or != and a version in quotes: '>= 3.10'"
        )
    return VersionComparison(found[1], leading_numbers(found[2]))


def leading_numbers(version: str) -> Numbers:
    """``4.18.0-553.el8`` → 4, 18, 0; nothing where it does not begin with a number."""
    found = _LEADING.match(version)
    return tuple(int(number) for number in found[0].split(".")) if found else ()


def _filled(numbers: Numbers, length: int) -> Numbers:
    return numbers + (0,) * (length - len(numbers))


def _checked(value: Any) -> Any:
    version_comparison(value)
    return value


Version = Annotated[
    str, BeforeValidator(_checked), WithJsonSchema({"type": "string", "pattern": rf"^\s*{_WRITTEN}\s*$"})
]
