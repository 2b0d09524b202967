"""How the instances of a service are found."""

from typing import Literal, Self

from pydantic import Field, model_validator

from seatrial.spec.expectation import Model
from seatrial.spec.inventory.host_names import HostName, Label
from seatrial.spec.scalars import AbsolutePattern, Line, Regex

Kind = Literal["docker", "local", "ssh"]
"""Where a service may run."""

KEYS: dict[Kind, tuple[str, ...]] = {
    "docker": ("compose_service", "compose_project", "name", "names", "label", "image"),
    "local": ("namespace", "pidfile", "exe", "script", "match", "machine"),
    "ssh": ("host", "hosts", "role", "group", "zone"),
}
"""Which keys of a locator belong to which kind."""


class Locator(Model):
    """Tells which instances belong to a service.

    Of containers and of hosts all that is given must hold. On this machine it is a namespace, a pid file, the machine
    itself, or what a process runs.
    """

    compose_service: Line | None = Field(None, description="compose's label com.docker.compose.service")
    compose_project: Line | None = Field(None, description="compose's label com.docker.compose.project")
    name: Line | None = Field(None, description="container name; * and ? are wildcards")
    names: tuple[Line, ...] | None = Field(None, description="exact container names, slot by slot")
    label: Line | None = Field(None, description="key or key=value")
    image: Line | None = Field(None, description="image reference as the container was created with")
    namespace: AbsolutePattern | None = Field(
        None, description="`on: local`: files that each name a pid namespace, wildcards allowed; all of it counts"
    )
    pidfile: AbsolutePattern | None = Field(
        None,
        description="`on: local`: pid files, wildcards allowed; it, its descendants and supervisors count",
    )
    exe: Line | None = Field(None, description="`on: local`: program of each instance's first process")
    script: Line | None = Field(None, description="`on: local`: what the interpreter of that process runs")
    match: Regex | None = Field(None, description="`on: local`: regular expression in the command line of that process")
    machine: Literal[True] | None = Field(None, description="`on: local`: this machine is the one instance")
    host: HostName | None = Field(None, description="`on: ssh`: name of the one host, of those in `hosts`")
    hosts: tuple[HostName, ...] | None = Field(None, min_length=1, description="`on: ssh`: names, slot by slot")
    role: Label | None = Field(None, description="`on: ssh`: role of the hosts, each of which is one instance")
    group: Label | None = Field(None, description="`on: ssh`: a group that the hosts are in")
    zone: Label | None = Field(None, description="`on: ssh`: zone of the hosts")

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of service that the given keys belong to."""
        return tuple(kind for kind, keys in KEYS.items() if any(getattr(self, key) is not None for key in keys))

    @model_validator(mode="after")
    def _is_of_one_kind(self) -> Self:
        if len(self.kinds) > 1:
            told = " with ".join(f"keys of on: {kind}" for kind in self.kinds)
            raise ValueError(f"mixes {told}; keep those of one kind")
        ways = [self.namespace, self.pidfile, self.exe or self.script or self.match, self.machine]
        if sum(way is not None for way in ways) > 1:
            raise ValueError("gives more than one of namespace, pidfile, machine, and exe, script or match")
        return self
