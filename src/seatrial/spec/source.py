"""What is read as one whole, or as one part of it: plain values that know where they stand."""

from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from seatrial.spec.deployment import DeploymentSpec
from seatrial.spec.spot import Spot, locate
from seatrial.yamltree.gathering import Mistakes, Path
from seatrial.yamltree.tree import Node


@dataclass(frozen=True, slots=True)
class Source:
    """What a model reads, and where it stands.

    :param value: its plain values, variables put in.
    :param root: the same as texts with places.
    :param mistakes: those in the notation.
    :param model: what reads it.
    :param at: path to it, from the top of the file.
    :param in_parts: mistakes that were found when parts of it were read for themselves.
    :param partial: whether it is laid below something else, so that what it does not say is no mistake.
    """

    value: Any
    root: Node
    mistakes: Mistakes
    model: type[BaseModel] = DeploymentSpec
    at: Path = ()
    in_parts: Mistakes = field(default_factory=lambda: Mistakes(""))
    partial: bool = False

    def spot(self, path: Path) -> Spot:
        """Where a path leads, as far as the file has it."""
        return locate(self.root, path)
