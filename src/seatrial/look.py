"""One complete look at a deployment: sites, registry and the inside of every instance, one instant for all."""

import math
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from types import MappingProxyType
from typing import Self

from seatrial.deadline import Deadline
from seatrial.instance import Instance
from seatrial.options import Options
from seatrial.questions import published_talks
from seatrial.registry import zookeeper
from seatrial.registry.detour import Dial
from seatrial.registry.zookeeper import Registered
from seatrial.request import TargetRequest, Window
from seatrial.sites.gathered import Gathered
from seatrial.sites.site import SPARE_S, WAITING, Facts, Reader, Site, Told, told_at_last
from seatrial.snapshot import Snapshot
from seatrial.spec.deployment import DeploymentSpec
from seatrial.spec.service import ServiceSpec
from seatrial.transports.aside import aside

LOOK_S, SLOT_S = 30.0, 2.0
"""Seconds for a look, and more for each slot."""

READERS = 64
"""Machines that are read at the same time: that is mostly waiting."""

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
        self.window = window or Window()
        self._gathered = Gathered(deployment, options, environ, self.window)
        self.sites = self._gathered.sites
        self._hands = ThreadPoolExecutor(len(self.sites), "seatrial-site")
        self._reading = ThreadPoolExecutor(READERS, "seatrial-reading")

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
        self.end()
        for pool in (self._hands, self._reading):
            pool.shutdown(wait=True, cancel_futures=True)

    def site_of(self, slot: str) -> Site:
        """The site that a slot is found at."""
        service = slot.rpartition(".")[0]
        return next(site for site in self.sites if service in site.services)

    def registry_dial(self) -> Dial | None:
        """How servers of the registry are reached, None for straight from here."""
        ensemble = self.deployment.zookeeper
        return self._gathered.dial_from(ensemble.via) if ensemble and ensemble.via else None

    def afresh(self) -> bool:
        """Have the next look connect to all hosts anew; False where no connections are kept between looks."""
        return self._gathered.afresh()

    def end(self) -> None:
        """End the connections to hosts, also those that were made after the look."""
        self._gathered.end()

    def look(self) -> Snapshot:
        """Look once; whatever could not be read is an ``Unreadable`` in the answer, never an exception.

        It has one deadline for all that it asks; what was not asked by then is ``Unreadable`` at once.
        """
        self._gathered.look_begins()
        taken_at, began = time.time(), time.monotonic()
        deadline = Deadline.within(_look_s(self.deployment))
        found = list(self._hands.map(lambda site: site.find(deadline), self.sites))
        instances = [one for each in found for one in each.slots.values() if isinstance(one, Instance)]
        registry = aside(partial(self._registry, instances), "seatrial-registry")
        told = self._facts([site.facts(own, deadline) for site, own in zip(self.sites, found, strict=True)])
        registered = self._registered(registry)
        return Snapshot(
            taken_at=taken_at,
            took_s=time.monotonic() - began,
            services=MappingProxyType({name: said for each in found for name, said in each.services.items()}),
            slots=MappingProxyType({slot: said for each in told for slot, said in each.slots.items()}),
            registry=registered.paths,
            calls=tuple(call for site in self.sites for call in site.calls()),
            access=MappingProxyType({slot: said for each in told for slot, said in each.access.items()}),
            nodes=registered.nodes,
        )

    def _facts(self, telling: Sequence[Facts]) -> list[Told]:
        """What all sites tell, once each reader has read for all of them together, side by side with the others."""
        asked: dict[Reader, list[TargetRequest]] = {}
        for each in self._hands.map(next, telling):
            for reader, requests in each.items():
                asked.setdefault(reader, []).extend(requests)
        reads = self._reading.map(lambda reader: reader.look(asked[reader], self.window), asked)
        answers = {slot: said for read in reads for slot, said in read.items()}
        return list(self._hands.map(lambda facts: told_at_last(facts, answers), telling))

    def _registry(self, instances: Iterable[Instance]) -> Registered:
        ensemble, paths, nodes = self.deployment.zookeeper, self._paths(), self._nodes()
        if ensemble is None or not (paths or nodes):
            return Registered({}, {})
        return zookeeper.read(ensemble, paths, nodes, resolve=Names(instances).address, dial=self.registry_dial())

    def _registered(self, registry: "Future[Registered]") -> Registered:
        """What the registry told; one that keeps its reader for ever is left alone with it."""
        ensemble = self.deployment.zookeeper
        allowed = REGISTRY_TURNS * ensemble.timeout + SPARE_S if ensemble else None
        try:
            return registry.result(allowed)
        except TimeoutError:
            reason = f"ZooKeeper kept its reader for more than {allowed:.3g} s"
            return zookeeper.unreadable(self._paths(), self._nodes(), reason)

    def _paths(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(item.path for spec in self.deployment.services.values() for item in spec.registered))

    def _nodes(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(item.node for spec in self.deployment.services.values() for item in spec.listed))


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


def _look_s(deployment: DeploymentSpec) -> float:
    """Seconds for a whole look: what may be declared to take long is not held against it."""
    specs = deployment.services.values()
    slots = sum(spec.instances for spec in specs)
    waits = [_longest(spec) for spec in specs]
    return LOOK_S + SLOT_S * slots + max(waits, default=0.0) * math.ceil(slots / WAITING)


def _longest(spec: ServiceSpec) -> float:
    """Seconds that commands and published ports of one slot may take."""
    commands = [status.within + status.every_s for status in spec.status if status.command]
    return max(commands, default=0.0) + SPARE_S + sum(talk.within_s for talk in published_talks(spec).values())
