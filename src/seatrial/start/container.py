"""A container that a project made, and what the engine says about its condition."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from docker import APIClient

from seatrial.errors import StartError
from seatrial.sanitise import clean
from seatrial.start.engine import asking

LOG_LINES = 20
_LOG_BYTES = 64 * 1024
_LINE = 300


@dataclass(frozen=True, slots=True)
class StartedContainer:
    """One container of a started project.

    :param number: its number in the service, from 1.
    :param id: the engine's full id.
    """

    service: str
    number: int
    id: str
    name: str


class Condition(Enum):
    """What waiting for a container can lead to."""

    WAITING = auto()
    RUNNING = auto()
    """It runs and has no health check."""
    HEALTHY = auto()
    UNHEALTHY = auto()
    ENDED = auto()


def condition(state: Mapping[str, Any]) -> Condition:
    """Judge ``State`` of ``GET /containers/{id}/json``; a container that its policy restarts is waited for."""
    if state.get("Status") in ("exited", "dead", "removing"):
        return Condition.ENDED
    if state.get("Status") != "running":
        return Condition.WAITING
    health = (state.get("Health") or {}).get("Status", "none")
    return {
        "none": Condition.RUNNING,
        "healthy": Condition.HEALTHY,
        "unhealthy": Condition.UNHEALTHY,
    }.get(health, Condition.WAITING)


def state_of(client: APIClient, container: StartedContainer) -> Mapping[str, Any]:
    """``State`` of one container.

    :raises StartError: when the engine does not tell it, or the container is gone.
    """
    with asking(f"container {container.name} cannot be inspected"):
        state: Mapping[str, Any] = client.inspect_container(container.id)["State"]
    return state


def failure(client: APIClient, container: StartedContainer, what: str) -> StartError:
    """Say what is wrong with a container, with its state, last probe and last log lines."""
    try:
        state = state_of(client, container)
        lines = _last_lines(client, container)
    except StartError as error:
        return StartError(f"{container.name}: {what} ({error})")
    said = [f"{container.name}: {what} ({_told(state)}){_probe(state)}"]
    return StartError("\n  ".join([*said, "its last log lines:", *(lines or ["(none)"])]))


def _told(state: Mapping[str, Any]) -> str:
    told = f"state {state.get('Status')}"
    if state.get("Status") != "running":
        told += f", exit code {state.get('ExitCode')}"
    if state.get("OOMKilled"):
        told += ", killed for lack of memory"
    return told + (f", {clean(state['Error'], _LINE)}" if state.get("Error") else "")


def _probe(state: Mapping[str, Any]) -> str:
    probes = (state.get("Health") or {}).get("Log") or []
    if not probes:
        return ""
    last = probes[-1]
    return f"; last health check: exit code {last.get('ExitCode')}, {clean(last.get('Output', ''), _LINE)!r}"


def _last_lines(client: APIClient, container: StartedContainer) -> list[str]:
    data = b""
    with asking(f"logs of {container.name} cannot be read"):
        for chunk in client.logs(container.id, tail=LOG_LINES, stream=True, follow=False):
            data += chunk
            if len(data) > _LOG_BYTES:
                break
    return [clean(line, _LINE) for line in data.splitlines()[-LOG_LINES:]]
