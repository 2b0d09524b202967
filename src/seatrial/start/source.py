"""A compose file as a tree of texts, variables put in."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from seatrial.yamltree.composer import Rules, read_tree
from seatrial.yamltree.content import content
from seatrial.yamltree.gathering import Mistakes
from seatrial.yamltree.tree import Listing, Node, Scalar, Table
from seatrial.yamltree.variables import interpolated

_LARGEST = 1 << 20
_RULES = Rules(most_values=20_000, tags=True)


def read_source(path: Path, environ: Mapping[str, str], mistakes: Mistakes) -> Node:
    """Read a compose file; a text with a mistake in its variables is an empty one.

    :param environ: the variables that are known.
    :raises SpecError: where it cannot be read, or is no YAML at all.
    """
    root = read_tree(content(path, "compose file", _LARGEST), _RULES, mistakes)
    return Scalar(1, 1) if root is None else _filled(root, environ, mistakes)


def _filled(node: Node, environ: Mapping[str, str], mistakes: Mistakes) -> Node:
    if isinstance(node, Table):
        return replace(node, entries=tuple((key, _filled(value, environ, mistakes)) for key, value in node.entries))
    if isinstance(node, Listing):
        return replace(node, items=tuple(_filled(item, environ, mistakes) for item in node.items))
    return _put_in(node, environ, mistakes) if "$" in node.text else node


def _put_in(node: Scalar, environ: Mapping[str, str], mistakes: Mistakes) -> Scalar:
    """A variable makes a text of a value, so that an empty one is not taken for nothing."""
    try:
        text = interpolated(node.text, environ)
    except ValueError as error:
        mistakes.add(node.line, node.column, str(error))
        text = ""
    return replace(node, text=text, plain=False)
