"""A YAML file as a tree of texts that know where they stand; no type is guessed: ``no`` and ``22:22`` stay texts."""

from dataclasses import dataclass, replace

NULLS = frozenset({"", "~", "null", "Null", "NULL"})
"""YAML's ways to say nothing, without quotes."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """One text.

    :param line: from 1.
    :param column: from 1.
    :param plain: whether it stood without quotes.
    :param file: name of the file that says it, where it is known.
    """

    line: int
    column: int
    text: str = ""
    plain: bool = True
    file: str = ""

    @property
    def null(self) -> bool:
        """Whether it says nothing."""
        return self.plain and self.text in NULLS


@dataclass(frozen=True, slots=True)
class Listing:
    """A YAML sequence."""

    line: int
    column: int
    items: tuple["Node", ...] = ()
    file: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A YAML mapping, in which merge keys (``<<``) are merged already."""

    line: int
    column: int
    entries: tuple[tuple[Scalar, "Node"], ...] = ()
    file: str = ""

    def entry(self, key: str) -> tuple[Scalar, "Node"] | None:
        """The key and the value of one entry."""
        return next((entry for entry in self.entries if entry[0].text == key), None)

    def value(self, key: str) -> "Node | None":
        """The value of one entry."""
        entry = self.entry(key)
        return entry[1] if entry else None

    def by_key(self) -> dict[str, tuple[Scalar, "Node"]]:
        """The entries by the texts of their keys."""
        return {entry[0].text: entry for entry in self.entries}

    def without(self, *keys: str) -> "Table":
        """The same mapping without some of its keys."""
        return replace(self, entries=tuple(entry for entry in self.entries if entry[0].text not in keys))


Node = Scalar | Listing | Table


def values(node: Node, most: int) -> int:
    """How many values a tree holds, those of an alias counted wherever it stands; counting ends above ``most``."""
    if isinstance(node, Scalar):
        return 1
    counted = 1
    for each in node.items if isinstance(node, Listing) else (value for _, value in node.entries):
        counted += values(each, most - counted)
        if counted > most:
            break
    return counted
