"""The small notations of the deployment file: durations, ports, modes, comparisons."""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from ipaddress import ip_address
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, WithJsonSchema

from seatrial.patterns import check, searcher

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION_SCHEMA = r"^(\d+(\.\d+)?(ms|s|m|h|d))+$"
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")


def seconds(value: Any) -> float:
    """Read ``30s``, ``500ms``, ``5m``, ``2h`` or ``1m30s`` as seconds.

    :raises ValueError: for anything else, a bare number included, since its unit would be a guess.
    """
    text = value if isinstance(value, str) else ""
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"{value!r} is no duration; write a number with a unit, such as 30s, 500ms, 5m or 2h")
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def octal(value: Any) -> int:
    """Read ``"0644"`` as permission bits.

    :raises ValueError: for anything but a string of three or four octal digits.
    """
    if not isinstance(value, str) or not re.fullmatch(r"0?[0-7]{3}", value):
        raise ValueError(f'{value!r} is no file mode; write it in quotes, such as "0644"')
    return int(value, 8)


def share(value: Any) -> float:
    """Read ``80%`` as 0.8.

    :raises ValueError: for anything but a share above 0% and up to 100%.
    """
    if isinstance(value, float):
        return value
    found = re.fullmatch(r"(\d{1,3}(?:\.\d{1,3})?)%", value) if isinstance(value, str) else None
    if found is None or not 0 < float(found[1]) <= 100:
        raise ValueError(f"{value!r} is no share; write a number above 0 and up to 100 with its sign, such as 80%")
    return float(found[1]) / 100


def measured(value: Any) -> float:
    """Read a time over which something is measured while we look.

    :raises ValueError: for anything but a duration of up to 5 s.
    """
    return _within(value, 5.0, "a look lasts so much longer")


def absolute(text: str) -> str:
    """Check that a path does not depend on where we are; its pattern in the schema would refuse variables.

    :raises ValueError: where it does.
    """
    if not text.startswith("/") or one_line(text) != text:
        raise ValueError(f"{text!r} is no absolute path; begin it with /")
    return text


def compiling(pattern: str) -> str:
    """Check that a text is a regular expression, by :func:`seatrial.patterns.check`.

    :raises ValueError: where it is none, or matches everything.
    """
    check(pattern)
    if searcher(pattern)(""):
        raise ValueError(f"{pattern!r} matches everything, the empty text too; write what must be there")
    return pattern


def capturing(pattern: str) -> str:
    """Check that a text is a regular expression with one group, by :func:`compiling`.

    :raises ValueError: where it is none, or has none or several groups.
    """
    groups = re.compile(compiling(pattern)).groups
    if groups != 1:
        raise ValueError(f"{pattern!r} has {groups} groups; put what is wanted in one (…), and others in (?:…)")
    return pattern


def address(text: str) -> str:
    """Check that a text is an IP address, and write it in its usual form.

    :raises ValueError: where it is none.
    """
    try:
        return str(ip_address(text))
    except ValueError:
        raise ValueError(f"{text!r} is no IP address; write one such as 127.0.0.1, 0.0.0.0 or '::'") from None


def publication(value: Any) -> int | str | bool:
    """Check what is said of a published port: a host port, ``address:port``, or true for any.

    :raises ValueError: for anything else.
    """
    host, separator, port = value.rpartition(":") if isinstance(value, str) else ("", "", "")
    number = value if isinstance(value, int) else int(port) if port.isascii() and port.isdecimal() else 0
    if value is not True and (value is False or not 1 <= number <= 65535):
        raise ValueError(f'{value!r} is no published port; write a host port, "127.0.0.1:18080", or true for any')
    return f"{address(host.strip('[]'))}:{number}" if separator else value


def expected(value: Any) -> Any:
    """Check what a value is expected to be, by :func:`comparison`.

    :raises ValueError: for a list, a mapping or nothing, and for a broken comparison.
    """
    if not isinstance(value, str | int | float | bool):
        raise ValueError("must be a text, a number, true or false, or a comparison such as '>= 1'")
    comparison(value)
    return value


def lasting(value: Any) -> float:
    """Read how old something may be: more than nothing, since 0s would ask for nothing, and at most a year.

    :raises ValueError: for what is no duration, or out of range.
    """
    return _within(value, 366 * 86400.0, "366d")


def waiting(value: Any) -> float:
    """Read how long we wait for an answer: at most ten minutes.

    :raises ValueError: for what is no duration, or out of range.
    """
    return _within(value, 600.0, "10m")


def _within(value: Any, longest: float, told: str) -> float:
    if not 0 < (length := seconds(value)) <= longest:
        raise ValueError(f"{value!r} is out of range; allowed: more than 0s, at most {told}")
    return length


def day(value: Any) -> date:
    """Read ``2026-12-31``; a number is no day, though it could be one of seconds since 1970.

    :raises ValueError: for anything else.
    """
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value if isinstance(value, str) and re.fullmatch("[0-9-]{10}", value) else "")
    except ValueError:
        raise ValueError(f"{value!r} is no day; write it as 2026-12-31") from None


def user(value: Any) -> str | int:
    """Check that a value is a user's name or a uid.

    :raises ValueError: for anything else, true and false included.
    """
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**32 - 1:
        return value
    if isinstance(value, str) and re.fullmatch(r"[^\s:]{1,256}", value):
        return value
    raise ValueError(f"{value!r} is no user; write a user name, or a uid from 0 to 4294967294")


