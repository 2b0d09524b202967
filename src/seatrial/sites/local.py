"""Services of this very machine: in namespaces, by pid file or by what they run, or the machine itself."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

from seatrial.errors import CouldNotLook, TooLate
from seatrial.instance import Instance, Local
from seatrial.locate.binding import every_slot
from seatrial.locate.local import Machine, find_one
from seatrial.options import Options
from seatrial.questions import target_request
from seatrial.request import TargetRequest, Window
from seatrial.sites.site import COMMAND_CAP, WAITING, Found, Slot, each, filled, joined, run_commands
from seatrial.snapshot import CommandRun, Inside, Process, ServiceFacts, SlotFacts, Unreadable
from seatrial.spec.service import ServiceSpec
from seatrial.transports import local_command, machine
from seatrial.transports.aside import aside
from seatrial.transports.deadline import Deadline
from seatrial.transports.engine import ExecResult
from seatrial.transports.proc import ProcReader

FIND_S = 10.0
"""Seconds for finding all services."""

ONE_SAMPLE = Window(samples=1, over_s=0.0)


class LocalSite:
    """Processes of this machine that an engine knows nothing of."""

    def __init__(self, services: Mapping[str, ServiceSpec], options: Options, window: Window) -> None:
        self.services, self.options, self.window = services, options, window
        self._waiting = ThreadPoolExecutor(WAITING, "seatrial-local")
        self._calls: list[str] = []

    @property
    def where(self) -> str:
        """It is where we are."""
        return "this machine"

    def begin(self) -> None:
        """Nothing to do: which readers are needed is known when the services are found."""

    def end(self) -> None:
        """End the workers."""
        self._waiting.shutdown(wait=True, cancel_futures=True)

    def calls(self) -> Sequence[str]:
        """The commands that the last look has run."""
        return self._calls

    def find(self, deadline: Deadline) -> Found:
        """Find the services of this machine; a file server that is dead keeps only a thread of ours."""
        self._calls = []
        try:
            return aside(self._find, "seatrial-find").result(min(FIND_S, deadline.left()))
        except (TimeoutError, TooLate):
            return _nothing(self.services, Unreadable(f"its files were not read within {FIND_S:g} s"))

    def _find(self) -> Found:
        services: dict[str, ServiceFacts | Unreadable] = {}
        slots: dict[str, Instance | Unreadable] = {}
        here = Machine(machine.namespaces(), self._processes())
        for name, spec in self.services.items():
            services[name], own = find_one(name, spec, here)
            slots |= own
        return Found(services, slots)

    def _processes(self) -> tuple[Process, ...] | Unreadable:
        """All processes of this machine, where a service is found by one."""
        if not any(spec.locate.exe or spec.locate.script or spec.locate.match for spec in self.services.values()):
            return ()
        try:
            first = machine.local(1, "machine", "machine")
        except CouldNotLook as error:
            return Unreadable(str(error))
        request = TargetRequest("machine", "", 1, scope="machine", start_ticks=first.start_ticks)
        inside = ProcReader().look([request], ONE_SAMPLE)["machine"]
        return inside if isinstance(inside, Unreadable) else inside.processes

    def facts(self, found: Found, deadline: Deadline) -> Mapping[str, SlotFacts | Unreadable]:
        """The inside first, then commands; last, the second identity."""
        slots = filled(self.services, found)
        blank = {name: first for name, first in found.slots.items() if isinstance(first, Unreadable)}
        insides = self._insides(slots)
        commands = each(self._waiting, slots, partial(self._commands, deadline))
        return blank | {
            slot.name: joined(
                slot,
                _named(_last(slot), insides[slot.name]),
                SlotFacts(slot.name, slot.first, insides[slot.name], commands[slot.name]),
            )
            for slot in slots
        }

    def _insides(self, slots: Sequence[Slot]) -> dict[str, Inside | Unreadable]:
        """One reader for each user namespace, all at the same time: joining one is for good."""
        groups: dict[str, list[Slot]] = {}
        for slot in slots:
            groups.setdefault(_local(slot).user_namespace, []).append(slot)
        answers: dict[str, Inside | Unreadable] = {}
        for answer in self._waiting.map(self._read, groups.values()):
            answers |= answer
        return answers

    def _read(self, slots: Sequence[Slot]) -> dict[str, Inside | Unreadable]:
        requests = [target_request(slot.name, slot.first, slot.spec, talk=not self.options.read_only) for slot in slots]
        first = _local(slots[0])
        joins = f"/proc/{first.pid}/ns/user" if first.user_namespace else ""
        return ProcReader().look(requests, self.window, joins)

    def _commands(self, deadline: Deadline, slot: Slot) -> dict[str, CommandRun | Unreadable]:
        if self.options.read_only:
            return {}

        def run(argv: Sequence[str], user: str, deadline_s: float) -> ExecResult:
            self._calls.append(f"run {argv[0]} in {slot.name}")
            return local_command.run(_local(slot), argv, user=user, deadline_s=deadline_s, cap=COMMAND_CAP)

        return run_commands(slot, run, deadline)


def _nothing(services: Mapping[str, ServiceSpec], problem: Unreadable) -> Found:
    slots = {slot: problem for name, spec in services.items() for slot in every_slot(name, spec, problem)}
    return Found(dict.fromkeys(services, problem), slots)


def _local(slot: Slot) -> Local:
    if not isinstance(slot.first, Local):
        raise CouldNotLook(f"{slot.first.name} is no service of this machine")
    return slot.first


def _last(slot: Slot) -> Instance:
    """What is there at the end of the look."""
    first = _local(slot)
    return machine.again(first) or replace(first, status="ended", pid=0)


def _named(instance: Instance, inside: Inside | Unreadable) -> Instance:
    """With the host name that was read inside."""
    if instance.hostname or isinstance(inside, Unreadable) or isinstance(inside.hostname, Unreadable):
        return instance
    return replace(instance, hostname=inside.hostname)
