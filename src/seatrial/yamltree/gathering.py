"""The mistakes of a file, gathered while it is read, so that all of them are told at once."""

from typing import NoReturn

from seatrial.errors import Problem, SpecError
from seatrial.sanitise import clean
from seatrial.yamltree.tree import Node

Path = tuple[str | int, ...]
Place = tuple[str, int, int]
"""File, line and column."""


class Mistakes:
    """Gathers mistakes with their places in one file, and in those that it includes.

    :param file: the file's name, as the user wrote it.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self._found: dict[tuple[Place, str], Problem] = {}

    def where(self, line: int, column: int, file: str = "") -> str:
        """``file:line:column``, safe to show."""
        return clean(f"{file or self.file}:{line}:{column}")

    def add(self, line: int, column: int, message: str, path: Path = (), *, file: str = "") -> None:
        """Keep one mistake; the same one at the same place, met again through an alias, counts once.

        :param line: from 1.
        :param column: from 1.
        :param path: keys and list positions that lead to the value, from the top of the file.
        :param file: the file where it stands, where it is another one.
        """
        text = f"{dotted(path)}: {message}" if path else message
        place = (file or self.file, line, column)
        self._found.setdefault((place, message), Problem(self.where(line, column, file), clean(text)))

    def at(self, node: Node, message: str, path: Path = ()) -> None:
        """Keep one mistake where a key or a value stands."""
        self.add(node.line, node.column, message, path, file=node.file)

    def fail(self, line: int, column: int, message: str) -> NoReturn:
        """Tell a mistake after which nothing else can be read, and those before it.

        :raises SpecError: always.
        """
        self.add(line, column, message)
        raise SpecError(self.problems())

    def raise_any(self) -> None:
        """Tell all mistakes.

        :raises SpecError: when there is at least one.
        """
        if self._found:
            raise SpecError(self.problems())

    def join(self, others: "Mistakes") -> None:
        """Keep the mistakes of another gathering too."""
        for key, problem in others._found.items():
            self._found.setdefault(key, problem)

    def unexplained(self, *others: "Mistakes") -> "Mistakes":
        """These mistakes, and those of others that stand where these have none."""
        explained, every = {place for place, _ in self._found}, Mistakes(self.file)
        every.join(self)
        for (place, message), problem in (each for other in others for each in other._found.items()):
            if place not in explained:
                every._found.setdefault((place, message), problem)
        return every

    def problems(self) -> list[Problem]:
        """All that were gathered: those of the file itself in the order of their lines, then those of the others."""
        return [self._found[key] for key in sorted(self._found, key=lambda key: (key[0][0] != self.file, key))]


def dotted(path: Path) -> str:
    """``services.orders.ports.0.port``."""
    return ".".join(str(part)[:80] for part in path)
