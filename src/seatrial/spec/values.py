"""A tree of texts to plain values: variables are put in, types are told, surprises are mistakes."""

import unicodedata
from collections.abc import Mapping
from typing import Any

from seatrial.spec.scalar_text import meant_boolean, plain_value
from seatrial.spec.secret import INLINE, is_secret
from seatrial.yamltree.gathering import Mistakes, Path
from seatrial.yamltree.tree import Listing, Node, Scalar, Table
from seatrial.yamltree.variables import interpolated, is_one_variable

_CONTROLS = {"Cc", "Cs"}


def plain_values(root: Node, environ: Mapping[str, str], mistakes: Mistakes, at: Path = ()) -> Any:
    """The values of a tree; where one is a mistake, its text stays in its place.

    :param environ: the variables that are known; only those that the file names are read.
    :param at: path to the tree, from the top of the file.
    """
    return _Converter(environ, mistakes).value(root, at)


class _Converter:
    def __init__(self, environ: Mapping[str, str], mistakes: Mistakes) -> None:
        self._environ = environ
        self._mistakes = mistakes

    def value(self, node: Node, path: Path) -> Any:
        if isinstance(node, Table):
            return {self._key(key, path): self.value(value, (*path, key.text)) for key, value in node.entries}
        if isinstance(node, Listing):
            return [self.value(item, (*path, at)) for at, item in enumerate(node.items)]
        return self._scalar(node, path)

    def _key(self, key: Scalar, path: Path) -> str:
        try:
            if key.plain and key.text != "on":
                _refuse_other_key(key.text)
            _refuse_controls(key.text)
        except ValueError as error:
            self._mistakes.at(key, f"key {key.text[:80]!r}: {error}", path)
        return key.text

    def _scalar(self, node: Scalar, path: Path) -> Any:
        try:
            value = _read(node, self._environ)
            if isinstance(value, str):
                _refuse_controls(value)
        except ValueError as error:
            self._mistakes.at(node, INLINE if is_secret(path) else _meant(node, path) or str(error), path)
            return node.text
        return value


def _meant(node: Scalar, path: Path) -> str:
    """What to say of ``yes`` and its like where only true or false may stand."""
    word = meant_boolean(node.text) if node.plain else ""
    if not word:
        return ""
    from seatrial.spec.mistakes import is_truth  # needed for a mistake only

    return f"found {node.text}; allowed: true or false; write {word}" if is_truth(path) else ""


def _read(node: Scalar, environ: Mapping[str, str]) -> str | int | float | bool:
    text = interpolated(node.text, environ, lone_stays=True)
    if not node.plain or ("$" in node.text and not is_one_variable(node.text)):
        return text
    try:
        value = plain_value(text)
    except ValueError as error:
        raise ValueError(_said_by(node, text) + str(error)) from None
    if value is None:
        raise ValueError(_said_by(node, text) + "there is no value; give one, or leave the key out")
    return value


def _said_by(node: Scalar, text: str) -> str:
    return f"{node.text[:80]} is now {text[:80]!r}: " if "$" in node.text else ""


def _refuse_other_key(text: str) -> None:
    try:
        is_text = isinstance(plain_value(text), str)
    except ValueError:
        is_text = False
    if not is_text:
        raise ValueError(f'YAML does not read it as a text without quotes; write "{text[:80]}"')


def _refuse_controls(text: str) -> None:
    odd = next((each for each in text if unicodedata.category(each) in _CONTROLS and each not in "\n\r\t"), None)
    if odd is not None:
        raise ValueError(f"holds the control character U+{ord(odd):04X}; only line breaks and tabs may stand in a text")
