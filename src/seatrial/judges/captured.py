"""A value that a regular expression finds in what a status command or page says."""

from seatrial.patterns import capturer
from seatrial.sanitise import decode
from seatrial.snapshot import Unreadable

TWICE = Unreadable("told twice, with different values")
"""Of a key or pattern that is answered twice nobody can tell which answer counts."""


def captured(pattern: str, output: bytes) -> str | Unreadable:
    """What the one group of a pattern holds, in whichever line it is found; the pattern is run in linear time (RE2).

    :raises ValueError: where no line holds it.
    """
    capture, lines = capturer(pattern), decode(output).splitlines()
    heard = {held for line in lines if (held := capture(line)) is not None}
    if not heard:
        raise ValueError(f"{pattern!r} is found in none of its {len(lines)} lines")
    return heard.pop() if len(heard) == 1 else TWICE
