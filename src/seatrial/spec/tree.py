"""A YAML file as a tree of texts that know where they stand; no type is guessed yet."""

from dataclasses import dataclass

from seatrial.spec.gathering import Path


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


@dataclass(frozen=True, slots=True)
class Spot:
    """Where in the tree a path leads.

    :param path: as much of it as the file has.
    :param node: the value there.
    :param key: its key, where it has one.
    """

    path: Path
    node: Node
    key: Scalar | None = None


def locate(root: Node, path: Path) -> Spot:
    """Follow a path as far as the file goes; a number that meets a mapping is that of a list with one item left out."""
    spot = Spot((), root)
    for part in path:
        step = _step(spot, part)
        if step is None:
            break
        spot = step
    return spot


def _step(spot: Spot, part: str | int) -> Spot | None:
    match spot.node, part:
        case Table() as table, str():
            entry = table.entry(part)
            return entry and Spot((*spot.path, part), entry[1], entry[0])
        case Listing() as listing, int() if part < len(listing.items):
            return Spot((*spot.path, part), listing.items[part])
        case Table(), int():
            return spot
    return None
