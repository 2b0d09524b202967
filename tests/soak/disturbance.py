"""What is done to a container at a random moment, and between which moments it was done."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .fleet import Fleet


@dataclass(frozen=True)
class Done:
    """A disturbance, in monotonic seconds.

    :param began: until then nothing was different.
    :param changed: from then on the container is no longer what it was.
    :param ended: from then on all is as it then stays.
    """

    began: float
    changed: float
    ended: float


def disturb(fleet: Fleet, service: str, how: str) -> Done:
    """Do it to a service's container, and say when."""
    box = fleet.boxes[service]
    began = time.monotonic()
    _FIRST[how](fleet, service)
    changed = time.monotonic()
    if how == "recreate":
        fleet.launch(service)
    if how == "restart":
        box.start()
    return Done(began, changed, time.monotonic())


def _kill(fleet: Fleet, service: str) -> None:
    box = fleet.boxes[service]
    box.kill()
    box.wait(timeout=30)


_FIRST: Mapping[str, Callable[[Fleet, str], object]] = {
    "kill": _kill,
    "pause": lambda fleet, service: fleet.boxes[service].pause(),
    "rename": lambda fleet, service: fleet.boxes[service].rename(f"{fleet.services[service]}-away"),
    "restart": _kill,
    "recreate": lambda fleet, service: fleet.boxes[service].remove(force=True, v=True),
}

WAYS = tuple(_FIRST)
