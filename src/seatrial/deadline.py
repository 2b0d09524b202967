"""One deadline for a whole operation, however many waits it is made of."""

import time
from dataclasses import dataclass
from typing import Self

from seatrial.errors import TooLate


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment after which nothing is waited for any more.

    :param at: the moment, by the monotonic clock, in seconds.
    :param within_s: seconds that were allowed, for the message.
    """

    at: float
    within_s: float

    @classmethod
    def within(cls, seconds: float) -> Self:
        """The moment ``seconds`` from now."""
        return cls(time.monotonic() + seconds, seconds)

    @property
    def passed(self) -> bool:
        """True from that moment on."""
        return time.monotonic() >= self.at

    def left(self) -> float:
        """Seconds that are left, more than 0.

        :raises TooLate: when none are.
        """
        seconds = self.at - time.monotonic()
        if seconds <= 0:
            raise TooLate(f"no complete answer within {self.within_s:g} s")
        return seconds
