"""Where the Docker Engine is: the deployment file, the environment, or the docker context says it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from seatrial.errors import UsageError

DEFAULT = "unix:///var/run/docker.sock"

_TLS_VARIABLES = ("DOCKER_TLS_VERIFY", "DOCKER_TLS", "DOCKER_CERT_PATH")


@dataclass(frozen=True, slots=True)
class EngineAddress:
    """Where an engine is and how we know.

    :param url: ``unix:///path`` or ``tcp://host:port``.
    :param tried: every place that could have said so, in order, with what it said.
    """

    url: str
    tried: tuple[str, ...] = ()

    @property
    def socket_path(self) -> str:
        """Path of the unix socket, empty for TCP."""
        return self.url.removeprefix("unix://") if self.url.startswith("unix://") else ""

    @property
    def host_port(self) -> tuple[str, int]:
        """Host and port of a TCP address."""
        parts = urlsplit(self.url)
        return parts.hostname or "", parts.port or 0


def resolve(engine: str | None, environ: Mapping[str, str]) -> EngineAddress:
    """Find the engine's address: the file's ``docker.engine``, DOCKER_HOST, the docker context, the usual socket.

    The order after the file is that of the docker command, whose contexts are kept in
    ``$DOCKER_CONFIG/contexts/meta/<sha256 of the name>/meta.json``.

    :param engine: ``docker.engine`` of the deployment file.
    :raises UsageError: for an address that is not ``unix://`` or ``tcp://``, for TLS, and for a broken context.
    """
    tried: list[str] = []
    for source, said in (("docker.engine of the file", engine), ("DOCKER_HOST", environ.get("DOCKER_HOST"))):
        tried.append(f"{source}: {said or 'not set'}")
        if said:
            return _checked(said, source, tried, environ)
    name = _context_name(environ)
    tried.append(f"docker context: {name or 'none chosen'}")
    if name:
        return _checked(_context_host(name, environ), f"docker context {name!r}", tried, environ)
    tried.append(f"the usual socket: {DEFAULT}")
    return EngineAddress(DEFAULT, tuple(tried))


def _checked(url: str, source: str, tried: list[str], environ: Mapping[str, str]) -> EngineAddress:
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in ("unix", "tcp"):
        raise UsageError(f"{source} is {url!r}: only unix:///path and tcp://host:port can be used so far")
    if scheme == "unix" and not rest.startswith("/"):
        raise UsageError(f"{source} is {url!r}: the path of a unix socket must be absolute, as in {DEFAULT}")
    if scheme == "tcp":
        _check_tcp(url, source, environ)
    return EngineAddress(url, tuple(tried))


def _check_tcp(url: str, source: str, environ: Mapping[str, str]) -> None:
    if tls := [name for name in _TLS_VARIABLES if environ.get(name)]:
        raise UsageError(f"{source} is {url!r} and {tls[0]} is set: an engine behind TLS cannot be used so far")
    try:
        parts = urlsplit(url)
        whole = parts.hostname and parts.port and not (parts.path.strip("/") or parts.query or parts.username)
    except ValueError:
        whole = None
    if not whole:
        raise UsageError(f"{source} is {url!r}: write it as tcp://host:port, without a path or a user")


def _context_name(environ: Mapping[str, str]) -> str:
    name = environ.get("DOCKER_CONTEXT") or _json(_config_folder(environ) / "config.json").get("currentContext") or ""
    return "" if name == "default" else str(name)


def _context_host(name: str, environ: Mapping[str, str]) -> str:
    digest = hashlib.sha256(name.encode()).hexdigest()
    contexts = _config_folder(environ) / "contexts"
    if (contexts / "tls" / digest).exists():
        raise UsageError(f"docker context {name!r} uses TLS: an engine behind TLS cannot be used so far")
    meta = contexts / "meta" / digest / "meta.json"
    host = _path(_json(meta), "Endpoints", "docker", "Host")
    if not isinstance(host, str) or not host:
        raise UsageError(f"docker context {name!r} names no engine: {meta} is missing or has no Endpoints.docker.Host")
    return host


def _config_folder(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("DOCKER_CONFIG") or Path(environ.get("HOME") or "/") / ".docker")


def _json(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error
    return data if isinstance(data, dict) else {}


def _path(data: Any, *keys: str) -> Any:
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data
