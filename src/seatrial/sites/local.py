"""Services of this very machine: in namespaces, by pid file or by what they run, or the machine itself."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

from seatrial.deadline import Deadline
from seatrial.errors import CouldNotLook, TooLate
from seatrial.instance import Instance, Local
from seatrial.locate.local import Machine, find_one
from seatrial.options import Options
from seatrial.questions import target_request
from seatrial.request import TargetRequest, Window
from seatrial.sites.site import (
    COMMAND_CAP,
    WAITING,
    Asked,
    Facts,
    Found,
    Reader,
    Slot,
    Told,
    each,
    filled,
    joined,
    named,
    nothing,
    run_commands,
)
from seatrial.snapshot import CommandRun, Process, ServiceFacts, SlotFacts, Unreadable
from seatrial.spec.service import ServiceSpec
from seatrial.transports import local_command, machine
from seatrial.transports.aside import aside
from seatrial.transports.engine import ExecResult
from seatrial.transports.proc import ProcReader

FIND_S = 10.0
"""Seconds for finding all services."""

ONE_SAMPLE = Window(samples=1, over_s=0.0)


class LocalSite:
    """Processes of this machine that an engine knows nothing of.

    :param reader: of this machine.
    """

    def __init__(self, services: Mapping[str, ServiceSpec], reader: ProcReader, options: Options) -> None:
        self.services, self.reader, self.options = services, reader, options
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
            return nothing(self.services, Unreadable(f"its files were not read within {FIND_S:g} s"))

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

    def facts(self, found: Found, deadline: Deadline) -> Facts:
        """The inside first, then commands; last, the second identity."""
        slots = filled(self.services, found)
        insides = yield self._asked(slots)
        commands = each(self._waiting, slots, partial(self._commands, deadline))
        told: dict[str, SlotFacts | Unreadable] = {
            name: first for name, first in found.slots.items() if isinstance(first, Unreadable)
        }
        for slot in slots:
            inside = insides[slot.name]
            facts = SlotFacts(slot.name, slot.first, inside, commands[slot.name])
            told[slot.name] = joined(slot, named(_last(slot), inside), facts)
        return Told(told)

    def _asked(self, slots: Sequence[Slot]) -> Asked:
        """A reader of its own for each foreign user namespace: joining one is for good."""
        readers: dict[str, ProcReader] = {"": self.reader}
        asked: dict[Reader, list[TargetRequest]] = {}
        for slot in slots:
            first = _local(slot)
            joins = f"/proc/{first.pid}/ns/user" if first.user_namespace else ""
            reader = readers.setdefault(first.user_namespace, ProcReader(joins))
            request = target_request(slot.name, first, slot.spec, talk=not self.options.read_only)
            asked.setdefault(reader, []).append(request)
        return asked

    def _commands(self, deadline: Deadline, slot: Slot) -> dict[str, CommandRun | Unreadable]:
        if self.options.read_only:
            return {}

        def run(argv: Sequence[str], user: str, deadline_s: float) -> ExecResult:
            self._calls.append(f"run {argv[0]} in {slot.name}")
            return local_command.run(_local(slot), argv, user=user, deadline_s=deadline_s, cap=COMMAND_CAP)

        return run_commands(slot, run, deadline)


def _local(slot: Slot) -> Local:
    if not isinstance(slot.first, Local):
        raise CouldNotLook(f"{slot.first.name} is no service of this machine")
    return slot.first


def _last(slot: Slot) -> Instance:
    """What is there at the end of the look."""
    first = _local(slot)
    return machine.again(first) or replace(first, status="ended", pid=0)
