"""A YAML file as a tree of texts that know where they stand; no type is guessed: ``no`` and ``22:22`` stay texts."""

from dataclasses import dataclass

NULLS = frozenset({"", "~", "null", "Null", "NULL"})
"""YAML's ways to say nothing, without quotes."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """One text.

    :param line: from 1.
    :param column: from 1.
    :param plain: whether it stood without quotes.
    """

    line: int
    column: int
    text: str = ""
    plain: bool = True

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


@dataclass(frozen=True, slots=True)
class Table:
    """A YAML mapping, in which merge keys (``<<``) are merged already."""

    line: int
    column: int
    entries: tuple[tuple[Scalar, "Node"], ...] = ()

    def entry(self, key: str) -> tuple[Scalar, "Node"] | None:
        """The key and the value of one entry."""
        return next((entry for entry in self.entries if entry[0].text == key), None)


Node = Scalar | Listing | Table
