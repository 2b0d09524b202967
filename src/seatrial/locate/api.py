"""One field of an engine's answer: what is missing is an error, never a default."""

from collections.abc import Mapping
from typing import Any, TypeVar

from seatrial.errors import CouldNotLook
from seatrial.sanitise import clean

T = TypeVar("T")


def field(said: Mapping[str, Any], kind: type[T], *keys: str) -> T:
    """The value below these keys.

    :raises CouldNotLook: when it is missing or of another kind than the API says.
    """
    value: Any = said
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise CouldNotLook(f"the engine's answer has no {'.'.join(keys)}, or not as its API says: {clean(value, 100)}")
    return value
