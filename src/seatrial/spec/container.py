"""What must be true of each container, beyond what runs in it."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from seatrial.capabilities import CAPABILITIES
from seatrial.spec.cron import CronSpec
from seatrial.spec.expectation import Expectation, Model
from seatrial.spec.host import Zone
from seatrial.spec.moment import MomentsSpec
from seatrial.spec.room import Bytes
from seatrial.spec.scalars import AbsolutePath, AbsolutePattern, Duration, Line, User, VariableName

ALLOWED_DRIFT = ("/tmp/**", "/run/**", "/var/run/**", "/var/tmp/**", "/var/log/**", "/var/cache/**")
"""Where a running container may write without having been patched."""

Digest = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}\Z")]
Policy = Literal["no", "always", "unless-stopped", "on-failure"]


class NetworkSpec(Model):
    """A network that it must be in."""

    name: Line = Field(description="its name; of a compose project also without the project's")
    aliases: tuple[Line, ...] = Field((), description="names under which peers there must find it")

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, data: Any) -> Any:
        return {"name": data} if isinstance(data, str) else data


class MountSpec(Expectation):
    """A mount that it must have."""

    path: AbsolutePath = Field(description="where it is mounted, inside")
    type: Literal["bind", "volume", "tmpfs"] | None = Field(None, description="kind of mount")
    source: Line | None = Field(None, description="the folder on the host, or the volume's name")
    rw: bool = Field(True, description="whether it must be writable, or must not be")

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, data: Any) -> Any:
        return {"path": data} if isinstance(data, str) else data

    @property
    def name(self) -> str:
        """Its key in check ids."""
        return self.path


class SecuritySpec(Model):
    """What it may not do; each key has the strict value unless the file says otherwise."""

    privileged: bool = Field(False, description="whether it may be privileged")
    seccomp: bool = Field(True, description="whether its processes must have a seccomp filter")
    caps: tuple[Annotated[str, BeforeValidator(lambda text: _capability(text))], ...] = Field(
        (), description="capabilities that its processes may have beyond the engine's fourteen, such as NET_ADMIN"
    )
    no_new_privileges: bool = Field(False, description="whether no program may give its processes further rights")
    engine_socket: bool = Field(False, description="whether the engine's socket may be inside")
    read_only: bool = Field(False, description="whether its root filesystem must be read-only")


AnyLimit = Annotated[Literal[True], BeforeValidator(lambda value: _true(value))]
"""True itself: a plain ``Literal`` takes the limit 1 for it."""


class LimitsSpec(Model):
    """Limits that it must have: without one, one container takes all of the host."""

    memory: AnyLimit | Bytes | None = Field(None, description="true for any limit, or the highest one: 2GiB")
    pids: AnyLimit | Annotated[int, Field(ge=1, strict=True)] | None = Field(
        None, description="true for any limit, or the highest one"
    )
    cpus: AnyLimit | Annotated[float, Field(gt=0)] | None = Field(
        None, description="true for any limit, or the highest one, in processors"
    )

    @model_validator(mode="after")
    def _asks_for_something(self) -> Self:
        if self.memory is self.pids is self.cpus is None:
            raise ValueError("says no limit; give memory, pids or cpus")
        return self


class DriftSpec(Model):
    """No file may differ from the image: an update is a new image, not a patched container."""

    allow: tuple[AbsolutePattern, ...] = Field(
        ALLOWED_DRIFT, description="paths that may differ; ** stands for all that is below"
    )


class ContainerSpec(Expectation):
    """What must be true of each container."""

    image_digest: Digest | None = Field(
        None, description="digest by which a registry knows the image that must run, sha256:…"
    )
    image_id: Digest | None = Field(
        None, description="id of the image that must run, as the build printed it (--iidfile)"
    )
    health: Literal["healthy"] | None = Field(None, description="state of its health check")
    health_within: Duration | None = Field(None, description="how long after its start it may still be starting")
    max_restarts: int | None = Field(None, ge=0, strict=True, description="how often the engine may have restarted it")
    started: MomentsSpec | None = Field(None, description="when it must have been started the last time")
    created: MomentsSpec | None = Field(None, description="when it must have been created")
    restart_policy: Policy | None = Field(None, description="what the engine must do when it ends")
    networks: tuple[NetworkSpec, ...] | None = Field(None, description="all networks that it must be in, no others")
    mounts: tuple[MountSpec, ...] = Field((), description="mounts that it must have")
    user: User | None = Field(None, description="user whom its first process must run as: a name inside, or a uid")
    security: SecuritySpec | None = Field(None, description="what it may not do; {} for the strict values")
    limits: LimitsSpec | None = Field(None, description="limits that it must have")
    env: dict[VariableName, str] = Field({}, description="environment that it was created with: name → value")
    hostname: Line | None = Field(None, description="what it must call itself")
    labels: dict[Line, str] = Field({}, description="labels that it must have: name → value")
    drift: DriftSpec | None = Field(None, description="no file may differ from its image; {} for the usual exceptions")
    timezone: Zone | None = Field(None, description="time zone of all of its processes: Asia/Shanghai")
    cron: tuple[CronSpec, ...] = Field((), description="lines that its crontabs must hold, with a cron daemon inside")

    @model_validator(mode="after")
    def _waits_for_something(self) -> Self:
        if self.health_within is not None and self.health is None:
            raise ValueError("has health_within without health; add health: healthy")
        return self

    @model_validator(mode="after")
    def _names_each_once(self) -> Self:
        paths = [mount.path.rstrip("/") for mount in self.mounts]
        names = [network.name for network in self.networks or ()]
        for kind, given in (("mounts", paths), ("networks", names)):
            twice = next((one for one in given if given.count(one) > 1), None)
            if twice is not None:
                raise ValueError(f"{kind} has {twice!r} twice")
        return self


def _capability(text: Any) -> Any:
    """``CAP_NET_ADMIN`` and ``net_admin`` are one (capabilities(7)).

    :raises ValueError: for what is none.
    """
    name = text.upper().removeprefix("CAP_") if isinstance(text, str) else ""
    if name not in CAPABILITIES:
        raise ValueError(f"{text!r} is no capability; write it as NET_ADMIN (capabilities(7))")
    return name


def _true(value: Any) -> Any:
    if value is not True:
        raise ValueError(
            f"{value!r} is no limit; write true for any, or the highest one: memory 512MiB, pids 100, cpus 1.5"
        )
    return value
