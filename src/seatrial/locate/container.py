"""From the engine's JSON to a :class:`~seatrial.snapshot.Container`; what is missing is an error, never a default."""

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from seatrial.errors import CouldNotLook
from seatrial.instance import Container, Published
from seatrial.locate.api import field as _field
from seatrial.locate.settings import settings
from seatrial.sanitise import clean

_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?(?:Z|([+-])(\d\d):(\d\d))")
_NEVER = "0001-01-01T00:00:00"


def container(said: Mapping[str, Any], env: Collection[str] = ()) -> Container:
    """Read the answer of ``GET /containers/{id}/json`` (Engine API, ``ContainerInspect``).

    :param env: the environment variables that are read; no others are.

    :raises CouldNotLook: when a field is missing or is not what the API says.
    """
    try:
        return _container(said, env)
    except (AttributeError, TypeError, ValueError) as error:
        raise CouldNotLook(f"the engine's answer is not what its API says: {clean(error)}") from error


def _container(said: Mapping[str, Any], env: Collection[str]) -> Container:
    state, config, host = (_field(said, dict, key) for key in ("State", "Config", "HostConfig"))
    network = _field(said, dict, "NetworkSettings")
    driver = _field(host, str, "LogConfig", "Type")
    return Container(
        id=_field(said, str, "Id"),
        name=_field(said, str, "Name").removeprefix("/"),
        image_ref=_field(config, str, "Image"),
        image_id=_field(said, str, "Image"),
        status=_field(state, str, "Status"),
        exit_code=_field(state, int, "ExitCode"),
        health=_health(state),
        restarts=_field(said, int, "RestartCount"),
        oom_killed=_field(state, bool, "OOMKilled"),
        error=_field(state, str, "Error"),
        started_at=epoch(_field(state, str, "StartedAt")),
        finished_at=epoch(_field(state, str, "FinishedAt")),
        pid=_field(state, int, "Pid"),
        hostname=_field(config, str, "Hostname"),
        addresses=MappingProxyType(_addresses(network)),
        aliases=_aliases(network),
        published=_published(network),
        exposed=tuple(sorted(port for port, ends in (network.get("Ports") or {}).items() if not ends)),
        labels=MappingProxyType(_labels(config)),
        created_at=epoch(_field(said, str, "Created")),
        health_said=_health_said(state),
        settings=settings(said, env),
        restart_policy=_field(host, str, "RestartPolicy", "Name"),
        log_driver=driver,
        cpus=_cpus(host),
        log_path=_field(said, str, "LogPath") if driver == "json-file" else "",
    )


def _cpus(host: Mapping[str, Any]) -> float:
    """Engine API, ``HostConfig``: a share in billionths, or a quota of the CFS scheduler by its period in µs."""
    if nano := _field(host, int, "NanoCpus"):
        return nano / 1e9
    quota = _field(host, int, "CpuQuota")
    return quota / (_field(host, int, "CpuPeriod") or 100_000) if quota > 0 else 0.0


def epoch(text: str) -> float:
    """Seconds since the epoch of an RFC 3339 time with up to nine digits of fraction; 0.0 for Go's zero time.

    :raises CouldNotLook: for anything else.
    """
    found = _TIME.fullmatch(text)
    if found is None:
        raise CouldNotLook(f"the engine told a time that is none: {clean(text, 100)}")
    if found[1] == _NEVER:
        return 0.0
    zone = timedelta(hours=int(found[4] or 0), minutes=int(found[5] or 0)) * (-1 if found[3] == "-" else 1)
    try:
        moment = datetime.fromisoformat(found[1]).replace(tzinfo=UTC) - zone
    except (ValueError, OverflowError) as error:
        raise CouldNotLook(f"the engine told a time that is none: {clean(text, 100)}") from error
    return moment.timestamp() + float(found[2] or 0)


def _health(state: Mapping[str, Any]) -> str:
    # Engine API: Health is absent without a health check, and its status is "none" where one was disabled.
    if state.get("Health") is None:
        return ""
    status = _field(state, str, "Health", "Status")
    return "" if status == "none" else status


def _health_said(state: Mapping[str, Any]) -> str:
    """Engine API, ``Health.Log``: the last five results, the newest last."""
    log = (state.get("Health") or {}).get("Log") or ()
    return clean(str(log[-1].get("Output", "")).strip(), 300) if log else ""


def _networks(network: Mapping[str, Any]) -> Mapping[str, Any]:
    return _field(network, dict, "Networks")


def _addresses(network: Mapping[str, Any]) -> dict[str, str]:
    """Addresses by network; one without any (the host's own network, a container that does not run) is left out."""
    found = {}
    for name, end in _networks(network).items():
        address = _field(end, str, "IPAddress") or _field(end, str, "GlobalIPv6Address")
        if address:
            found[name] = address
    return found


def _aliases(network: Mapping[str, Any]) -> tuple[str, ...]:
    names = (
        name for end in _networks(network).values() for key in ("Aliases", "DNSNames") for name in end.get(key) or ()
    )
    return tuple(sorted({str(name) for name in names}))


def _published(network: Mapping[str, Any]) -> tuple[Published, ...]:
    found = []
    for port, bindings in (network.get("Ports") or {}).items():
        number, _, proto = port.partition("/")
        # Engine API, PortMap: null for a port that is exposed but not published.
        for binding in bindings or ():
            host_ip, host_port = _field(binding, str, "HostIp"), _field(binding, str, "HostPort")
            found.append(Published(_number(number), proto, host_ip, _number(host_port)))
    return tuple(sorted(found, key=lambda each: (each.port, each.proto, each.host_ip, each.host_port)))


def _labels(config: Mapping[str, Any]) -> dict[str, str]:
    return {str(key): str(value) for key, value in (config.get("Labels") or {}).items()}


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise CouldNotLook(f"the engine told a port that is no number: {clean(text, 100)}")
    return int(text)
