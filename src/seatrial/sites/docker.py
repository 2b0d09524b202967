"""Services in containers of one Docker Engine."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from seatrial.instance import Container
from seatrial.locate.docker import find, image_ids, inspect_all
from seatrial.options import Options
from seatrial.parsers.log_scan import log_of_text
from seatrial.questions import log_request, published_talks, target_request
from seatrial.request import TargetRequest, Window
from seatrial.sites.site import COMMAND_CAP, WAITING, Found, Slot, each, filled, joined, run_commands
from seatrial.snapshot import CommandRun, Inside, LogFact, SlotFacts, Talk, Unreadable
from seatrial.spec.log import LogSpec
from seatrial.spec.service import ServiceSpec
from seatrial.transports import exec as exec_vehicle
from seatrial.transports.deadline import Deadline
from seatrial.transports.engine import Engine, ExecResult
from seatrial.transports.engine_address import EngineAddress
from seatrial.transports.patience import each_or_why, or_why
from seatrial.transports.proc import NotHere, ProcReader
from seatrial.transports.published import talk_to_published

WORKERS = 4
"""Things asked of one engine at a time: its exec saturates two cores at four (benchmarks/)."""

DOCKER_LOG_CAP = 32 * 1024 * 1024
"""Bytes that are read of an engine's log, before it is given up."""

NOWHERE = NotHere("not read from /proc")


class DockerSite:
    """The containers of one engine."""

    def __init__(
        self, services: Mapping[str, ServiceSpec], address: EngineAddress, options: Options, window: Window
    ) -> None:
        self.services, self.address, self.options, self.window = services, address, options, window
        self._reader = ProcReader()
        self._engine = Engine(address)
        self._pool = ThreadPoolExecutor(WORKERS, "seatrial")
        self._waiting = ThreadPoolExecutor(WAITING, "seatrial-waiting")

    @property
    def where(self) -> str:
        """The engine's address."""
        return self.address.url

    def begin(self) -> None:
        """Start the reader early: it is ready when the engine has answered."""
        if self._may_read_proc():
            self._reader.start()

    def end(self) -> None:
        """End the reader and the workers."""
        self._reader.close()
        self._engine.close()
        for pool in (self._pool, self._waiting):
            pool.shutdown(wait=True, cancel_futures=True)

    def calls(self) -> Sequence[str]:
        """What the last look has sent to the engine."""
        return self._engine.calls

    def find(self, deadline: Deadline) -> Found:
        """Find the containers with one list call, and inspect each."""
        self._engine.close()
        self._engine = Engine(self.address)
        located = find(self._engine, self.services)
        firsts = inspect_all(self._engine, located.container_ids, deadline)
        slots = {slot: firsts[found] if isinstance(found, str) else found for slot, found in located.slots.items()}
        return Found(located.services, slots)

    def facts(self, found: Found, deadline: Deadline) -> Mapping[str, SlotFacts | Unreadable]:
        """Logs first, then the inside, then what touches: commands and connections; last, the second identity."""
        slots = filled(self.services, found)
        blank = {name: first for name, first in found.slots.items() if isinstance(first, Unreadable)}
        with self._engine as engine:
            return {**blank, **self._facts(engine, slots, deadline)}

    def _facts(self, engine: Engine, slots: Sequence[Slot], deadline: Deadline) -> dict[str, SlotFacts | Unreadable]:
        images = image_ids(engine, [slot.spec.image for slot in slots if slot.spec.image], deadline)
        docker_logs = each(self._pool, slots, partial(self._docker_logs, engine, deadline))
        insides = self._insides(engine, slots, deadline)
        commands = each(self._waiting, slots, partial(self._commands, engine, deadline))
        outside = each(self._waiting, slots, partial(self._outside, deadline))
        lasts = inspect_all(engine, [slot.first.id for slot in slots], deadline)
        return {
            slot.name: joined(
                slot,
                lasts[slot.first.id],
                SlotFacts(
                    slot=slot.name,
                    instance=slot.first,
                    inside=insides[slot.name],
                    commands=commands[slot.name],
                    outside=outside[slot.name],
                    docker_log=docker_logs[slot.name],
                    image_id=images.get(slot.spec.image or "", ""),
                ),
            )
            for slot in slots
        }

    def _insides(self, engine: Engine, slots: Sequence[Slot], deadline: Deadline) -> dict[str, Inside | Unreadable]:
        running = [slot for slot in slots if slot.first.status == "running"]
        answers: dict[str, Inside | Unreadable] = {
            slot.name: Unreadable(f"container {slot.first.name} is {slot.first.status}") for slot in slots
        }
        requests = [
            target_request(slot.name, slot.first, slot.spec, talk=not self.options.read_only) for slot in running
        ]
        answers.update(self._read(engine, requests, deadline))
        return answers

    def _read(
        self, engine: Engine, requests: Sequence[TargetRequest], deadline: Deadline
    ) -> dict[str, Inside | Unreadable]:
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
        inside = self._pool.map(partial(self._exec, engine, deadline), elsewhere)
        return {**answers, **dict(zip((request.slot for request in elsewhere), inside, strict=True))}

    def _exec(self, engine: Engine, deadline: Deadline, request: TargetRequest) -> Inside | Unreadable:
        look = partial(exec_vehicle.look, engine, [request], self.window, max_workers=1)
        found = or_why(look, deadline)
        return found if isinstance(found, Unreadable) else found[request.slot]

    def _may_read_proc(self) -> bool:
        return self.options.vehicle != "exec" and not self._reader.usable()

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
        return {
            key: or_why(partial(talk_to_published, self.address, published, asked, ports[key]), deadline)
            for key, asked in published_talks(slot.spec).items()
        }


def _docker_log(engine: Engine, slot: Slot, log: LogSpec) -> LogFact:
    since = slot.first.started_at if log.since == "start" else 0.0
    text = engine.logs(slot.first.id, since=since, cap=DOCKER_LOG_CAP, timestamps=True)
    return log_of_text("docker log", text, log_request(log), stamped=True)
