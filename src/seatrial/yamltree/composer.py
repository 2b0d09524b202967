"""Text of a YAML file to a tree with places; of YAML, no more is read than is needed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from seatrial.yamltree.gathering import Mistakes
from seatrial.yamltree.tree import Listing, Node, Scalar, Table

Entries = dict[str, tuple[Scalar, Node]]

_MAX_DEPTH = 40
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


@dataclass(frozen=True, slots=True)
class Rules:
    """What one kind of file may hold of YAML.

    :param most_values: how many values, those of an alias counted wherever it stands.
    :param tags: whether a tag such as ``!!str`` is passed over; else it is a mistake.
    """

    most_values: int
    tags: bool


def read_tree(text: str, rules: Rules, mistakes: Mistakes) -> Node | None:
    """Read YAML text; None where it holds nothing.

    :raises SpecError: where it is no YAML, or larger than the rules allow.
    """
    text = text.removeprefix("\ufeff")
    _refuse_odd_characters(text, mistakes)
    try:
        return _Composer(text, rules, mistakes).document()
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


@dataclass(frozen=True, slots=True)
class _Anchored:
    """What an alias stands for, with the values and levels below it."""

    node: Node
    values: int
    levels: int


class _Composer:
    """Makes nodes of a parser's events, which is done here since PyYAML's own composer overwrites duplicate keys."""

    def __init__(self, text: str, rules: Rules, mistakes: Mistakes) -> None:
        self._events: Iterator[Any] = yaml.parse(text, Loader=_LOADER)
        self._rules = rules
        self._mistakes = mistakes
        self._file = mistakes.file
        self._anchors: dict[str, _Anchored | None] = {}
        self._left = rules.most_values
        self._deepest = 0

    def document(self) -> Node | None:
        next(self._events)
        start = next(self._events)
        if isinstance(start, yaml.StreamEndEvent):
            return None
        root = self._node(next(self._events), 0)
        next(self._events)
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            self._mistakes.add(*_place(after), "a second document begins here; a file holds one")
        return root

    def _node(self, event: Any, depth: int) -> Node:
        self._count(event, 1, depth)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, depth)
        if event.tag is not None and not self._rules.tags:
            self._mistakes.add(*_place(event), f"tag {event.tag} is not read here; remove it (quotes make a text)")
        return self._content(event, depth) if event.anchor is None else self._anchored(event, depth)

    def _count(self, event: Any, values: int, depth: int) -> None:
        self._left -= values
        if depth > self._deepest:
            self._deepest = depth
        if self._left < 0 or depth > _MAX_DEPTH:
            most = f"more than {_MAX_DEPTH} levels or {self._rules.most_values} values, aliases included"
            self._mistakes.fail(*_place(event), most)

    def _content(self, event: Any, depth: int) -> Node:
        line, column = _place(event)
        if isinstance(event, yaml.SequenceStartEvent):
            items = tuple(self._node(each, depth + 1) for each in self._until(yaml.SequenceEndEvent))
            return Listing(line, column, items, self._file)
        if isinstance(event, yaml.MappingStartEvent):
            return Table(line, column, self._entries(depth + 1), self._file)
        return Scalar(line, column, event.value, bool(event.implicit[0]) and event.style in (None, ""), self._file)

    def _anchored(self, event: Any, depth: int) -> Node:
        self._anchors[event.anchor] = None
        left, outer, self._deepest = self._left, self._deepest, depth
        node = self._content(event, depth)
        self._anchors[event.anchor] = _Anchored(node, left - self._left, self._deepest - depth)
        self._deepest = max(outer, self._deepest)
        return node

    def _alias(self, event: Any, depth: int) -> Node:
        if event.anchor not in self._anchors:
            self._mistakes.fail(*_place(event), f"no anchor &{event.anchor} stands above this alias")
        anchored = self._anchors[event.anchor]
        if anchored is None:
            self._mistakes.fail(*_place(event), f"alias *{event.anchor} stands inside its own anchor")
        self._count(event, anchored.values, depth + anchored.levels)
        return anchored.node

    def _until(self, end: type[Any]) -> Iterator[Any]:
        while not isinstance(event := next(self._events), end):
            yield event

    def _entries(self, depth: int) -> tuple[tuple[Scalar, Node], ...]:
        own: Entries = {}
        for event in self._until(yaml.MappingEndEvent):
            key = self._node(event, depth)
            self._left += 1  # a key is no value
            self._keep(key, self._node(next(self._events), depth), own)
        merged: Entries = {}
        if "<<" in own and own["<<"][0].plain:
            merged = self._merged(own.pop("<<")[1])
        return tuple({**merged, **own}.values())

    def _keep(self, key: Node, value: Node, own: Entries) -> None:
        if not isinstance(key, Scalar):
            self._mistakes.add(key.line, key.column, "a key must be a text, and this is none")
        elif key.text in own:
            twice = f"key {key.text[:80]!r} stands here twice, first in line {own[key.text][0].line}"
            self._mistakes.add(key.line, key.column, twice)
        else:
            own[key.text] = key, value

    def _merged(self, value: Node) -> Entries:
        merged: Entries = {}
        for source in value.items if isinstance(value, Listing) else (value,):
            if isinstance(source, Table):
                merged = {**{key.text: (key, entry) for key, entry in source.entries}, **merged}
            else:
                self._mistakes.add(source.line, source.column, "<< takes a mapping, or a list of them")
        return merged


def _place(event: Any) -> tuple[int, int]:
    mark = event.start_mark
    return mark.line + 1, mark.column + 1
