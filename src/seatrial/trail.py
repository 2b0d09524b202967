"""What earlier looks of one settling saw: a single look cannot tell a restart loop from a slow start."""

from collections.abc import Mapping
from dataclasses import dataclass

Birth = tuple[int, int]
"""A process: its pid inside the target, and its start time in clock ticks (proc(5))."""

KEPT = 256
"""Earlier looks that are remembered: more than two minutes of them, and a few kilobytes each."""


@dataclass(frozen=True, slots=True)
class Life:
    """One life of a container.

    :param id: its full id.
    :param restarts: how often the engine had restarted it (Engine API, ``RestartCount``).
    :param started_at: seconds since the epoch, by the engine's clock.
    """

    id: str
    restarts: int
    started_at: float


@dataclass(frozen=True, slots=True)
class Glimpse:
    """What is remembered of one look; what could not be seen in it is not in it.

    :param taken_at: our clock at its start, seconds since the epoch.
    :param roots: ``slot/name`` of a declared process → its roots that ran.
    :param listening: slot → its listeners, as ``8080/tcp``.
    :param lives: slot → the container that filled it.
    """

    taken_at: float
    roots: Mapping[str, frozenset[Birth]]
    listening: Mapping[str, frozenset[str]]
    lives: Mapping[str, Life]
