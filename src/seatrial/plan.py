"""From the deployment file to the list of checks, before anything is contacted."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, repeat
from types import MappingProxyType
from typing import Any

from seatrial.host import STAGES, Stage
from seatrial.spec.check import Check
from seatrial.spec.deployment import DeploymentSpec
from seatrial.spec.docker import SSH
from seatrial.spec.host import HostSpec
from seatrial.spec.inventory.host import Host, chosen, host_named
from seatrial.spec.inventory.unused import unused_note
from seatrial.spec.log import LogSpec
from seatrial.spec.port import PortSpec
from seatrial.spec.process import ProcessSpec
from seatrial.spec.registration import RegistrationSpec
from seatrial.spec.service import ServiceSpec
from seatrial.spec.space import SPACE_ASKS
from seatrial.spec.status import StatusSpec
from seatrial.spec.tomcat import TomcatSpec
from seatrial.spec.watchdog import WatchdogSpec

PROCESS_ASKS: Mapping[str, str] = MappingProxyType(
    {
        "parent": "process.parent",
        "release": "process.release",
        "libraries": "process.libraries",
        "fds": "process.fds",
        "limits": "process.limits",
        "env": "process.env",
        "started": "process.started",
        "cpu": "process.cpu",
    }
)
"""Key of a declared process → the aspect that it asks for."""

CONTAINER_ASKS: Mapping[str, str] = MappingProxyType(
    {
        "started": "container.started",
        "created": "container.created",
        "restart_policy": "container.policy",
        "networks": "container.network",
        "user": "container.user",
        "security": "container.security",
        "limits": "container.limits",
        "env": "container.env",
        "hostname": "container.hostname",
        "labels": "container.labels",
        "drift": "container.drift",
    }
)
"""Key of what is declared of a container → the aspect that it asks for."""

Asked = Iterator[tuple[str, str, Any, str]]

NEEDS_A_TOUCH = (
    "port.accept",
    "port.answer",
    "port.udp",
    "port.published",
    "port.reach",
    "status.value",
    "tomcat.context",
)
"""Aspects that connect to the target or run a command in it: not planned when we may only read."""


@dataclass(frozen=True, slots=True)
class Plan:
    """All checks of a deployment.

    :param checks: in the order of the file, slot by slot.
    :param not_planned: ids that ``--read-only`` leaves out.
    :param environment: which of the file's environments this is; empty for none.
    :param notes: what the file leaves out, of which nobody may have thought; it stands in the way of nothing.
    """

    deployment: str
    checks: tuple[Check, ...]
    not_planned: tuple[str, ...] = ()
    environment: str = ""
    notes: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The deployment, and which environment of its file."""
        return f"{self.deployment}, environment {self.environment}" if self.environment else self.deployment

    def by_id(self) -> dict[str, Check]:
        """Check id → check."""
        return {check.id: check for check in self.checks}


def make_plan(deployment: DeploymentSpec, *, read_only: bool = False, environment: str = "") -> Plan:
    """Plan every check of a deployment.

    :param read_only: leave out what would run a command in a target or talk to its ports.
    :param environment: which of the file's environments the deployment is.
    """
    checks = tuple(check for name in deployment.services for check in _service(deployment, name))
    touching = {check.id for check in checks if read_only and check.aspect in NEEDS_A_TOUCH}
    kept = tuple(check for check in checks if check.id not in touching)
    left_out = tuple(check.id for check in checks if check.id in touching)
    note = unused_note(deployment)
    return Plan(deployment.deployment, kept, left_out, environment, (note,) if note else ())


def slots(name: str, spec: ServiceSpec) -> tuple[str, ...]:
    """``relay.0``, ``relay.1``: one for each instance that the file declares."""
    return tuple(f"{name}.{ordinal}" for ordinal in range(spec.instances))


def _service(deployment: DeploymentSpec, name: str) -> Iterator[Check]:
    spec = deployment.services[name]
    way, engine = _way(deployment, spec), _engine_host(deployment, spec)
    yield Check("instances", "", name, -1, name, spec, spec, host=engine)
    hosts = chain(_hosts(deployment, spec), repeat(engine))
    for ordinal, (slot, host) in enumerate(zip(slots(name, spec), hosts, strict=False)):
        for aspect, key, expected, detail in _slot(spec, way):
            yield Check(aspect, key, slot, ordinal, name, spec, expected, detail, host)


def _way(deployment: DeploymentSpec, spec: ServiceSpec) -> tuple[Stage, ...]:
    """The steps to the host of a service that is behind SSH, or on which an engine is that is."""
    if spec.on != "ssh" and not _engine_host(deployment, spec):
        return ()
    return STAGES if deployment.ssh.sudo else tuple(stage for stage in STAGES if stage != "access.sudo")


def _hosts(deployment: DeploymentSpec, spec: ServiceSpec) -> tuple[Host, ...]:
    """The hosts of the inventory that fill the slots of a service, in their order."""
    return chosen(spec.locate, deployment.inventory) if spec.on == "ssh" else ()


def _engine_host(deployment: DeploymentSpec, spec: ServiceSpec) -> Host | None:
    """The host behind SSH on which the engine of a service is, None where that is elsewhere."""
    engine = (spec.docker and spec.docker.engine) or deployment.docker.engine or ""
    if spec.on != "docker" or not engine.startswith(SSH):
        return None
    return host_named(engine.removeprefix(SSH), deployment.inventory)


