"""Where the Docker Engine is: the deployment file, the environment, or the docker context says it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from seatrial.errors import UsageError
from seatrial.spec.docker import DockerSpec
from seatrial.transports.engine_certificates import Tls as Tls
from seatrial.transports.engine_context import chosen_context, config_folder, is_there, read_context, tls_files

DEFAULT = "unix:///var/run/docker.sock"
DEFAULT_TLS = "tcp://localhost:2376"
"""Where the docker command looks when TLS is asked for and no address is said (docker/cli, ``DefaultTLSHost``)."""

_TLS_VARIABLES = ("DOCKER_TLS_VERIFY", "DOCKER_TLS")
_NAME = r"[A-Za-z0-9_][A-Za-z0-9_.-]*"
_SSH = re.compile(rf"ssh://(?:({_NAME})@)?({_NAME}|\[[0-9A-Fa-f:.]+\])(?::(\d{{1,5}}))?")


@dataclass(frozen=True, slots=True)
class SshAddress:
    """The host of an engine that is reached through SSH.

    :param host: its name in the inventory or the configuration of ssh, or an address.
    :param user: empty where it is not said.
    :param port: 0 where it is not said.
    """

    host: str
    user: str = ""
    port: int = 0


@dataclass(frozen=True, slots=True)
class EngineAddress:
    """Where an engine is and how we know.

    :param url: ``unix:///path``, ``tcp://host:port`` or ``ssh://[user@]host[:port]``.
    :param tried: every place that could have said so, in order, with what it said.
    :param tls: how TLS is spoken there, None where it is not.
    """

    url: str
    tried: tuple[str, ...] = ()
    tls: Tls | None = None

    @property
    def socket_path(self) -> str:
        """Path of the unix socket, empty for others."""
        return self.url.removeprefix("unix://") if self.url.startswith("unix://") else ""

    @property
    def host_port(self) -> tuple[str, int]:
        """Host and port of a TCP address."""
        parts = urlsplit(self.url)
        return parts.hostname or "", parts.port or 0

    @property
    def ssh(self) -> SshAddress | None:
        """The host on which it is, where it is reached through SSH."""
        found = _SSH.fullmatch(self.url)
        return SshAddress(found[2].strip("[]"), found[1] or "", int(found[3] or 0)) if found else None


def resolve(docker: DockerSpec | None, environ: Mapping[str, str]) -> EngineAddress:
    """Find the engine's address: the file's ``docker.engine``, DOCKER_HOST, the docker context, the usual socket.

    The order after the file is that of the docker command, and so is what DOCKER_TLS_VERIFY, DOCKER_TLS and
    DOCKER_CERT_PATH mean: they count for TCP addresses that are not of a context.

    :param docker: what the deployment file says, whose ``tls`` comes before the environment's and the context's.
    :raises UsageError: for an address or certificates that cannot be used, and for a broken context.
    """
    tried: list[str] = []
    own = _tls_of_file(docker)
    # What the file says of TLS is not to be kept up by what the environment says wrong.
    rest = {name: value for name, value in environ.items() if own is None or name not in _TLS_VARIABLES}
    url, source, tls = _found(docker.engine if docker else None, rest, tried)
    _check(url, source)
    if own and not url.startswith("tcp://"):
        raise UsageError(f"docker.tls of the file is for an engine at tcp://host:port, but {source} is {url!r}")
    return EngineAddress(url, tuple(tried), _usable(own or tls, source) if url.startswith("tcp://") else None)


def _found(engine: str | None, environ: Mapping[str, str], tried: list[str]) -> tuple[str, str, Tls | None]:
    """The address, who says it, and what belongs to it of TLS."""
    for source, said in (("docker.engine of the file", engine), ("DOCKER_HOST", environ.get("DOCKER_HOST"))):
        tried.append(f"{source}: {said or 'not set'}")
        if said:
            return said, source, _tls_of(said, environ)
    name = chosen_context(environ)
    tried.append(f"docker context: {name or 'none chosen'}")
    if name:
        context = read_context(name, environ)
        return context.host, f"docker context {name!r}", context.tls
    usual = DEFAULT_TLS if _tls_variables(environ) else DEFAULT
    tried.append(f"the usual socket: {usual}")
    return usual, "the usual socket", _tls_of(usual, environ)


def _check(url: str, source: str) -> None:
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in ("unix", "tcp", "ssh"):
        raise UsageError(
            f"{source} is {url!r}: only unix:///path, tcp://host:port and ssh://[user@]host[:port] can be used"
        )
    if scheme == "unix" and not rest.startswith("/"):
        raise UsageError(f"{source} is {url!r}: the path of a unix socket must be absolute, as in {DEFAULT}")
    if scheme == "tcp":
        _check_tcp(url, source)
    if scheme == "ssh":
        _check_ssh(url, source)


def _check_tcp(url: str, source: str) -> None:
    try:
        parts = urlsplit(url)
        whole = parts.hostname and parts.port and not (parts.path.strip("/") or parts.query or parts.username)
    except ValueError:
        whole = None
    if not whole:
        raise UsageError(f"{source} is {url!r}: write it as tcp://host:port, without a path or a user")


def _check_ssh(url: str, source: str) -> None:
    """Whatever else stands there would end up as an argument of a command, or be left out in silence."""
    found = _SSH.fullmatch(url)
    if not found or int(found[3] or 1) not in range(1, 65536):
        raise UsageError(
            f"{source} is {url!r}: write it as ssh://[user@]host[:port], without a path or a password; names are made "
            "of letters, digits, '.', '_' and '-', and do not begin with '-'"
        )


def _usable(tls: Tls | None, source: str) -> Tls | None:
    """Make sure before anything is asked that the certificates can be used."""
    try:
        if tls is not None:
            tls.context()
    except UsageError as error:
        raise UsageError(f"{source}: TLS cannot be spoken: {error}") from error
    return tls


def _tls_of_file(docker: DockerSpec | None) -> Tls | None:
    said = docker.tls if docker else None
    return Tls(said.ca or "", said.cert or "", said.key or "", said.verify) if said else None


def _tls_variables(environ: Mapping[str, str]) -> list[str]:
    return [name for name in _TLS_VARIABLES if environ.get(name)]


def _tls_of(url: str, environ: Mapping[str, str]) -> Tls | None:
    """What the environment says of TLS, as the docker command reads it (docker/cli, cli/flags/options.go).

    Any value switches it on, ``0`` too; a certificate of ours may be missing, ``ca.pem`` may not.
    """
    asking = _tls_variables(environ)
    if not asking or not url.startswith("tcp://"):
        return None
    folder = Path(environ.get("DOCKER_CERT_PATH") or config_folder(environ))
    if not is_there(folder / "ca.pem"):
        raise UsageError(f"{asking[0]} is set, but there is no {folder / 'ca.pem'}; DOCKER_CERT_PATH names its folder")
    return tls_files(folder, verify=bool(environ.get("DOCKER_TLS_VERIFY")))
