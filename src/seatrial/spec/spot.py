"""Where in the tree of a deployment file a path leads."""

from dataclasses import dataclass

from seatrial.yamltree.gathering import Path
from seatrial.yamltree.tree import Listing, Node, Scalar, Table


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
