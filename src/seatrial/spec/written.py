"""A deployment file as it is written, together with the files that it includes."""

from dataclasses import dataclass

from seatrial.yamltree.composer import Rules
from seatrial.yamltree.gathering import Mistakes
from seatrial.yamltree.tree import Table

LARGEST = 4 * 1024 * 1024
"""Bytes that a deployment file may have, and those that it includes together."""

RULES = Rules(most_values=200_000, tags=False)


@dataclass(frozen=True, slots=True)
class Written:
    """What the files say, before environments and defaults are made use of.

    :param root: all files as one mapping.
    :param mistakes: those that were found so far.
    :param incomplete: whether a file is missing of which the others may need what it says.
    """

    root: Table
    mistakes: Mistakes
    incomplete: bool = False

    def gathered(self) -> Mistakes:
        """The mistakes so far, to which others can be added."""
        gathered = Mistakes(self.mistakes.file)
        gathered.join(self.mistakes)
        return gathered
