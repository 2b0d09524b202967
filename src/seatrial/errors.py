"""Every error that Seatrial raises on purpose.

    SeatrialError
    ├── UsageError            the call or a file is wrong: exit code 4
    │   └── SpecError         a deployment or compose file, all its mistakes at once
    ├── StartError            a deployment could not be started
    ├── CouldNotLook          a fact could not be read: what depends on it is UNKNOWN
    │   ├── Unreachable       nothing answers there, or we may not ask
    │   ├── CutShort          the answer ended before its end
    │   ├── TooLate           a deadline passed
    │   └── Refused           the other side answered, and said no
    └── Unknown               raised for an UNKNOWN verdict inside pytest
    CheckFailed               (an AssertionError) raised for a FAIL verdict inside pytest

Foreign exceptions stop at the transport that meets them and become one of these.
"""

from collections.abc import Sequence
from dataclasses import dataclass


class SeatrialError(Exception):
    """The root of all errors that Seatrial raises on purpose."""


class UsageError(SeatrialError):
    """The call, an option or a file is wrong; nothing was looked at."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a file.

    :param where: ``file:line:column`` or the nearest place that is known.
    :param message: what was found, what is allowed, what to do next.
    """

    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"


class SpecError(UsageError):
    """A deployment or compose file has mistakes; all of them are in :attr:`problems`."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class StartError(SeatrialError):
    """A deployment could not be started; the message says where, what was found and what to do."""


class CouldNotLook(SeatrialError):
    """A fact could not be read, so every check that needs it is UNKNOWN."""


class Unreachable(CouldNotLook):
    """Nothing answers there, or we have no right to ask."""


class CutShort(CouldNotLook):
    """The answer ended before its end was seen."""


class TooLate(CouldNotLook):
    """A deadline passed before the answer was complete."""


class Refused(CouldNotLook):
    """The other side answered and said no.

    :param status: the protocol's status code (HTTP for the Engine API).
    """

    def __init__(self, message: str, status: int = 0) -> None:
        self.status = status
        super().__init__(message)


class Unknown(SeatrialError):
    """An UNKNOWN verdict, as pytest sees it: an error in a test's set-up."""


class CheckFailed(AssertionError):
    """A FAIL verdict, as pytest sees it: a failed test."""
