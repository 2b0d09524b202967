"""What fills a slot: a container, a service of this machine, or a host."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

Scope = Literal["namespace", "tree", "machine"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """What is known of anything that fills a slot.

    :param id: tells it from all others, also from one that takes its place later.
    :param status: ``running``, or what else it is.
    :param started_at: seconds since the epoch, 0.0 where it never started.
    :param pid: its first process as this machine, or the engine's host, counts; 0 where it does not run.
    :param hostname: empty where it is not known.
    :param addresses: network name → its address there.
    :param aliases: further names under which peers know it.
    """

    noun: ClassVar[str] = "instance"
    """What it is called in messages."""

    id: str
    name: str
    status: str
    started_at: float
    pid: int
    hostname: str
    addresses: Mapping[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()

    @property
    def own_network(self) -> bool:
        """Whether nobody else's listeners are in its network."""
        return any(self.addresses.values())

    @property
    def identity(self) -> dict[str, object]:
        """What must be the same at the first and at the last moment of a look."""
        return _identity(self)


@dataclass(frozen=True, slots=True)
class Published:
    """A port of the container published on the engine's host (Engine API, ``NetworkSettings.Ports``)."""

    port: int
    proto: str
    host_ip: str
    host_port: int


@dataclass(frozen=True, slots=True)
class Attached:
    """A mount of a container, as its engine made it (Engine API, ``MountPoint``).

    :param path: where it is, inside.
    :param kind: ``bind``, ``volume``, ``tmpfs`` or what else the engine calls it.
    :param source: the folder on the host, or the volume's name; empty for a tmpfs.
    :param rw: whether it may be written to.
    """

    path: str
    kind: str
    source: str
    rw: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a container was created (Engine API, ``Config`` and ``HostConfig``): wishes, not what its processes have.

    :param user: empty where none was given, which means root.
    :param env: what it was given of the environment variables that the file names.
    :param networks: network → the names under which peers there find it.
    :param cap_add: capabilities beyond the usual ones, which a program that is setuid may get in it.
    :param memory: limit in bytes, 0 for none.
    :param pids: limit of its processes, 0 for none.
    :param retries: how often ``on-failure`` restarts it, 0 for always.
    """

    user: str = ""
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    networks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    mounts: tuple[Attached, ...] = ()
    read_only: bool = False
    privileged: bool = False
    security_opt: tuple[str, ...] = ()
    cap_add: tuple[str, ...] = ()
    memory: int = 0
    pids: int = 0
    retries: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Container(Instance):
    """What the engine says of a container (Engine API, ``GET /containers/{id}/json``).

    Its id is the full one, its name is without the leading slash; its status is ``created``, ``running``, ``paused``,
    ``restarting``, ``removing``, ``exited`` or ``dead``; its addresses are IPv4, or IPv6 where it has no IPv4.

    :param image_ref: the reference it was created from.
    :param image_id: ``sha256:…`` of the image it runs.
    :param health: ``starting``, ``healthy``, ``unhealthy``, or empty where it has no health check.
    :param health_said: what its health check printed the last time.
    :param created_at: seconds since the epoch.
    :param finished_at: seconds since the epoch, 0.0 where it never ended.
    :param cpus: how many processors it may use, 0.0 for all (``NanoCpus``, or ``CpuQuota`` by ``CpuPeriod``).
    :param exposed: ports that its image or its creation only names, as ``9000/tcp``: a null in
        ``NetworkSettings.Ports``.
    :param log_path: the json-file log on the engine's host, empty for other drivers.
    """

    noun: ClassVar[str] = "container"

    image_ref: str
    image_id: str
    exit_code: int
    health: str
    restarts: int
    oom_killed: bool
    error: str
    finished_at: float
    created_at: float = 0.0
    health_said: str = ""
    settings: Settings = Settings()
    published: tuple[Published, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    restart_policy: str = ""
    log_driver: str = ""
    cpus: float = 0.0
    exposed: tuple[str, ...] = ()
    log_path: str = ""

    @property
    def identity(self) -> dict[str, object]:
        """What must be the same at the first and at the last moment of a look."""
        return _identity(self, image=self.image_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Local(Instance):
    """A service of this machine.

    :param scope: which processes are its own: all of a pid namespace, a process with its descendants and supervisors,
        or all of this machine.
    :param start_ticks: start time of its first process in clock ticks after boot (field 22 of ``/proc/PID/stat``).
    :param user_namespace: the user namespace to join for it, as ``/proc/PID/ns/user`` names it; empty for our own.
    :param shares_network: its network is that of the machine, or of another instance.
    """

    scope: Scope
    start_ticks: int
    user_namespace: str = ""
    shares_network: bool = False

    @property
    def own_network(self) -> bool:
        """Whether nobody else's listeners are in its network."""
        return not self.shares_network


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine(Instance):
    """A host that is reached over SSH; all of its processes count.

    Its name is that of the inventory, its id the fingerprint of its host key; when it was started is known only after
    it was read.

    :param host: its name in the inventory.
    :param boot_id: tells this boot of it from all others; empty until it was read.
    :param start_ticks: start time of its first process, which tells boots apart where a kernel is shared; 0 until then.
    """

    noun: ClassVar[str] = "host"

    host: str
    boot_id: str = ""
    scope: Scope = "machine"
    start_ticks: int = 0

    @property
    def own_network(self) -> bool:
        """A host has its network for itself."""
        return True

    @property
    def identity(self) -> dict[str, object]:
        """What must be the same at the first and at the last moment of a look; its boot id is read in between."""
        return {"host key": self.id, "state": self.status}


def _identity(one: Instance, **more: object) -> dict[str, object]:
    first = {"id": one.id, "name": one.name, "state": one.status}
    return {**first, **more, "start time": one.started_at, "first process": one.pid}
