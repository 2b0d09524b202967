"""The mistakes of a file, gathered while it is read, so that all of them are told at once."""

from typing import NoReturn

from seatrial.errors import Problem, SpecError
from seatrial.sanitise import clean

Path = tuple[str | int, ...]


class Mistakes:
    """Gathers mistakes with their place in one file.

    :param file: the file's name, as the user wrote it.
    """

    def __init__(self, file: str) -> None:
        self._file = file
        self._found: dict[tuple[int, int, str], Problem] = {}

    def where(self, line: int, column: int) -> str:
        """``file:line:column``, safe to show."""
        return clean(f"{self._file}:{line}:{column}")

    def add(self, line: int, column: int, message: str, path: Path = ()) -> None:
        """Keep one mistake; the same one at the same place, met again through an alias, counts once.

        :param line: from 1.
        :param column: from 1.
        :param path: keys and list positions that lead to the value, from the top of the file.
        """
        text = f"{dotted(path)}: {message}" if path else message
        self._found.setdefault((line, column, message), Problem(self.where(line, column), clean(text)))

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

    def problems(self) -> list[Problem]:
        """All that were gathered, in the order of their lines."""
        return [self._found[place] for place in sorted(self._found)]


def dotted(path: Path) -> str:
    """``services.orders.ports.0.port``."""
    return ".".join(str(part)[:80] for part in path)
