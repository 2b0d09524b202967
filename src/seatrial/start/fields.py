"""A cursor into a compose file that reads values and gathers mistakes instead of stopping at the first."""

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from seatrial.yamltree.gathering import Mistakes
from seatrial.yamltree.tree import Listing, Node, Scalar, Table

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Field:
    """One value of the file and where it stands.

    :param path: ``services.relay.ports[0]``, for messages.
    """

    path: str
    node: Node
    mistakes: Mistakes

    @property
    def null(self) -> bool:
        """True where the file says nothing."""
        return isinstance(self.node, Scalar) and self.node.null

    @property
    def listed(self) -> bool:
        """True for a sequence."""
        return isinstance(self.node, Listing)

    @property
    def mapped(self) -> bool:
        """True for a mapping."""
        return isinstance(self.node, Table)

    def complain(self, message: str) -> None:
        """Gather a mistake at this place."""
        self.mistakes.add(self.node.line, self.node.column, f"{self.path}: {message}")

    def text(self) -> str:
        """The text of this value, empty with a mistake gathered where it is no single, filled one."""
        if isinstance(self.node, Scalar) and not self.node.null:
            return self.node.text
        self.complain(f"expected a text, found {self._kind()}")
        return ""

    def read(self, notation: Callable[[str], Value], otherwise: Value) -> Value:
        """The text of this value read by ``notation``, whose ValueError is gathered as a mistake."""
        text = self.text()
        if not isinstance(self.node, Scalar) or self.node.null:
            return otherwise
        try:
            return notation(text)
        except ValueError as error:
            self.complain(str(error))
            return otherwise

    def items(self) -> list["Field"]:
        """The values of a list."""
        if not isinstance(self.node, Listing):
            self.complain(f"expected a list, found {self._kind()}")
            return []
        return [Field(f"{self.path}[{at}]", item, self.mistakes) for at, item in enumerate(self.node.items)]

    def entries(self) -> dict[str, "Field"]:
        """The values of a mapping whose keys are free names."""
        if self.null:
            return {}
        if not isinstance(self.node, Table):
            self.complain(f"expected a mapping, found {self._kind()}")
            return {}
        return {key.text: Field(f"{self.path}.{key.text}", value, self.mistakes) for key, value in self.node.entries}

    def keys(self, allowed: Iterable[str]) -> dict[str, "Field"]:
        """The filled values of a mapping with known keys; any other key is gathered as a mistake."""
        allowed = tuple(allowed)
        found = self.entries()
        if isinstance(self.node, Table):
            for key, _ in self.node.entries:
                if key.text not in allowed:
                    self.mistakes.add(key.line, key.column, f"{self.path}: {unknown('key', key.text, allowed)}")
        return {key: value for key, value in found.items() if key in allowed and not value.null}

    def _kind(self) -> str:
        if isinstance(self.node, Scalar):
            return "nothing" if self.node.null else f"{self.node.text[:60]!r}"
        return "a list" if self.listed else "a mapping"


def unknown(what: str, name: str, allowed: Iterable[str]) -> str:
    """Say that a name is not known, which one is near, and which ones there are."""
    allowed = sorted(allowed)
    near = difflib.get_close_matches(name, allowed, 1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return f"unknown {what} {name[:60]!r}; {hint}allowed: {', '.join(allowed) or 'none'}"
