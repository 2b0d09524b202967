"""How a container was created, from the engine's JSON."""

from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from seatrial.instance import Attached, Settings
from seatrial.locate.api import field


def settings(said: Mapping[str, Any], env: Collection[str]) -> Settings:
    """Read ``Config`` and ``HostConfig`` of ``GET /containers/{id}/json`` (Engine API).

    :param env: the environment variables that are read; no others are.
    :raises CouldNotLook: when a field is missing or is not what the API says.
    """
    config, host = (field(said, dict, key) for key in ("Config", "HostConfig"))
    return Settings(
        user=field(config, str, "User"),
        env=MappingProxyType(dict(_environment(config, env))),
        networks=MappingProxyType(dict(_networks(said))),
        mounts=tuple(sorted(_mounts(said, host), key=lambda mount: mount.path)),
        read_only=field(host, bool, "ReadonlyRootfs"),
        privileged=field(host, bool, "Privileged"),
        security_opt=tuple(map(str, host.get("SecurityOpt") or ())),
        cap_add=tuple(map(str, host.get("CapAdd") or ())),
        memory=field(host, int, "Memory"),
        # Engine API: null, 0 or -1 for no limit.
        pids=max(host.get("PidsLimit") or 0, 0),
        retries=field(host, int, "RestartPolicy", "MaximumRetryCount"),
    )


def _environment(config: Mapping[str, Any], asked: Collection[str]) -> Iterator[tuple[str, str]]:
    for entry in config.get("Env") or ():
        key, sign, value = str(entry).partition("=")
        if sign and key in asked:
            yield key, value


def _networks(said: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, end in field(said, dict, "NetworkSettings", "Networks").items():
        yield str(name), tuple(str(alias) for key in ("Aliases", "DNSNames") for alias in (end or {}).get(key) or ())


def _mounts(said: Mapping[str, Any], host: Mapping[str, Any]) -> Iterator[Attached]:
    for mount in field(said, list, "Mounts"):
        kind = field(mount, str, "Type")
        source = mount.get("Name") if kind == "volume" else mount.get("Source")
        yield Attached(field(mount, str, "Destination"), kind, str(source or ""), field(mount, bool, "RW"))
    for path, options in (host.get("Tmpfs") or {}).items():
        yield Attached(str(path), "tmpfs", "", "ro" not in str(options).split(","))
