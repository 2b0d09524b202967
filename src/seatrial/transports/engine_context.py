"""The contexts of the docker command: where the engine of each is, and its certificates.

``$DOCKER_CONFIG/contexts/meta/<sha256 of the name>/meta.json`` has ``Endpoints.docker`` with ``Host`` and
``SkipTLSVerify``; ``contexts/tls/<the same>/docker`` holds ``ca.pem``, ``cert.pem`` and ``key.pem``, each where there
is one (docker/cli, cli/context/store and cli/context/docker).
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seatrial.errors import UsageError
from seatrial.transports.engine_certificates import Tls


@dataclass(frozen=True, slots=True)
class EngineContext:
    """One context.

    :param host: the engine's address as it is written there.
    :param tls: None where TLS is not spoken.
    """

    host: str
    tls: Tls | None


def config_folder(environ: Mapping[str, str]) -> Path:
    """Where the docker command keeps its own files."""
    return Path(environ.get("DOCKER_CONFIG") or Path(environ.get("HOME") or "/") / ".docker")


def chosen_context(environ: Mapping[str, str]) -> str:
    """Name of the context that counts where nothing else says where the engine is; empty for the usual socket.

    :raises UsageError: for a configuration that cannot be read.
    """
    name = environ.get("DOCKER_CONTEXT") or _json(config_folder(environ) / "config.json").get("currentContext") or ""
    return "" if name == "default" else str(name)


def read_context(name: str, environ: Mapping[str, str]) -> EngineContext:
    """Read a context.

    :raises UsageError: where there is none of that name, or it cannot be read.
    """
    digest = hashlib.sha256(name.encode()).hexdigest()
    contexts = config_folder(environ) / "contexts"
    meta = contexts / "meta" / digest / "meta.json"
    docker = _path(_json(meta), "Endpoints", "docker")
    host = _path(docker, "Host")
    if not isinstance(host, str) or not host:
        raise UsageError(f"docker context {name!r} names no engine: {meta} is missing or has no Endpoints.docker.Host")
    return EngineContext(host, _tls(contexts / "tls" / digest / "docker", _path(docker, "SkipTLSVerify") is True))


def tls_files(folder: Path, verify: bool) -> Tls:
    """The files of a folder that the docker command would use."""
    found = {name: str(folder / f"{name}.pem") for name in ("ca", "cert", "key") if is_there(folder / f"{name}.pem")}
    return Tls(**found, verify=verify)


def is_there(path: Path) -> bool:
    """Whether there is something at a path; what cannot be known is an error, since TLS may depend on it.

    :raises UsageError: where we may not look.
    """
    try:
        os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise UsageError(f"{path} cannot be looked at: {error.strerror}") from error
    return True


def _tls(folder: Path, skip_verify: bool) -> Tls | None:
    """A folder without files in it means TLS too, and so does not verifying."""
    return tls_files(folder, not skip_verify) if is_there(folder) or skip_verify else None


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
