"""Services in containers of one Docker Engine, here or on a host behind SSH."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Protocol

from seatrial.deadline import Deadline
from seatrial.errors import CouldNotLook
from seatrial.host import Access
from seatrial.instance import Container
from seatrial.locate.docker import NotAnswered, find, first_looks, image_ids, inspect_all
from seatrial.options import Options
from seatrial.parsers.log_scan import log_of_text
from seatrial.plan import slots as slots_of
from seatrial.questions import log_request, published_talks, reaching_talks, target_request
from seatrial.request import TargetRequest, Window
from seatrial.sanitise import clean
from seatrial.sites.site import (
    COMMAND_CAP,
    WAITING,
    Answers,
    Facts,
    Found,
    Reader,
    Slot,
    Told,
    each,
    filled,
    joined,
    nothing,
    run_commands,
)
from seatrial.snapshot import Change, CommandRun, Inside, LogFact, SlotFacts, Talk, Unreadable
from seatrial.spec.log import LogSpec
from seatrial.spec.service import ServiceSpec
from seatrial.transports import exec as exec_vehicle
from seatrial.transports.dialler import Dialler
from seatrial.transports.engine import Engine, ExecResult
from seatrial.transports.engine_address import EngineAddress
from seatrial.transports.patience import each_or_why, or_why
from seatrial.transports.proc import NotHere
from seatrial.transports.published import talk_to_published
from seatrial.transports.reach import talk_to_container

WORKERS = 4
"""Things asked of one engine at a time: its exec saturates two cores at four (benchmarks/)."""

DOCKER_LOG_CAP = 32 * 1024 * 1024
"""Bytes that are read of an engine's log, before it is given up."""

NOWHERE = NotHere("not read from /proc")


class Harbour(Protocol):
    """The machine on which an engine runs."""

    @property
    def address(self) -> EngineAddress:
        """Where the engine is."""

    @property
    def dialler(self) -> Dialler:
        """What connects to the engine, and to what it runs."""

    @property
    def reader(self) -> Reader:
        """What reads that machine's own /proc."""

    @property
    def access(self) -> Access | None:
        """How that machine was reached, None where it is this one."""

    def usable(self) -> str:
        """Empty, or why containers cannot be read from that machine's own /proc."""

    def begin(self) -> None:
        """Get ready for looks."""

    def arrive(self, deadline: Deadline) -> None:
        """Be there, at the beginning of each look.

        :raises CouldNotLook: where it is not reached.
        """

    def explained(self, problem: str) -> str:
        """Why the engine could not be asked, with what is known of it."""