def _slot(spec: ServiceSpec, way: tuple[Stage, ...]) -> Asked:
    yield from _place(spec, way)
    for process in spec.processes:
        yield from _process(process)
    for port in spec.ports:
        yield from _port(port)
    for registration in spec.registered:
        yield from _registration(registration)
    for listed in spec.listed:
        yield "zk.listed", listed.name, listed, ""
    if spec.tomcat:
        yield from _tomcat(spec.tomcat)
    if spec.watchdog:
        yield from _watchdog(spec.watchdog)
    for log in spec.logs:
        yield from _log(log)
    for file in spec.files:
        yield "file.state", file.name, file, ""
    yield from _space(spec)
    for status in spec.status:
        yield from _status(status)


def _space(spec: ServiceSpec) -> Asked:
    for place in spec.space:
        for key, aspect in SPACE_ASKS.items():
            if getattr(place, key) is not None:
                yield aspect, place.name, place, ""


def _place(spec: ServiceSpec, way: tuple[Stage, ...]) -> Asked:
    """What it runs on, from the way there inwards."""
    for stage in way:
        yield stage, "", spec, ""
    if spec.on == "ssh":
        yield "host.clock", "", spec.host, ""
    yield from _host(spec.host)
    if spec.on == "docker":
        yield from _container(spec)


def _host(host: HostSpec) -> Asked:
    if host.kernel is not None:
        yield "host.kernel", "", host, ""
    if host.timezone is not None:
        yield "host.timezone", "", host, ""
    for name in host.sysctl:
        yield "host.sysctl", name, host, name
    for disk in host.disks:
        yield "host.disk", disk.name, disk, ""
    for user in host.users:
        yield "host.user", user.name, user, ""
    for unit in host.units:
        yield "host.unit", unit.name, unit, ""
    for cron in host.cron:
        yield "host.cron", cron.name, cron, ""
    if host.engine is not None:
        yield "engine.version", "", host, ""


def _container(spec: ServiceSpec) -> Asked:
    yield "container.state", "", spec.container, ""
    yield "container.stable", "", spec.container, ""
    yield "container.oom", "", spec.container, ""
    if spec.image or spec.container.image_digest or spec.container.image_id:
        yield "container.image", "", spec, ""
    if spec.container.health:
        yield "container.health", "", spec.container, ""
    if spec.container.max_restarts is not None:
        yield "container.restarts", "", spec.container, ""
    for key, aspect in CONTAINER_ASKS.items():
        if getattr(spec.container, key) not in (None, {}):
            yield aspect, "", spec.container, ""
    for mount in spec.container.mounts:
        yield "container.mount", mount.name, mount, ""
    if spec.container.timezone:
        yield "container.timezone", "", spec.container, ""
    for cron in spec.container.cron:
        yield "container.cron", cron.name, cron, ""


def _process(process: ProcessSpec) -> Asked:
    yield "process.count", process.name, process, ""
    if process.count == 0:
        return
    yield "process.state", process.name, process, ""
    yield "process.stable", process.name, process, ""
    yield "process.exe", process.name, process, ""
    for key, aspect in PROCESS_ASKS.items():
        if getattr(process, key):
            yield aspect, process.name, process, ""
    if process.user is not None:
        yield "process.user", process.name, process, ""
    if process.argv is not None:
        yield "process.argv", process.name, process, ""
    if process.pidfile is not None:
        yield "process.pidfile", process.name, process, ""
    if process.properties or process.heap is not None:
        yield "process.java", process.name, process, ""


def _port(port: PortSpec) -> Asked:
    if port.only:
        yield "port.extra", "", port, ""
        return
    yield "port.bind", port.name, port, ""
    if port.owner:
        yield "port.owner", port.name, port, ""
    if port.opens_within:
        yield "port.wait", port.name, port, ""
    if port.answer:
        yield "port.udp" if port.proto == "udp" else "port.answer", port.name, port, ""
    elif port.proto == "tcp":
        yield "port.accept", port.name, port, ""
    yield from _port_outside(port)


def _port_outside(port: PortSpec) -> Asked:
    if port.published is not None:
        yield "port.mapping", port.name, port, ""
        if port.proto == "tcp" or port.answer:  # over UDP only an answer proves the way
            yield "port.published", port.name, port, ""
    if port.reach:
        yield "port.reach", port.name, port, ""


def _registration(registration: RegistrationSpec) -> Asked:
    yield "zk.node", registration.name, registration, ""
    yield "zk.data", registration.name, registration, ""
    if registration.ephemeral:
        yield "zk.ephemeral", registration.name, registration, ""


def _tomcat(tomcat: TomcatSpec) -> Asked:
    yield "tomcat.connector", "", tomcat, ""
    for context in tomcat.contexts:
        yield "tomcat.context", context, tomcat, context


def _watchdog(watchdog: WatchdogSpec) -> Asked:
    yield "watchdog.alive", watchdog.name, watchdog, ""
    yield "watchdog.target", watchdog.name, watchdog, ""
    if watchdog.heartbeat:
        yield "watchdog.beat", watchdog.name, watchdog, ""


def _log(log: LogSpec) -> Asked:
    yield "log.present", log.name, log, ""
    if log.deny:
        yield "log.clean", log.name, log, ""
    if log.fresh:
        yield "log.fresh", log.name, log, ""


def _status(status: StatusSpec) -> Asked:
    for key in status.expect:
        yield "status.value", f"{status.name}.{key}", status, key
