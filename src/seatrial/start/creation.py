"""A service of the file as the body of the Engine API's ``POST /containers/create``: a pure translation.

Field names and units are those of the Engine API (version 1.41): times in nanoseconds, memory in bytes, CPUs in
billionths.
"""

from typing import Any

from seatrial.start.model import Attachment, ComposeService, Healthcheck, Mount
from seatrial.start.names import Names

_NANO = 1_000_000_000


def creation(service: ComposeService, number: int, image: str, names: Names) -> dict[str, Any]:
    """Everything that the engine must know about one container.

    :param number: the container's number in its service, from 1.
    """
    body: dict[str, Any] = {
        "Image": image,
        "Cmd": service.command,
        "Entrypoint": service.entrypoint,
        "Env": [f"{name}={value}" for name, value in service.environment],
        "Hostname": service.hostname,
        "User": service.user,
        "WorkingDir": service.working_dir,
        "Labels": dict(service.labels) | names.container_labels(service.name, number),
        "ExposedPorts": {f"{port.target}/{port.protocol}": {} for port in service.ports},
        "Healthcheck": _health(service.healthcheck) if service.healthcheck else None,
        "StopSignal": service.stop_signal,
        # The engine counts in whole seconds here; a part of one is a whole one.
        "StopTimeout": -int(-service.stop_grace_s // 1),
        "HostConfig": _host(service, names),
        "NetworkingConfig": {"EndpointsConfig": _first_endpoint(service, names)},
    }
    return {key: value for key, value in body.items() if value not in (None, "", [], {})}


def endpoint(service: ComposeService, attachment: Attachment) -> dict[str, Any]:
    """A container's settings in one network: the service's name and the explicit aliases."""
    return {"Aliases": list(dict.fromkeys((service.name, *attachment.aliases)))}


def _first_endpoint(service: ComposeService, names: Names) -> dict[str, Any]:
    first = service.networks[0]
    return {names.shared(first.network): endpoint(service, first)}


def _host(service: ComposeService, names: Names) -> dict[str, Any]:
    body = {
        "NetworkMode": names.shared(service.networks[0].network),
        "PortBindings": _bindings(service),
        "Mounts": [_mount(mount, names) for mount in service.volumes],
        "Tmpfs": dict(service.tmpfs),
        "RestartPolicy": {"Name": service.restart.policy, "MaximumRetryCount": service.restart.retries},
        "CapAdd": list(service.cap_add),
        "CapDrop": list(service.cap_drop),
        "ExtraHosts": list(service.extra_hosts),
        "Init": service.init,
        "Memory": service.limits.memory,
        "NanoCpus": int(service.limits.cpus * _NANO),
        "PidsLimit": service.limits.pids,
    }
    return {key: value for key, value in body.items() if value}


def _bindings(service: ComposeService) -> dict[str, list[dict[str, str]]]:
    bindings: dict[str, list[dict[str, str]]] = {}
    for port in service.ports:
        outer = {"HostIp": port.host_ip, "HostPort": str(port.published or "")}
        bindings.setdefault(f"{port.target}/{port.protocol}", []).append(outer)
    return bindings


def _mount(mount: Mount, names: Names) -> dict[str, Any]:
    named = mount.kind == "volume" and mount.source
    source = names.shared(mount.source) if named else mount.source
    return {"Type": mount.kind, "Source": source, "Target": mount.target, "ReadOnly": mount.read_only}


def _health(healthcheck: Healthcheck) -> dict[str, Any]:
    return {
        "Test": list(healthcheck.test),
        "Interval": int(healthcheck.interval_s * _NANO),
        "Timeout": int(healthcheck.timeout_s * _NANO),
        "StartPeriod": int(healthcheck.start_period_s * _NANO),
        "Retries": healthcheck.retries,
    }
