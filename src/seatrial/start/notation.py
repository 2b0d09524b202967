"""The small notations of a compose file: text in, value out, ValueError with what is allowed."""

import re
import shlex
from collections.abc import Callable

from seatrial.spec.scalars import seconds
from seatrial.start.model import Restart

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(b|kb?|mb?|gb?)?", re.IGNORECASE)
_POWERS = {"b": 0, "k": 1, "m": 2, "g": 3}
_RESTART = re.compile(r"(no|always|unless-stopped)|on-failure(?::(\d{1,4}))?")


def size(text: str) -> int:
    """Read ``64m`` or ``1.5g`` as bytes, in powers of 1024."""
    found = _SIZE.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is no size; write a number with b, k, m or g, such as 64m")
    unit = (found[2] or "b")[0].lower()
    return int(float(found[1]) * 1024 ** _POWERS[unit])


def boolean(text: str) -> bool:
    """Read ``true`` or ``false``, and no other word."""
    if text not in ("true", "false"):
        raise ValueError(f"{text!r} is neither true nor false")
    return text == "true"


def whole(low: int, high: int) -> Callable[[str], int]:
    """A reader of whole numbers from ``low`` to ``high``."""

    def read(text: str) -> int:
        if not re.fullmatch(r"\d{1,9}", text) or not low <= int(text) <= high:
            raise ValueError(f"{text!r} is no whole number from {low} to {high}")
        return int(text)

    return read


def cpus(text: str) -> float:
    """Read a number of CPUs, ``0.5`` say."""
    if not re.fullmatch(r"\d{1,4}(\.\d{1,9})?", text) or not float(text):
        raise ValueError(f"{text!r} is no number of CPUs above 0, such as 0.5")
    return float(text)


def probe_time(text: str) -> float:
    """Read a duration of a health check; the engine takes none between 0 and a millisecond."""
    value = seconds(text)
    if 0 < value < 0.001:
        raise ValueError(f"{text!r} is shorter than the engine's least, 1ms")
    return value


def words(text: str) -> tuple[str, ...]:
    """Split a command as a shell would, without running one."""
    try:
        found = tuple(shlex.split(text))
    except ValueError as error:
        raise ValueError(f"{text!r} is no command: {error}") from None
    if not found:
        raise ValueError("an empty command")
    return found


def restart(text: str) -> Restart:
    """Read a restart policy."""
    found = _RESTART.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is no policy; allowed: no, always, unless-stopped, on-failure, on-failure:5")
    return Restart(found[1] or "on-failure", int(found[2] or 0))


def choice(*allowed: str) -> Callable[[str], str]:
    """A reader that takes one of a few words."""

    def read(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"found {text!r}; allowed: {', '.join(allowed)}")
        return text

    return read


def absolute(text: str) -> str:
    """Read an absolute path inside a container."""
    if not text.startswith("/"):
        raise ValueError(f"{text!r} is no absolute path inside the container")
    return text


def named(pattern: str, what: str) -> Callable[[str], str]:
    """A reader of names of one shape."""

    def read(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(f"{text!r} is no {what}; it must match {pattern}")
        return text

    return read
