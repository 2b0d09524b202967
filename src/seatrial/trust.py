"""``seatrial trust``: the keys of a deployment's hosts, shown hop by hop, and written down where a person says yes."""

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from seatrial.errors import CouldNotLook, UsageError
from seatrial.sanitise import clean
from seatrial.spec.deployment import DeploymentSpec
from seatrial.spec.docker import SSH
from seatrial.spec.inventory.host import Host, host_named
from seatrial.ssh.fleet import Fleet
from seatrial.ssh.identity import objection
from seatrial.ssh.known import HostKey, KnownHosts
from seatrial.ssh.route import Route
from seatrial.ssh.settings import Settings
from seatrial.ssh.trouble import NotReached
from seatrial.ssh.wishes import wishes


def trusted(
    deployment: DeploymentSpec,
    environ: Mapping[str, str],
    known_hosts: Path | None,
    agree: Callable[[str], bool],
    say: Callable[[str], None],
) -> bool:
    """Go to every host of a deployment, its jump hosts first, and ask about each key that is not known.

    :param known_hosts: file to read and write, instead of what the deployment or the configuration of ssh names.
    :param agree: is asked whether a key may be written down.
    :param say: is told each hop and what became of it.
    :returns: whether the keys of all hosts are known now.
    :raises UsageError: when no host is behind SSH, or a key cannot be written down.
    """
    hosts = hosts_of(deployment)
    if not hosts:
        raise UsageError("no host of this deployment is behind SSH; hosts: and docker: {engine: ssh://NAME} name them")
    wished = wishes(deployment.ssh, environ)
    fleet = Fleet(replace(wished, known_hosts=known_hosts or wished.known_hosts), deployment.inventory, environ)
    try:
        walk = _Walk(fleet, agree, say)
        passed = [walk.to(host) for host in hosts]  # all of them, also after one that is not
        return all(passed)
    finally:
        fleet.end()


def hosts_of(deployment: DeploymentSpec) -> tuple[Host, ...]:
    """All hosts that are reached over SSH: the inventory's, those of engines, and the one that reaches the registry."""
    dockers = [deployment.docker, *(service.docker for service in deployment.services.values())]
    engines = [docker.engine for docker in dockers if docker and docker.engine]
    named = [engine.removeprefix(SSH) for engine in engines if engine.startswith(SSH)]
    if deployment.zookeeper and deployment.zookeeper.via:
        named.append(deployment.zookeeper.via)
    return tuple(dict.fromkeys((*deployment.inventory, *(host_named(name, deployment.inventory) for name in named))))


class _Walk:
    def __init__(self, fleet: Fleet, agree: Callable[[str], bool], say: Callable[[str], None]) -> None:
        self._fleet, self._agree = fleet, agree
        self._say: Callable[[str], None] = lambda text: say(clean(text))
        self._known = KnownHosts()
        self._passed: dict[Route, bool] = {}

    def to(self, host: Host) -> bool:
        """Whether the keys of all hops to a host are known now."""
        try:
            route = self._fleet.route(host)
        except NotReached as error:
            self._say(f"{host.name}: {error}")
            return False
        for hops in range(1, len(route) + 1):
            if not self._is_passed(route[:hops]):
                if hops < len(route):
                    self._say(f"{host.name}: not asked, since its jump host {route[hops - 1].name} is not trusted")
                return False
        return True

    def _is_passed(self, route: Route) -> bool:
        if route not in self._passed:
            self._passed[route] = self._pass(route)
        return self._passed[route]

    def _pass(self, route: Route) -> bool:
        hop = route[-1]
        try:
            shown = self._fleet.key(route)
            obstacle = objection(hop, self._known.entries(hop.known_hosts), shown)
        except CouldNotLook as error:
            self._say(f"{hop.name}: {error}")
            return False
        told = f"{hop.name} {hop.address} shows {shown.kind} {shown.fingerprint}"
        if obstacle is None:
            self._say(f"{told}, which is known")
            return True
        if obstacle.wrong:
            self._say(f"{hop.name}: {obstacle.said}. If that is right, take the old key out first: {_removal(hop)}")
            return False
        self._say(told)
        return self._added(hop, shown)

    def _added(self, hop: Settings, shown: HostKey) -> bool:
        file = _file(hop)
        if not self._agree(f"write it into {file} as {hop.known_as}?"):
            self._say(f"{hop.name}: not trusted")
            return False
        _append(file, shown.line(hop.known_as))
        self._say(f"{hop.name}: written into {file}")
        return True


def _file(hop: Settings) -> Path:
    if not hop.known_hosts:
        raise UsageError(f"{hop.name}: there is no known_hosts file to write into; give --known-hosts FILE")
    return Path(hop.known_hosts[0])


def _removal(hop: Settings) -> str:
    return f"ssh-keygen -R {hop.known_as!r} -f {str(_file(hop))!r}"


def _append(file: Path, line: str) -> None:
    """Add a line in one write, so that nobody reads or writes between its parts; what is there stays."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            size = os.fstat(descriptor).st_size
            whole = not size or os.pread(descriptor, 1, size - 1) == b"\n"
            os.write(descriptor, (line if whole else f"\n{line}").encode())
        finally:
            os.close(descriptor)
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}") from error