class DockerSite:
    """The containers of one engine."""

    def __init__(self, services: Mapping[str, ServiceSpec], harbour: Harbour, options: Options, window: Window) -> None:
        self.services, self.harbour, self.options, self.window = services, harbour, options, window
        self._engine = self._connected()
        self._pool = ThreadPoolExecutor(WORKERS, "seatrial")
        self._waiting = ThreadPoolExecutor(WAITING, "seatrial-waiting")

    @property
    def where(self) -> str:
        """The engine's address."""
        return self.harbour.address.url

    def begin(self) -> None:
        """Get ready early: a reader is to be ready when the engine has answered."""
        if self.options.vehicle != "exec" or self.harbour.access is not None:
            self.harbour.begin()

    def end(self) -> None:
        """End the connections and the workers."""
        self._engine.close()
        for pool in (self._pool, self._waiting):
            pool.shutdown(wait=True, cancel_futures=True)

    def calls(self) -> Sequence[str]:
        """What the last look has sent to the engine."""
        return self._engine.calls

    def _connected(self) -> Engine:
        return Engine(self.harbour.address, dialler=self.harbour.dialler)

    def find(self, deadline: Deadline) -> Found:
        """Find the containers with one list call, and inspect each."""
        self._engine.close()
        self._engine = self._connected()
        try:
            self.harbour.arrive(deadline)
            located = find(self._engine, self.services)
        except NotAnswered as error:
            return nothing(self.services, Unreadable(self.harbour.explained(str(error))))
        except CouldNotLook as error:
            return nothing(self.services, Unreadable(str(error)))
        firsts = first_looks(self._engine, located, deadline)
        slots = {slot: firsts[found] if isinstance(found, str) else found for slot, found in located.slots.items()}
        return Found(located.services, slots)

    def _env(self) -> frozenset[str]:
        """The environment variables that the file names, of which alone values are kept."""
        return frozenset(key for spec in self.services.values() for key in spec.container.env)

    def facts(self, found: Found, deadline: Deadline) -> Facts:
        """Logs first, then the inside, then what touches: commands and connections; last, the second identity."""
        slots = filled(self.services, found)
        told: dict[str, SlotFacts | Unreadable] = {
            name: first for name, first in found.slots.items() if isinstance(first, Unreadable)
        }
        with self._engine as engine:
            images = image_ids(engine, [ref for slot in slots if (ref := _reference(slot))], deadline)
            docker_logs = each(self._pool, slots, partial(self._docker_logs, engine, deadline))
            more = each(self._pool, slots, partial(_asked_of_the_engine, engine, deadline))
            requests = self._requests(slots)
            answers = yield {self.harbour.reader: requests} if requests and self._may_read_proc() else {}
            insides = self._insides(engine, slots, requests, answers, deadline)
            commands = each(self._waiting, slots, partial(self._commands, engine, deadline))
            outside = each(self._waiting, slots, partial(self._outside, deadline))
            lasts = inspect_all(engine, [slot.first.id for slot in slots], deadline, self._env())
        for slot in slots:
            facts = SlotFacts(
                slot=slot.name,
                instance=slot.first,
                inside=insides[slot.name],
                commands=commands[slot.name],
                outside=outside[slot.name],
                docker_log=docker_logs[slot.name],
                **more[slot.name],
                image_id=images.get(_reference(slot), ""),
            )
            told[slot.name] = joined(slot, lasts[slot.first.id], facts)
        return Told(told, self._access())

    def _access(self) -> dict[str, Access]:
        access = self.harbour.access
        if access is None:
            return {}
        return {slot: access for name, spec in self.services.items() for slot in slots_of(name, spec)}

    def _requests(self, slots: Sequence[Slot]) -> list[TargetRequest]:
        talk = not self.options.read_only
        running = [slot for slot in slots if slot.first.status == "running"]
        return [target_request(slot.name, slot.first, slot.spec, talk=talk) for slot in running]

    def _insides(
        self,
        engine: Engine,
        slots: Sequence[Slot],
        requests: Sequence[TargetRequest],
        answers: Answers,
        deadline: Deadline,
    ) -> dict[str, Inside | Unreadable]:
        insides: dict[str, Inside | Unreadable] = {
            slot.name: Unreadable(f"container {slot.first.name} is {slot.first.status}") for slot in slots
        }
        read = {request.slot: answers.get(request.slot, NOWHERE) for request in requests}
        elsewhere = [request for request in requests if isinstance(read[request.slot], NotHere)]
        return {**insides, **read, **self._elsewhere(engine, elsewhere, deadline)}

    def _elsewhere(
        self, engine: Engine, requests: Sequence[TargetRequest], deadline: Deadline
    ) -> dict[str, Inside | Unreadable]:
        """What the machine's own /proc did not tell."""
        if self.options.vehicle == "proc":
            refusal = Unreadable(self.harbour.usable()) if self.harbour.usable() else None
            return {request.slot: refusal for request in requests if refusal}
        if self.options.read_only:
            refusal = Unreadable(
                "the engine's /proc is not readable from here, and --read-only runs nothing in a target"
            )
            return {request.slot: refusal for request in requests}
        found = self._pool.map(partial(self._exec, engine, deadline), requests)
        return dict(zip((request.slot for request in requests), found, strict=True))

    def _exec(self, engine: Engine, deadline: Deadline, request: TargetRequest) -> Inside | Unreadable:
        look = partial(exec_vehicle.look, engine, [request], self.window, max_workers=1)
        found = or_why(look, deadline)
        return found if isinstance(found, Unreadable) else found[request.slot]

    def _may_read_proc(self) -> bool:
        return self.options.vehicle != "exec" and not self.harbour.usable()

    def _docker_logs(self, engine: Engine, deadline: Deadline, slot: Slot) -> dict[str, LogFact | Unreadable]:
        asked = {log.name: log for log in slot.spec.logs if log.docker}
        return each_or_why(asked, lambda name: _docker_log(engine, slot, asked[name]), deadline)

    def _commands(self, engine: Engine, deadline: Deadline, slot: Slot) -> dict[str, CommandRun | Unreadable]:
        if self.options.read_only or slot.first.status != "running":
            return {}

        def run(argv: Sequence[str], user: str, deadline_s: float) -> ExecResult:
            return engine.exec_marked(slot.first.id, argv, user=user, deadline_s=deadline_s, cap=COMMAND_CAP)

        return run_commands(slot, run, deadline)

    def _outside(self, deadline: Deadline, slot: Slot) -> dict[str, Talk | Unreadable]:
        if self.options.read_only or slot.first.status != "running" or not isinstance(slot.first, Container):
            return {}
        ports, published = {port.name: port.published for port in slot.spec.ports}, slot.first.published
        ways = {
            key: partial(talk_to_published, self.harbour.dialler, published, asked, ports[key])
            for key, asked in published_talks(slot.spec).items()
        }
        own, address = tuple(slot.first.addresses.values()), self.harbour.address
        for key, asked in reaching_talks(slot.spec).items():
            ways[key] = partial(talk_to_container, self.harbour.dialler, address, own, asked)
        return {key: or_why(way, deadline) for key, way in ways.items()}


def _reference(slot: Slot) -> str:
    return slot.spec.image or ""


def _asked_of_the_engine(engine: Engine, deadline: Deadline, slot: Slot) -> dict[str, Any]:
    """What an engine tells only where it is asked for: digests, and what was changed in the container."""
    asked: dict[str, Any] = {}
    box = slot.first
    if slot.spec.container.image_digest and isinstance(box, Container):
        asked["image_digests"] = or_why(partial(engine.image_digests, box.image_id), deadline)
    if slot.spec.container.drift:
        asked["changes"] = or_why(partial(_changes, engine, box.id), deadline)
    return asked


def _changes(engine: Engine, container_id: str) -> tuple[Change, ...]:
    return tuple(Change(clean(path, 4096), kind) for path, kind in engine.changes(container_id))


def _docker_log(engine: Engine, slot: Slot, log: LogSpec) -> LogFact:
    since = slot.first.started_at if log.since == "start" else 0.0
    text = engine.logs(slot.first.id, since=since, cap=DOCKER_LOG_CAP, timestamps=True)
    return log_of_text("docker log", text, log_request(log), stamped=True)
