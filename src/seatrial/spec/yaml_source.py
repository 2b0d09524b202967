"""A deployment file as plain values that know where they stand."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seatrial.errors import Problem
from seatrial.spec.spot import Spot, locate
from seatrial.spec.values import plain_values
from seatrial.yamltree.composer import Rules, read_tree
from seatrial.yamltree.gathering import Mistakes, Path
from seatrial.yamltree.tree import Node

_RULES = Rules(most_values=200_000, tags=False)


@dataclass(frozen=True, slots=True)
class Source:
    """What a file says, and where.

    :param value: its plain values, variables put in.
    :param root: the same as texts with places.
    :param problems: place and problem of each mistake in the notation.
    """

    value: Any
    root: Node
    file: str
    problems: tuple[tuple[str, Problem], ...]

    def spot(self, path: Path) -> Spot:
        """Where a path leads, as far as the file has it."""
        return locate(self.root, path)

    def where(self, path: Path) -> str:
        """``file:line:column`` of a value."""
        node = self.spot(path).node
        return Mistakes(self.file).where(node.line, node.column)


def read_yaml(text: str, file: str, environ: Mapping[str, str]) -> Source:
    """Read YAML text and put variables in.

    :param file: its name, for messages.
    :param environ: where variables are looked up.
    :raises SpecError: where it is no YAML, or holds nothing.
    """
    gathered = Mistakes(file)
    root = read_tree(text, _RULES, gathered)
    if root is None:
        gathered.fail(1, 1, "is empty; a deployment file begins with deployment: and its name")
    value = plain_values(root, environ, gathered)
    return Source(value, root, file, tuple((problem.where, problem) for problem in gathered.problems()))
