"""How a run ends."""

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes, which are pytest's."""

    ACCEPTED = 0
    NOT_ACCEPTED = 1
    INTERRUPTED = 2
    INTERNAL = 3
    USAGE = 4
    NOTHING_PLANNED = 5
