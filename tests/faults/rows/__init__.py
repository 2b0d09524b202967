"""The catalogue, group by group."""

from ..row import Fault, Situation
from . import (
    containers,
    engine,
    healthy,
    inside,
    java,
    logs,
    ports,
    processes,
    restarts,
    settings,
    sockets,
    surroundings,
    watchdog,
)

FAULTS: tuple[Fault, ...] = (
    *processes.FAULTS,
    *surroundings.FAULTS,
    *java.FAULTS,
    *ports.FAULTS,
    *sockets.FAULTS,
    *watchdog.FAULTS,
    *logs.FAULTS,
    *containers.FAULTS,
    *inside.FAULTS,
    *engine.FAULTS,
    *settings.FAULTS,
    *restarts.FAULTS,
)
"""Faults, each with an id of its own."""

HEALTHY: tuple[Situation, ...] = (*healthy.HEALTHY, *containers.HEALTHY)
"""Odd but healthy situations; the first is the plain one that every file is held against."""
