"""One complete look at a deployment: engine, registry and the inside of every container, one instant for all."""

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import Self, TypeVar

from seatrial.locate.docker import find, image_ids, inspect_all
from seatrial.options import Options
from seatrial.parsers.log_scan import log_of_text
from seatrial.questions import log_request, published_talks, target_request
from seatrial.registry import zookeeper
from seatrial.request import TargetRequest, Window
from seatrial.snapshot import (
    CommandRun,
    Container,
    Inside,
    LogFact,
    RegistryPath,
    SlotFacts,
    Snapshot,
    Talk,
    Unreadable,
)
from seatrial.spec.deployment import DeploymentSpec
from seatrial.spec.log import LogSpec
from seatrial.spec.service import ServiceSpec
from seatrial.spec.status import StatusSpec
from seatrial.transports import exec as exec_vehicle
from seatrial.transports.aside import aside
from seatrial.transports.deadline import Deadline
from seatrial.transports.engine import Engine
from seatrial.transports.engine_address import resolve
from seatrial.transports.patience import each_or_why, or_why
from seatrial.transports.proc import NotHere, ProcReader
from seatrial.transports.published import talk_to_published

T = TypeVar("T")

WORKERS = 4
"""Things asked of one engine at a time: its exec saturates two cores at four (benchmarks/)."""

WAITING = 16
"""Slots whose commands and published ports are asked at a time: that is mostly waiting."""

LOOK_S, SLOT_S, SPARE_S = 30.0, 2.0, 2.0
"""Seconds for a look, more for each slot, and more for the commands of one slot than the longest of them may take."""

REGISTRY_TURNS = 4
"""Timeouts of the registry for all of its answers together."""

DOCKER_LOG_CAP = 32 * 1024 * 1024
COMMAND_CAP = 1024 * 1024
"""Bytes that are read of an engine's log, and of a status command's output, before it is given up."""

IDENTITY = ("id", "name", "state", "image", "start time", "first process")
NOWHERE = NotHere("not read from /proc")


@dataclass(frozen=True, slots=True)
class Slot:
    """A slot that a container fills."""

    name: str
    spec: ServiceSpec
    first: Container


