"""Text of a YAML file to a tree with places: only what a deployment file needs of YAML is read."""

import re
from collections.abc import Iterator
from typing import Any

import yaml

from seatrial.spec.gathering import Mistakes
from seatrial.spec.tree import Listing, Node, Scalar, Table

MAX_DEPTH = 40
MAX_NODES = 200_000

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NOT_YAML = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that a YAML file may not hold as they are, see c-printable in the YAML specification."""
_HINTS = {
    "cannot start any token": "a tab cannot indent, and a value that begins with @, `, % or a tab needs quotes",
    "mapping values are not allowed": "a value that holds ': ' needs quotes; or the indentation is wrong",
    "expected ',' or": "a bracket is not closed, or a comma is missing",
    "unexpected end of stream": "a quote is not closed",
    "could not find expected ':'": "a key needs a colon and a blank after it",
    "did not find expected": "look at the indentation, brackets and quotes here and just above",
}


def read_tree(text: str, mistakes: Mistakes) -> Node:
    """Read YAML text.

    :raises SpecError: where it is no YAML, or holds nothing.
    """
    text = text.removeprefix("\ufeff")
    _refuse_odd_characters(text, mistakes)
    try:
        return _Composer(text, mistakes).document()
    except yaml.YAMLError as error:
        mark, what = getattr(error, "problem_mark", None), str(getattr(error, "problem", None) or error)
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        hint = next((f"; {hint}" for sign, hint in _HINTS.items() if sign in what), "")
        mistakes.fail(line, column, f"no YAML: {what}{hint}")


def _refuse_odd_characters(text: str, mistakes: Mistakes) -> None:
    if odd := _NOT_YAML.search(text):
        line = text.count("\n", 0, odd.start()) + 1
        column = odd.start() - text.rfind("\n", 0, odd.start())
        mistakes.fail(line, column, f"character U+{ord(odd.group()):04X} cannot stand in a YAML file; remove it")


class _Composer:
    """Makes nodes of a parser's events, which is done here since PyYAML's own composer overwrites duplicate keys."""

    def __init__(self, text: str, mistakes: Mistakes) -> None:
        self._events: Iterator[Any] = yaml.parse(text, Loader=_LOADER)
        self._mistakes = mistakes
        self._anchors: dict[str, Node | None] = {}
        self._left = MAX_NODES

    def document(self) -> Node:
        next(self._events)
        start = next(self._events)
        if isinstance(start, yaml.StreamEndEvent):
            self._mistakes.fail(1, 1, "is empty; a deployment file begins with deployment: and its name")
        root = self._node(next(self._events), 0)
        next(self._events)
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            self._mistakes.add(*_place(after), "a second document begins here; one file holds one deployment")
        return root

    def _node(self, event: Any, depth: int) -> Node:
        line, column = _place(event)
        self._left -= 1
        if depth > MAX_DEPTH or self._left < 0:
            self._mistakes.fail(line, column, f"more than {MAX_DEPTH} levels or {MAX_NODES} values")
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        if event.tag is not None:
            self._mistakes.add(line, column, f"tag {event.tag} is not read here; remove it (quotes make a text)")
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        node = self._content(event, depth)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _content(self, event: Any, depth: int) -> Node:
        line, column = _place(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return Listing(
                line, column, tuple(self._node(each, depth + 1) for each in self._until(yaml.SequenceEndEvent))
            )
        if isinstance(event, yaml.MappingStartEvent):
            return Table(line, column, self._entries(depth + 1))
        return Scalar(line, column, event.value, bool(event.implicit[0]) and event.style in (None, ""))

    def _alias(self, event: Any) -> Node:
        line, column = _place(event)
        if event.anchor not in self._anchors:
            self._mistakes.fail(line, column, f"no anchor &{event.anchor} stands above this alias")
        node = self._anchors[event.anchor]
        if node is None:
            self._mistakes.fail(line, column, f"alias *{event.anchor} stands inside its own anchor")
        return node

    def _until(self, end: type[Any]) -> Iterator[Any]:
        while not isinstance(event := next(self._events), end):
            yield event

    def _entries(self, depth: int) -> tuple[tuple[Scalar, Node], ...]:
        own: dict[str, tuple[Scalar, Node]] = {}
        merged: dict[str, tuple[Scalar, Node]] = {}
        for event in self._until(yaml.MappingEndEvent):
            key, value = self._node(event, depth), self._node(next(self._events), depth)
            if not isinstance(key, Scalar):
                self._mistakes.add(key.line, key.column, "a key must be a text, and this is none")
            elif key.text in own:
                first = own[key.text][0].line
                self._mistakes.add(
                    key.line, key.column, f"key {key.text[:80]!r} stands here twice, first in line {first}; keep one"
                )
            else:
                own[key.text] = key, value
        if "<<" in own and own["<<"][0].plain:
            merged = self._merged(own.pop("<<")[1])
        return tuple({**merged, **own}.values())

    def _merged(self, value: Node) -> dict[str, tuple[Scalar, Node]]:
        merged: dict[str, tuple[Scalar, Node]] = {}
        for source in value.items if isinstance(value, Listing) else (value,):
            if isinstance(source, Table):
                merged = {**{key.text: (key, entry) for key, entry in source.entries}, **merged}
            else:
                self._mistakes.add(source.line, source.column, "<< takes a mapping, or a list of them")
        return merged


def _place(event: Any) -> tuple[int, int]:
    return event.start_mark.line + 1, event.start_mark.column + 1
