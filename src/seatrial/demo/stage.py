"""What the demo wants of a place where its services run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


class Services(Protocol):
    """The demo's services, up; each is named ``service-number``."""

    @property
    def addresses(self) -> Mapping[str, str]:
        """The address of each of them in their network."""

    def run(self, name: str, argv: Sequence[str], deadline_s: float) -> tuple[int, str]:
        """Run a command as root inside one of them, and return its exit code and what it said of errors."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Where they run, and how they are found there.

    :param environment: the deployment file's environment that describes them there.
    :param compose_project: the compose project that they are.
    :param environ: environment variables that the deployment file asks for.
    """

    services: Services
    environment: str = ""
    compose_project: str = ""
    environ: Mapping[str, str] = field(default_factory=dict)