class Looker:
    """Looks at one deployment, as often as it is asked to.

    :param environ: environment in which the engine's address is looked for.
    """

    def __init__(self, deployment: DeploymentSpec, options: Options, environ: Mapping[str, str]) -> None:
        self.deployment, self.options = deployment, options
        self.window = Window()
        self.address = resolve(deployment.docker.engine, environ)
        self._reader = ProcReader()
        self._pool = ThreadPoolExecutor(WORKERS, "seatrial")
        self._waiting = ThreadPoolExecutor(WAITING, "seatrial-waiting")
        self._deadline = Deadline.within(_look_s(deployment))

    def __enter__(self) -> Self:
        """Start the reader early: it is ready when the engine has answered."""
        if self._may_read_proc():
            self._reader.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End the reader and the workers."""
        self._reader.close()
        for pool in (self._pool, self._waiting):
            pool.shutdown(wait=True, cancel_futures=True)

    def look(self) -> Snapshot:
        """Look once; whatever could not be read is an ``Unreadable`` in the answer, never an exception.

        It has one deadline for all that it asks of the engine; what was not asked by then is ``Unreadable`` at once.
        """
        taken_at, began = time.time(), time.monotonic()
        self._deadline = Deadline.within(_look_s(self.deployment))
        engine = Engine(self.address)
        with engine:
            return self._look(engine, taken_at, began)

    def _look(self, engine: Engine, taken_at: float, began: float) -> Snapshot:
        located = find(engine, self.deployment)
        firsts = inspect_all(engine, located.container_ids, self._deadline)
        slots = {slot: firsts[found] if isinstance(found, str) else found for slot, found in located.slots.items()}
        filled = [Slot(name, self._spec(name), first) for name, first in slots.items() if isinstance(first, Container)]
        blank = {name: first for name, first in slots.items() if isinstance(first, Unreadable)}
        registry = aside(partial(self._registry, [slot.first for slot in filled]), "seatrial-registry")
        facts = self._facts(engine, filled)
        return Snapshot(
            taken_at=taken_at,
            took_s=time.monotonic() - began,
            services=located.services,
            slots=MappingProxyType({**blank, **facts}),
            registry=self._registered(registry),
            calls=tuple(engine.calls),
        )

    def _facts(self, engine: Engine, slots: Sequence[Slot]) -> dict[str, SlotFacts | Unreadable]:
        """Logs first, then the inside, then what touches: commands and connections; last, the second identity."""
        images = image_ids(engine, [slot.spec.image for slot in slots if slot.spec.image], self._deadline)
        docker_logs = _each(self._pool, slots, partial(self._docker_logs, engine))
        insides = self._insides(engine, slots)
        commands = _each(self._waiting, slots, partial(self._commands, engine))
        outside = _each(self._waiting, slots, self._outside)
        lasts = inspect_all(engine, [slot.first.id for slot in slots], self._deadline)
        return {
            slot.name: _joined(
                slot,
                lasts[slot.first.id],
                SlotFacts(
                    slot=slot.name,
                    container=slot.first,
                    inside=insides[slot.name],
                    commands=commands[slot.name],
                    outside=outside[slot.name],
                    docker_log=docker_logs[slot.name],
                    image_id=images.get(slot.spec.image or "", ""),
                ),
            )
            for slot in slots
        }

    def _insides(self, engine: Engine, slots: Sequence[Slot]) -> dict[str, Inside | Unreadable]:
        running = [slot for slot in slots if slot.first.status == "running"]
        answers: dict[str, Inside | Unreadable] = {
            slot.name: Unreadable(f"container {slot.first.name} is {slot.first.status}") for slot in slots
        }
        requests = [
            target_request(slot.name, slot.first, slot.spec, talk=not self.options.read_only) for slot in running
        ]
        answers.update(self._read(engine, requests))
        return answers

    def _read(self, engine: Engine, requests: Sequence[TargetRequest]) -> dict[str, Inside | Unreadable]:
        answers: dict[str, Inside | Unreadable] = {}
        if requests and self._may_read_proc():
            answers = self._reader.look(requests, self.window)
        elif self.options.vehicle == "proc":
            return {request.slot: Unreadable(self._reader.usable()) for request in requests}
        if self.options.vehicle == "proc":
            return answers
        elsewhere = [request for request in requests if isinstance(answers.get(request.slot, NOWHERE), NotHere)]
        if self.options.read_only:
            refusal = Unreadable(
                "the engine's /proc is not readable from here, and --read-only runs nothing in a target"
            )
            return {**answers, **{request.slot: refusal for request in elsewhere}}
        inside = self._pool.map(partial(self._exec, engine), elsewhere)
        return {**answers, **dict(zip((request.slot for request in elsewhere), inside, strict=True))}

    def _exec(self, engine: Engine, request: TargetRequest) -> Inside | Unreadable:
        look = partial(exec_vehicle.look, engine, [request], self.window, max_workers=1)
        found = or_why(look, self._deadline)
        return found if isinstance(found, Unreadable) else found[request.slot]

    def _may_read_proc(self) -> bool:
        return self.options.vehicle != "exec" and not self._reader.usable()

    def _docker_logs(self, engine: Engine, slot: Slot) -> dict[str, LogFact | Unreadable]:
        asked = {log.name: log for log in slot.spec.logs if log.docker}
        return each_or_why(asked, lambda name: _docker_log(engine, slot, asked[name]), self._deadline)

    def _commands(self, engine: Engine, slot: Slot) -> dict[str, CommandRun | Unreadable]:
        if self.options.read_only or slot.first.status != "running":
            return {}
        asked = [status for status in slot.spec.status if status.command]
        deadline = Deadline.within(max((status.within for status in asked), default=0.0) + SPARE_S)
        return {
            status.name: or_why(partial(_command, engine, slot, status, deadline), self._deadline) for status in asked
        }

    def _outside(self, slot: Slot) -> dict[str, Talk | Unreadable]:
        if self.options.read_only or slot.first.status != "running":
            return {}
        ports = {port.name: port.published for port in slot.spec.ports}
        return {
            key: or_why(
                partial(talk_to_published, self.address, slot.first.published, asked, ports[key]), self._deadline
            )
            for key, asked in published_talks(slot.spec).items()
        }

    def _registry(self, containers: Sequence[Container]) -> Mapping[str, RegistryPath | Unreadable]:
        ensemble, paths = self.deployment.zookeeper, self._paths()
        return zookeeper.read(ensemble, paths, resolve=Names(containers).address) if ensemble and paths else {}

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

    def _spec(self, slot: str) -> ServiceSpec:
        return self.deployment.services[slot.rpartition(".")[0]]


class Names:
    """Names of the deployment's own containers, for a registry that runs in one of them."""

    def __init__(self, containers: Iterable[Container]) -> None:
        self._addresses: dict[str, str] = {}
        for container in containers:
            address = next(iter(container.addresses.values()), "")
            for name in (container.name, container.hostname, *container.aliases):
                if address:
                    self._addresses.setdefault(name, address)

    def address(self, name: str) -> str:
        """The container's address for a name that is one of ours, else the name as it is."""
        return self._addresses.get(name, name)


def _each(pool: ThreadPoolExecutor, slots: Sequence[Slot], ask: Callable[[Slot], T]) -> dict[str, T]:
    return dict(zip((slot.name for slot in slots), pool.map(ask, slots), strict=True))


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


def _docker_log(engine: Engine, slot: Slot, log: LogSpec) -> LogFact:
    since = slot.first.started_at if log.since == "start" else 0.0
    text = engine.logs(slot.first.id, since=since, cap=DOCKER_LOG_CAP, timestamps=True)
    return log_of_text("docker log", text, log_request(log), stamped=True)


def _command(engine: Engine, slot: Slot, status: StatusSpec, deadline: Deadline) -> CommandRun:
    """Run one command.

    :param deadline: of all commands of its slot.
    """
    argv, allowed = tuple(status.command or ()), min(status.within, deadline.left())
    ran = engine.exec_marked(slot.first.id, argv, user=status.user or "", deadline_s=allowed, cap=COMMAND_CAP)
    return CommandRun(argv, ran.exit_code, ran.stdout, ran.stderr)


def _joined(slot: Slot, last: Container | Unreadable, facts: SlotFacts) -> SlotFacts | Unreadable:
    """Hold the last moment of the look against the first: what changed in between is said."""
    if isinstance(last, Unreadable):
        return Unreadable(f"container {slot.first.name} could not be looked at again at the end: {last.reason}")
    return replace(facts, container=last, changed="; ".join(_changes(slot.first, last, facts.inside)))


def _changes(first: Container, last: Container, inside: Inside | Unreadable) -> Iterator[str]:
    for label, before, after in zip(IDENTITY, first.identity, last.identity, strict=True):
        if before != after:
            yield f"{label} was {before} and is {after}"
    if isinstance(inside, Inside) and inside.identity != inside.identity_last:
        yield f"its first process or the host's boot changed: {inside.identity} and then {inside.identity_last}"
