"""What an unquoted scalar of YAML means here: the surprises of YAML 1.1 are mistakes, not values."""

import re

from seatrial.yamltree.tree import NULLS

_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_WORDS = re.compile(r"(?:y|n|yes|no|on|off)", re.IGNORECASE)
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?")
_SURPRISES = (
    (re.compile(r"[-+]?0[0-9_]+"), "YAML may read a number that begins with 0 as octal"),
    (re.compile(r"[-+]?0[xXbBoO][0-9a-fA-F_]+"), "YAML reads this as a number in another base"),
    (re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?"), "YAML reads this as a number in base 60"),
    (re.compile(r"[-+]?[0-9]+(?:_[0-9]*)+"), "YAML reads this as a number without its underscores"),
    (re.compile(r"[-+]?\.(?:inf|nan)", re.IGNORECASE), "YAML reads this as infinity or as no number"),
)

_MEANT = {"y": "true", "yes": "true", "on": "true", "n": "false", "no": "false", "off": "false"}

Plain = str | int | float | bool | None


def meant_boolean(text: str) -> str:
    """``true`` or ``false`` for one of the words that YAML 1.1 reads as such, else nothing."""
    return _MEANT.get(text.lower(), "")


def plain_value(text: str) -> Plain:
    """The value of an unquoted scalar: null, true, false, a decimal number, else the text itself.

    :raises ValueError: where YAML 1.1 would make something of it that its writer hardly meant.
    """
    if text in NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _WORDS.fullmatch(text):
        raise ValueError(
            f'found {text} without quotes, which YAML reads as true or false; write "{text}", or true or false'
        )
    if _INTEGER.fullmatch(text) and len(text) < 20:
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    for surprise, what in _SURPRISES:
        if surprise.fullmatch(text):
            raise ValueError(f'found {text} without quotes: {what}; write "{text}" for the text, or a plain number')
    return text
