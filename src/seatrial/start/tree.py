"""A YAML file as a tree of texts with places: no type is guessed, ``no``, ``22:22`` and ``010`` stay what they are."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import yaml

from seatrial.start.problems import Problems
from seatrial.start.variables import interpolated

MAX_BYTES = 1 << 20
_MAX_NODES = 20_000
_MAX_DEPTH = 40
_NULLS = ("", "~", "null", "Null", "NULL")


@dataclass(frozen=True, slots=True)
class Scalar:
    """One text; ``plain`` when it stood without quotes."""

    line: int
    column: int
    text: str = ""
    plain: bool = True

    @property
    def null(self) -> bool:
        """True for YAML's ways to say nothing."""
        return self.plain and self.text in _NULLS


@dataclass(frozen=True, slots=True)
class Listing:
    """A YAML sequence."""

    line: int
    column: int
    items: tuple["Node", ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A YAML mapping; merge keys (``<<``) are already merged in."""

    line: int
    column: int
    entries: tuple[tuple[Scalar, "Node"], ...] = ()


Node = Scalar | Listing | Table


def planted(text: str, environ: Mapping[str, str], problems: Problems) -> Node:
    """Read YAML text; mistakes in its values go to ``problems`` and leave an empty scalar in their place.

    :raises SpecError: where it is no YAML at all.
    """
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        problems.fail(line, column, f"no YAML: {getattr(error, 'problem', None) or error}")
    except RecursionError:
        problems.fail(1, 1, "nested too deeply")
    return Scalar(1, 1) if root is None else _Planter(environ, problems).node(root, 0)


@dataclass(slots=True)
class _Planter:
    environ: Mapping[str, str]
    problems: Problems
    left: int = field(default=_MAX_NODES)

    def node(self, raw: yaml.Node, depth: int) -> Node:
        line, column = _place(raw)
        self.left -= 1
        if self.left < 0 or depth > _MAX_DEPTH:
            self.problems.add(line, column, f"more than {_MAX_NODES} values or {_MAX_DEPTH} levels, aliases included")
            return Scalar(line, column)
        if isinstance(raw, yaml.MappingNode):
            return Table(line, column, tuple(self._entries(raw, depth)))
        if isinstance(raw, yaml.SequenceNode):
            return Listing(line, column, tuple(self.node(item, depth + 1) for item in raw.value if self.left >= 0))
        return self._scalar(raw, line, column)

    def _scalar(self, raw: yaml.Node, line: int, column: int) -> Scalar:
        try:
            text = interpolated(raw.value, self.environ)
        except ValueError as error:
            self.problems.add(line, column, str(error))
            text = ""
        return Scalar(line, column, text, getattr(raw, "style", None) is None and "$" not in raw.value)

    def _entries(self, raw: yaml.MappingNode, depth: int) -> list[tuple[Scalar, Node]]:
        own: dict[str, tuple[Scalar, Node]] = {}
        merged: dict[str, tuple[Scalar, Node]] = {}
        for key, value in raw.value:
            if self.left < 0:
                break
            self._entry(key, value, depth, own, merged)
        return list({**merged, **own}.values())

    def _entry(
        self,
        key: yaml.Node,
        value: yaml.Node,
        depth: int,
        own: dict[str, tuple[Scalar, Node]],
        merged: dict[str, tuple[Scalar, Node]],
    ) -> None:
        line, column = _place(key)
        if key.tag == "tag:yaml.org,2002:merge":
            merged.update(self._merged(value, depth))
        elif not isinstance(key, yaml.ScalarNode):
            self.problems.add(line, column, "a key must be a plain name")
        elif key.value in own:
            first = own[key.value][0].line
            self.problems.add(line, column, f"key {key.value!r} stands here twice, first in line {first}")
        else:
            own[key.value] = (Scalar(line, column, key.value), self.node(value, depth + 1))

    def _merged(self, value: yaml.Node, depth: int) -> dict[str, tuple[Scalar, Node]]:
        sources = value.value if isinstance(value, yaml.SequenceNode) else [value]
        merged: dict[str, tuple[Scalar, Node]] = {}
        for source in reversed(sources):
            node = self.node(source, depth + 1)
            if isinstance(node, Table):
                merged.update({key.text: (key, entry) for key, entry in node.entries})
            else:
                self.problems.add(*_place(source), "<< merges mappings only")
        return merged


def _place(raw: yaml.Node) -> tuple[int, int]:
    return raw.start_mark.line + 1, raw.start_mark.column + 1
