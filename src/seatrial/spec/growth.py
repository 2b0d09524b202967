"""A number of a service's status that must grow between two looks at it."""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from seatrial.spec.scalars import Plain, expected, seconds

GROWS = "grows"

LONGEST_S = 60.0
"""Seconds that may lie between the two: the whole look waits for it."""

_ALLOWED = "write grows, or {grows: true, every: 1s}"


@dataclass(frozen=True, slots=True)
class Growth:
    """What is read twice, and must be more the second time.

    :param every_s: seconds that lie between the two at least.
    """

    every_s: float = 1.0


def expectation(value: Any) -> Any:
    """Read what is expected of a value: that it grows, or what :func:`seatrial.spec.scalars.expected` takes.

    :raises ValueError: for anything else.
    """
    if value == GROWS:
        return Growth()
    return _growth(value) if isinstance(value, dict) else expected(value)


def _growth(value: dict[Any, Any]) -> Growth:
    if unknown := [key for key in value if key not in (GROWS, "every")]:
        raise ValueError(f"unknown key {unknown[0]!r}; {_ALLOWED}")
    if value.get(GROWS) is not True:
        raise ValueError(f"grows is {value.get(GROWS)!r}; {_ALLOWED}")
    every_s = seconds(value.get("every", "1s"))
    if not 0 < every_s <= LONGEST_S:
        raise ValueError(f"every: {value['every']!r} is out of range; allowed: more than 0s, at most 60s")
    return Growth(every_s)


Wanted = Annotated[
    Plain | Growth,
    BeforeValidator(expectation),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": ["string", "number", "boolean"]},
                {
                    "type": "object",
                    "properties": {"grows": {"const": True}, "every": {"type": "string"}},
                    "required": ["grows"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]
