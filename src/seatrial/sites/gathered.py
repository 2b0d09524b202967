"""All places at which the services of one deployment run."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from seatrial.options import Options
from seatrial.registry.detour import Dial
from seatrial.request import Window
from seatrial.sites.docker import DockerSite, Harbour
from seatrial.sites.here import HereHarbour
from seatrial.sites.local import LocalSite
from seatrial.sites.site import Site
from seatrial.spec.deployment import DeploymentSpec
from seatrial.spec.service import ServiceSpec
from seatrial.transports.engine_address import EngineAddress, resolve
from seatrial.transports.proc import ProcReader

if TYPE_CHECKING:
    from seatrial.sites.remotes import Remotes


class Gathered:
    """The sites of a deployment, and the hosts that they share.

    :param environ: environment in which engines, keys and agents are looked for.
    :raises UsageError: where an engine's address cannot be used.
    """

    def __init__(
        self, deployment: DeploymentSpec, options: Options, environ: Mapping[str, str], window: Window
    ) -> None:
        self._deployment, self._options, self._environ, self._window = deployment, options, environ, window
        self._here = ProcReader()
        self._remotes: Remotes | None = None
        self.sites: tuple[Site, ...] = tuple(self._all())

    def look_begins(self) -> None:
        """What the last look knew of hosts is forgotten; their connections are kept."""
        if self._remotes is not None:
            self._remotes.over()

    def afresh(self) -> bool:
        """Let go of connections that were kept; whether there were any."""
        if self._remotes is None:
            return False
        self._remotes.end()
        return True

    def end(self) -> None:
        """Let go of the machines, once all sites have ended."""
        self._here.close()
        if self._remotes is not None:
            self._remotes.end()

    def dial_from(self, name: str) -> Dial:
        """What connects from a host to where only it gets."""
        remote = self._hosts().named(name)
        return lambda host, port, deadline: remote.certain(deadline).dial(host, port, deadline)

    def _all(self) -> Iterator[Site]:
        kinds: dict[str, dict[str, ServiceSpec]] = {}
        for name, spec in self._deployment.services.items():
            kinds.setdefault(spec.on, {})[name] = spec
        for address, services in self._engines(kinds.get("docker", {})).items():
            yield DockerSite(services, self._harbour(address), self._options, self._window)
        if "ssh" in kinds:
            yield self._host_site(kinds["ssh"])
        if "local" in kinds:
            yield LocalSite(kinds["local"], self._here, self._options)

    def _engines(self, services: Mapping[str, ServiceSpec]) -> dict[EngineAddress, dict[str, ServiceSpec]]:
        """The services of each engine: that of the service, else that of the file, else that of the environment."""
        found: dict[EngineAddress, dict[str, ServiceSpec]] = {}
        for name, spec in services.items():
            said = spec.docker if spec.docker and spec.docker.engine else self._deployment.docker
            found.setdefault(resolve(said, self._environ), {})[name] = spec
        return found

    def _harbour(self, address: EngineAddress) -> Harbour:
        if address.ssh is None:
            return HereHarbour(address, self._here)
        from seatrial.sites.there import ThereHarbour

        return ThereHarbour(address, self._hosts().named(address.ssh.host, address.ssh.user, address.ssh.port))

    def _host_site(self, services: Mapping[str, ServiceSpec]) -> Site:
        from seatrial.sites.hosts import HostSite

        return HostSite(services, self._deployment.inventory, self._hosts(), self._options)

    def _hosts(self) -> "Remotes":
        """The hosts; the SSH client behind them takes 0.2 s to import, which no other run should pay."""
        from seatrial.sites.remotes import Remotes

        if self._remotes is None:
            self._remotes = Remotes(self._deployment, self._environ)
        return self._remotes
