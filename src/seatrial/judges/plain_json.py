"""JSON of which every reader thinks the same: a key that stands twice with two values is not guessed at."""

import json
from typing import Any

_DIGITS = 4000
"""Python reads up to 4300 of an integer (``sys.set_int_max_str_digits``)."""


class ToldTwice(ValueError):
    """One key stands twice in one object, with two values.

    :param key: that key.
    """

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(f"{key} is told twice, with two values")


def load(text: str | bytes) -> Any:
    """Read JSON (RFC 8259 leaves open which of two equal keys counts).

    :raises ToldTwice: where that would matter.
    :raises ValueError: where it is none.
    """
    return json.loads(text, object_pairs_hook=_once, parse_int=_int)


def _int(text: str) -> int | str:
    """A number so long that Python does not read it at once stays as it is written."""
    return int(text) if len(text) <= _DIGITS else text


def canonical(value: Any) -> str:
    """One fixed notation, to compare by: ``true`` is not 1 here, as it would be in Python."""
    return json.dumps(value, sort_keys=True)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found and canonical(found[key]) != canonical(value):
            raise ToldTwice(key)
        found[key] = value
    return found
