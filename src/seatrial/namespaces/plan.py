"""What is to be started in namespaces: values that travel as one line of JSON from the parent to the supervisor."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Probe:
    """How to tell that a service is ready: what is said to a port, and what the answer must hold."""

    address: str
    port: int
    send: str
    expect: str


@dataclass(frozen=True, slots=True)
class PlacedFile:
    """A file of a service's own root.

    :param mode: its permission bits.
    """

    path: str
    text: str
    mode: int = 0o644


@dataclass(frozen=True, slots=True)
class PlacedService:
    """One service in namespaces of its own.

    :param name: also its host name, under which the others know it.
    :param address: its IPv4 address in the network of the stack.
    :param argv: its first process, looked up in the PATH of its environment.
    :param folders: empty folders that it needs.
    :param output: file in its root that takes its standard output; all else that it prints is kept for our messages.
    :param probes: what must answer before it is ready.
    """

    name: str
    address: str
    argv: tuple[str, ...]
    environ: Mapping[str, str]
    folders: tuple[str, ...]
    files: tuple[PlacedFile, ...]
    output: str = ""
    probes: tuple[Probe, ...] = ()


@dataclass(frozen=True, slots=True)
class StackPlan:
    """All of them.

    :param stages: services that start side by side, stage by stage; each waits until the one before it is ready.
    :param binds: folders and files of this machine that each of them sees, read-only.
    :param ip: the program ``ip``, ip(8).
    :param listener: descriptor of a listening socket, outside, that is forwarded to ``forward_to``.
    :param within_s: seconds until everything must be ready.
    """

    stages: tuple[tuple[PlacedService, ...], ...]
    binds: tuple[str, ...]
    ip: str
    listener: int
    forward_to: tuple[str, int]
    within_s: float

    @property
    def services(self) -> tuple[PlacedService, ...]:
        """The services of all stages."""
        return tuple(service for stage in self.stages for service in stage)

    def line(self) -> bytes:
        """As one line of JSON."""
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def of_line(cls, line: bytes) -> Self:
        """Read what :meth:`line` wrote."""
        data = json.loads(line)
        data["stages"] = tuple(tuple(map(_service, stage)) for stage in data["stages"])
        data["binds"] = tuple(data["binds"])
        data["forward_to"] = tuple(data["forward_to"])
        return cls(**data)


def _service(data: dict[str, Any]) -> PlacedService:
    for key in ("argv", "folders"):
        data[key] = tuple(data[key])
    data["files"] = tuple(PlacedFile(**each) for each in data["files"])
    data["probes"] = tuple(Probe(**each) for each in data["probes"])
    return PlacedService(**data)
