"""The mistakes of a file, gathered while it is read, so that all of them are told at once."""

from typing import NoReturn

from seatrial.errors import Problem, SpecError
from seatrial.sanitise import clean


class Problems:
    """Gathers mistakes with their place in one file.

    :param file: the file's name, as the user wrote it.
    """

    def __init__(self, file: str) -> None:
        self._file = file
        self._found: dict[tuple[int, int, str], Problem] = {}

    def add(self, line: int, column: int, message: str) -> None:
        """Keep one mistake; the same one at the same place, met again through an alias, counts once."""
        self._found[line, column, message] = Problem(f"{self._file}:{line}:{column}", clean(message))

    def fail(self, line: int, column: int, message: str) -> NoReturn:
        """Tell a mistake after which nothing else can be read.

        :raises SpecError: always.
        """
        self.add(line, column, message)
        raise SpecError(list(self._found.values()))

    def raise_any(self) -> None:
        """Tell all mistakes in the order of their lines.

        :raises SpecError: when there is at least one.
        """
        if self._found:
            raise SpecError([self._found[key] for key in sorted(self._found)])
