"""How a run looks: what an operator chooses on the command line."""

import hashlib
from dataclasses import asdict, dataclass
from decimal import Decimal

from seatrial.errors import UsageError
from seatrial.spec.deployment import DeploymentSpec
from seatrial.spec.scalars import seconds
from seatrial.vehicles import Vehicle

START_DEADLINE_S = 180.0
"""Seconds within which a deployment that we start must be up and healthy."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says about looking.

    :param settle_s: seconds to repeat the look until everything is green; 0 looks once.
    :param stable_for_s: seconds a process must have run, and, while settling, everything must have stayed green.
    :param read_only: run nothing in a target and talk to none of its ports.
    :param vehicle: how containers are read: ``proc``, ``exec``, or ``auto`` for the best that works.
    :param compose_project: look only at containers of this compose project.
    :param environment: which of the file's environments is meant; empty for none.
    """

    settle_s: float = 0.0
    stable_for_s: float = 5.0
    read_only: bool = False
    vehicle: Vehicle = "auto"
    compose_project: str = ""
    environment: str = ""


def option_seconds(option: str, text: str) -> float:
    """Read the duration that an option was given.

    :raises UsageError: naming the option, where it is none.
    """
    try:
        return seconds(text)
    except ValueError as error:
        raise UsageError(f"{option}: {error}") from None


def option_args(options: Options) -> list[str]:
    """The same options as the arguments of ``pytest --deployment``."""
    return [
        *("--settle", _duration(options.settle_s), "--stable-for", _duration(options.stable_for_s)),
        *("--vehicle", options.vehicle, "--compose-project", options.compose_project),
        *(["--read-only"] if options.read_only else []),
        *([f"--environment={options.environment}"] if options.environment else []),
    ]


def _duration(seconds: float) -> str:
    """The very same number, and never with an exponent, which is no notation of durations."""
    return f"{Decimal(str(seconds)):f}s"


def pinned(deployment: DeploymentSpec, project: str) -> DeploymentSpec:
    """The same deployment, looked for only among the containers of one compose project."""
    if not project:
        return deployment
    only = {"compose_project": project}
    services = {
        name: spec.model_copy(update={"locate": spec.locate.model_copy(update=only)}) if spec.on == "docker" else spec
        for name, spec in deployment.services.items()
    }
    return deployment.model_copy(update={"services": services})


def digest(deployment: DeploymentSpec, options: Options) -> str:
    """A fingerprint of what is expected and how it is looked at: two processes compare it before they agree."""
    said = deployment.model_dump_json() + repr(deployment.inventory) + repr(sorted(asdict(options).items()))
    return hashlib.sha256(said.encode()).hexdigest()