def one_line(text: str) -> str:
    """Check that a text has no line break.

    :raises ValueError: where it has one.
    """
    if "\n" in text or "\r" in text:
        raise ValueError(f"{text[:80]!r} holds a line break; write one line")
    return text


Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*\Z", max_length=64)]
Text = Annotated[str, StringConstraints(min_length=1)]
AbsolutePattern = Annotated[str, StringConstraints(min_length=1, max_length=4096), AfterValidator(absolute)]
Line = Annotated[str, StringConstraints(min_length=1), AfterValidator(one_line)]
HttpPath = Annotated[str, StringConstraints(pattern=r"^/[!-~]*\Z")]
AbsolutePath = Annotated[str, StringConstraints(pattern=r"^/[^\x00\r\n]*\Z", max_length=4096)]
UnixAddress = Annotated[
    str, StringConstraints(pattern=r"^(/[^\x00\r\n]*[^/\x00\r\n]|@[^\x00\r\n]+)\Z", max_length=4096)
]
UtcOffset = Annotated[str, StringConstraints(pattern=r"^[+-](0[0-9]|1[0-4]):[0-5][0-9]\Z")]
PortNumber = Annotated[int, Field(ge=1, le=65535, strict=True)]
_DURATION_JSON = WithJsonSchema({"type": "string", "pattern": _DURATION_SCHEMA})
VariableName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]*\Z", max_length=256)]
Share = Annotated[float, BeforeValidator(share), WithJsonSchema({"type": "string", "pattern": r"^\d{1,3}(\.\d+)?%$"})]
Over = Annotated[float, BeforeValidator(measured), _DURATION_JSON]
Duration = Annotated[float, BeforeValidator(lasting), _DURATION_JSON]
Deadline = Annotated[float, BeforeValidator(waiting), _DURATION_JSON]
Day = Annotated[date, BeforeValidator(day), WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"})]
User = Annotated[
    str | int, BeforeValidator(user), WithJsonSchema({"type": ["string", "integer"], "minLength": 1, "minimum": 0})
]
Mode = Annotated[int, BeforeValidator(octal), WithJsonSchema({"type": "string", "pattern": "^0?[0-7]{3}$"})]
Regex = Annotated[str, StringConstraints(min_length=1), AfterValidator(compiling)]
Capture = Annotated[str, StringConstraints(min_length=1), AfterValidator(capturing)]
Address = Annotated[str, AfterValidator(address)]
Publication = Annotated[
    int | str | bool, BeforeValidator(publication), WithJsonSchema({"type": ["integer", "string", "boolean"]})
]
Expected = Annotated[
    str | int | float | bool, BeforeValidator(expected), WithJsonSchema({"type": ["string", "number", "boolean"]})
]

OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}
"""How comparisons are written."""

_COMPARISON = re.compile(r"(>=|<=|==|!=|>|<)\s*(-?\d+(?:\.\d+)?)")
_RANGE = re.compile(r"(-?\d+(?:\.\d+)?)\s*\.\.\s*(-?\d+(?:\.\d+)?)")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?", re.ASCII)
"""As other programs write numbers; Python itself would also take 1_0, nan and the digits of other scripts."""

Plain = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a value is held against.

    :param op: one of ``>= <= == != > <``, ``..`` for a range with both ends, or ``is`` for a plain value.
    :param wanted: the plain value, the number, or both ends of the range.
    """

    op: str
    wanted: Plain | Decimal | tuple[Decimal, Decimal]

    def holds(self, found: object) -> bool:
        """Whether a value that was found satisfies it; a text that is a number counts as that number."""
        if self.op == "is":
            return _same(self.wanted, found)
        number = number_in(found)
        if number is None:
            return False
        if isinstance(self.wanted, tuple):
            return self.wanted[0] <= number <= self.wanted[1]
        return OPERATORS[self.op](number, self.wanted)


def comparison(wanted: Plain) -> Comparison:
    """Read ``>= 1``, ``< 5``, ``1..5``, or a plain value that must be equal.

    :raises ValueError: for a text that begins like a comparison and is none.
    """
    if not isinstance(wanted, str):
        return Comparison("is", wanted)
    text = wanted.strip()
    if found := _COMPARISON.fullmatch(text):
        return Comparison(found[1], Decimal(found[2]))
    if (found := _RANGE.fullmatch(text)) and Decimal(found[1]) > Decimal(found[2]):
        raise ValueError(f"{wanted!r} holds for no number; write the smaller one first")
    if found:
        return Comparison("..", (Decimal(found[1]), Decimal(found[2])))
    if text[:1] in ("<", ">", "=", "!"):
        raise ValueError(f"{wanted!r} is no comparison; write one such as '>= 1', '< 5', '!= 0' or '1..5'")
    return Comparison("is", wanted)


def _same(wanted: object, found: object) -> bool:
    if isinstance(wanted, bool) or isinstance(found, bool):
        return _truth(wanted) is not None and _truth(wanted) == _truth(found)
    if isinstance(wanted, str):
        return isinstance(found, str) and wanted == found
    return number_in(found) is not None and number_in(found) == number_in(wanted)


def _truth(value: object) -> bool | None:
    return value if isinstance(value, bool) else {"true": True, "false": False}.get(str(value).lower())


def number_in(value: object) -> Decimal | None:
    """The number that a value is, or that its text is as other programs write it; None for any other.

    Exactly that number: a counter may be larger than what a float tells apart.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        return None
    try:
        number = Decimal(value if isinstance(value, int) else str(value))
    except InvalidOperation:  # an exponent that is longer than any number
        return None
    return number if number.is_finite() else None
