"""One complete look at a deployment: sites, registry and the inside of every instance, one instant for all."""

import math
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from types import MappingProxyType
from typing import Self

from seatrial.instance import Instance
from seatrial.options import Options
from seatrial.questions import published_talks
from seatrial.registry import zookeeper
from seatrial.request import Window
from seatrial.sites.docker import DockerSite
from seatrial.sites.local import LocalSite
from seatrial.sites.site import SPARE_S, WAITING, Site
from seatrial.snapshot import RegistryPath, Snapshot, Unreadable
from seatrial.spec.deployment import DeploymentSpec
from seatrial.spec.service import ServiceSpec
from seatrial.transports.aside import aside
from seatrial.transports.deadline import Deadline
from seatrial.transports.engine_address import resolve

LOOK_S, SLOT_S = 30.0, 2.0
"""Seconds for a look, and more for each slot."""

REGISTRY_TURNS = 4
"""Timeouts of the registry for all of its answers together."""


class Looker:
    """Looks at one deployment, as often as it is asked to.

    :param environ: environment in which the engine's address is looked for.
    :param window: how it samples.
    :raises UsageError: where that address cannot be used.
    """

    def __init__(
        self, deployment: DeploymentSpec, options: Options, environ: Mapping[str, str], window: Window | None = None
    ) -> None:
        self.deployment, self.options = deployment, options
        self.sites = _sites(deployment, options, environ, window or Window())
        self._hands = ThreadPoolExecutor(len(self.sites), "seatrial-site")

    @property
    def where(self) -> str:
        """Where the services run, for the report."""
        return ", ".join(site.where for site in self.sites)

    def __enter__(self) -> Self:
        """Get ready early."""
        for site in self.sites:
            site.begin()
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of everything."""
        for site in self.sites:
            site.end()
        self._hands.shutdown(wait=True, cancel_futures=True)

    def look(self) -> Snapshot:
        """Look once; whatever could not be read is an ``Unreadable`` in the answer, never an exception.

        It has one deadline for all that it asks; what was not asked by then is ``Unreadable`` at once.
        """
        taken_at, began = time.time(), time.monotonic()
        deadline = Deadline.within(_look_s(self.deployment))
        found = list(self._hands.map(lambda site: site.find(deadline), self.sites))
        instances = [one for each in found for one in each.slots.values() if isinstance(one, Instance)]
        registry = aside(partial(self._registry, instances), "seatrial-registry")
        facts = list(self._hands.map(lambda site, own: site.facts(own, deadline), self.sites, found))
        return Snapshot(
            taken_at=taken_at,
            took_s=time.monotonic() - began,
            services=MappingProxyType({name: said for each in found for name, said in each.services.items()}),
            slots=MappingProxyType({slot: said for each in facts for slot, said in each.items()}),
            registry=self._registered(registry),
            calls=tuple(call for site in self.sites for call in site.calls()),
        )

    def _registry(self, instances: Iterable[Instance]) -> Mapping[str, RegistryPath | Unreadable]:
        ensemble, paths = self.deployment.zookeeper, self._paths()
        return zookeeper.read(ensemble, paths, resolve=Names(instances).address) if ensemble and paths else {}

    def _registered(
        self, registry: "Future[Mapping[str, RegistryPath | Unreadable]]"
    ) -> Mapping[str, RegistryPath | Unreadable]:
        """What the registry told; one that keeps its reader for ever is left alone with it."""
        ensemble = self.deployment.zookeeper
        allowed = REGISTRY_TURNS * ensemble.timeout + SPARE_S if ensemble else None
        try:
            return registry.result(allowed)
        except TimeoutError:
            return dict.fromkeys(self._paths(), Unreadable(f"ZooKeeper kept its reader for more than {allowed:.3g} s"))

    def _paths(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(item.path for spec in self.deployment.services.values() for item in spec.registered))


class Names:
    """Names of the deployment's own instances, for a registry that runs in one of them."""

    def __init__(self, instances: Iterable[Instance]) -> None:
        self._addresses: dict[str, str] = {}
        for instance in instances:
            address = next(iter(instance.addresses.values()), "")
            for name in (instance.name, instance.hostname, *instance.aliases):
                if address and name:
                    self._addresses.setdefault(name, address)

    def address(self, name: str) -> str:
        """The instance's address for a name that is one of ours, else the name as it is."""
        return self._addresses.get(name, name)


def _sites(
    deployment: DeploymentSpec, options: Options, environ: Mapping[str, str], window: Window
) -> tuple[Site, ...]:
    """The sites that the deployment's services run on."""
    kinds: dict[str, dict[str, ServiceSpec]] = {}
    for name, spec in deployment.services.items():
        kinds.setdefault(spec.on, {})[name] = spec
    sites: list[Site] = []
    if "docker" in kinds:
        sites.append(DockerSite(kinds["docker"], resolve(deployment.docker.engine, environ), options, window))
    if "local" in kinds:
        sites.append(LocalSite(kinds["local"], options, window))
    return tuple(sites)


def _look_s(deployment: DeploymentSpec) -> float:
    """Seconds for a whole look: what may be declared to take long is not held against it."""
    specs = deployment.services.values()
    slots = sum(spec.instances for spec in specs)
    waits = [_longest(spec) for spec in specs]
    return LOOK_S + SLOT_S * slots + max(waits, default=0.0) * math.ceil(slots / WAITING)


def _longest(spec: ServiceSpec) -> float:
    """Seconds that commands and published ports of one slot may take."""
    commands = [status.within for status in spec.status if status.command]
    return max(commands, default=0.0) + SPARE_S + sum(talk.within_s for talk in published_talks(spec).values())
