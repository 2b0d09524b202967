"""What a compose file says, as frozen values; nothing here has met an engine."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Build:
    """How an image is made.

    :param context: absolute path of the folder that is sent to the engine.
    :param dockerfile: path of the Dockerfile inside the context.
    :param target: stage to stop at, empty for the last one.
    :param args: build arguments as (name, value).
    """

    context: str
    dockerfile: str = "Dockerfile"
    target: str = ""
    args: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Port:
    """One published port.

    :param target: port inside the container.
    :param published: port on the host, 0 lets the engine choose a free one.
    :param host_ip: address on the host, empty for all of them.
    """

    target: int
    published: int = 0
    host_ip: str = ""
    protocol: str = "tcp"


@dataclass(frozen=True, slots=True)
class Mount:
    """A volume or a folder of the host inside a container.

    :param kind: ``volume`` or ``bind``.
    :param source: the volume's name in the file, the absolute path on the host, or empty for an anonymous volume.
    :param target: absolute path inside the container.
    """

    kind: str
    source: str
    target: str
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class Attachment:
    """A service's place in a network, under its own name and the given aliases."""

    network: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dependency:
    """A service that must be started, or healthy, before this one is started."""

    service: str
    healthy: bool = False


@dataclass(frozen=True, slots=True)
class Healthcheck:
    """How the engine finds out whether a container is healthy; what is empty or 0 is inherited from the image.

    :param test: the engine's form: ``("CMD", ...)``, ``("CMD-SHELL", "...")`` or ``("NONE",)``.
    :param interval_s: seconds, as are the other times.
    """

    test: tuple[str, ...] = ()
    interval_s: float = 0.0
    timeout_s: float = 0.0
    start_period_s: float = 0.0
    retries: int = 0

    @property
    def disabled(self) -> bool:
        """True where the file switches the image's own health check off."""
        return self.test == ("NONE",)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a container may use: bytes of memory, CPUs, processes; 0 is no limit."""

    memory: int = 0
    cpus: float = 0.0
    pids: int = 0


@dataclass(frozen=True, slots=True)
class Restart:
    """What the engine does when a container ends: ``no``, ``always``, ``unless-stopped`` or ``on-failure``."""

    policy: str = "no"
    retries: int = 0


@dataclass(frozen=True, slots=True)
class ComposeService:
    """One service of a compose file.

    :param image: what runs; empty only where ``build`` is given.
    :param command: ``None`` keeps the image's own, as for every other optional value.
    :param environment: (name, value).
    :param extra_hosts: ``name:address``, as the engine wants them.
    :param stop_grace_s: seconds between the stop signal and the kill.
    """

    name: str
    image: str = ""
    build: Build | None = None
    command: tuple[str, ...] | None = None
    entrypoint: tuple[str, ...] | None = None
    environment: tuple[tuple[str, str], ...] = ()
    hostname: str = ""
    networks: tuple[Attachment, ...] = (Attachment("default"),)
    ports: tuple[Port, ...] = ()
    volumes: tuple[Mount, ...] = ()
    tmpfs: tuple[tuple[str, str], ...] = ()
    depends_on: tuple[Dependency, ...] = ()
    healthcheck: Healthcheck | None = None
    labels: tuple[tuple[str, str], ...] = ()
    replicas: int = 1
    limits: Limits = field(default_factory=Limits)
    restart: Restart = field(default_factory=Restart)
    user: str = ""
    init: bool = False
    stop_grace_s: float = 10.0
    stop_signal: str = ""
    cap_add: tuple[str, ...] = ()
    cap_drop: tuple[str, ...] = ()
    extra_hosts: tuple[str, ...] = ()
    working_dir: str = ""


@dataclass(frozen=True, slots=True)
class Network:
    """A network of the project; an internal one has no way out."""

    name: str
    driver: str = "bridge"
    internal: bool = False


@dataclass(frozen=True, slots=True)
class ComposeProject:
    """A whole compose file.

    :param file: absolute path of the file; relative paths in it start at its folder.
    :param volumes: names of the named volumes that services use.
    """

    name: str
    file: Path
    services: tuple[ComposeService, ...]
    networks: tuple[Network, ...] = ()
    volumes: tuple[str, ...] = ()

    def tag(self, service: ComposeService) -> str:
        """The image that a service runs: the one it names, else ``<project>-<service>:latest``."""
        return service.image or f"{self.name}-{service.name}:latest".lower()
