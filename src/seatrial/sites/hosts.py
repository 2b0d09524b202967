"""Whole hosts, reached over SSH: each fills one slot, with all of its processes."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

from seatrial.deadline import Deadline
from seatrial.host import Access
from seatrial.instance import Machine
from seatrial.options import Options
from seatrial.plan import slots as slots_of
from seatrial.questions import target_request
from seatrial.sites.remotes import Remotes
from seatrial.sites.site import (
    COMMAND_CAP,
    WAITING,
    Asked,
    Facts,
    Found,
    Slot,
    Told,
    each,
    filled,
    joined,
    named,
    run_commands,
)
from seatrial.snapshot import CommandRun, Inside, ServiceFacts, SlotFacts, Unreadable
from seatrial.spec.inventory.host import Host, chosen
from seatrial.spec.service import ServiceSpec
from seatrial.transports.cargo import cargo
from seatrial.transports.engine import ExecResult
from seatrial.transports.patience import or_why
from seatrial.transports.remote import Remote

Boot = tuple[int, str]
"""Start time of a host's first process, and its boot id."""

BOOT_S = 10.0
"""Seconds for them."""

AT_ONCE = 64
"""Hosts that are waited for at the same time; how many are dialled at once is the connections' own matter."""


class HostSite:
    """The hosts of an inventory.

    :param remotes: the connections to them, which others may share.
    """

    def __init__(
        self, services: Mapping[str, ServiceSpec], inventory: Sequence[Host], remotes: Remotes, options: Options
    ) -> None:
        self.services, self.options = services, options
        self._hosts = {name: chosen(spec.locate, inventory) for name, spec in services.items()}
        self._by_slot = {
            slot: remotes.of(host)
            for name, spec in services.items()
            for slot, host in zip(slots_of(name, spec), self._hosts[name], strict=False)
        }
        self._reaching = ThreadPoolExecutor(AT_ONCE, "seatrial-reaching")
        self._waiting = ThreadPoolExecutor(WAITING, "seatrial-hosts")

    @property
    def where(self) -> str:
        """How many there are."""
        return f"{len(self._remotes)} hosts over SSH"

    def begin(self) -> None:
        """Start to connect: that takes longer than all the rest; pack meanwhile what they are read with."""
        for remote in self._remotes:
            remote.begin()
        cargo()

    def end(self) -> None:
        """End the workers; the connections are ended by who owns them."""
        for pool in (self._reaching, self._waiting):
            pool.shutdown(wait=True, cancel_futures=True)

    def calls(self) -> Sequence[str]:
        """What the last look has run on them."""
        return [call for remote in self._remotes for call in remote.calls]

    def find(self, deadline: Deadline) -> Found:
        """Reach all hosts; which one fills which slot says the inventory."""
        for remote in self._remotes:
            remote.calls.clear()
        reached = self._reaching.map(partial(_reached, deadline), self._remotes)
        machines = dict(zip(self._remotes, reached, strict=True))
        services: dict[str, ServiceFacts | Unreadable] = {
            name: _service(name, spec, self._hosts[name]) for name, spec in self.services.items()
        }
        return Found(services, {slot: machines[remote] for slot, remote in self._by_slot.items()})

    def remote(self, slot: str) -> Remote:
        """What runs commands on the host of a slot."""
        return self._by_slot[slot]

    @property
    def _remotes(self) -> list[Remote]:
        return list(dict.fromkeys(self._by_slot.values()))

    def facts(self, found: Found, deadline: Deadline) -> Facts:
        """The inside first, then commands, where it is the right host and it was read; last, its boot once more."""
        slots = filled(self.services, found)
        insides = yield self._asked(slots)
        access = {slot: remote.access for slot, remote in self._by_slot.items()}
        right = [slot for slot in slots if access[slot.name].trouble is None]
        read = [slot for slot in right if isinstance(insides[slot.name], Inside)]
        commands = each(self._waiting, read, partial(self._commands, deadline))
        told: dict[str, SlotFacts | Unreadable] = {
            name: first for name, first in found.slots.items() if isinstance(first, Unreadable)
        }
        told |= {slot.name: _wrong(access[slot.name]) for slot in slots}
        lasts = each(self._waiting, [slot for slot in read if commands[slot.name]], partial(self._boot, deadline))
        for slot in right:
            inside = insides[slot.name]
            ran = _not_run(slot, inside) if isinstance(inside, Unreadable) else commands[slot.name]
            facts = SlotFacts(slot.name, slot.first, inside, ran)
            told[slot.name] = _told(slot, facts, lasts.get(slot.name))
        return Told(told, access)

    def _boot(self, deadline: Deadline, slot: Slot) -> Boot | Unreadable:
        """What tells its boot from all others, once its commands have run."""
        return or_why(lambda: self._by_slot[slot.name].boot(BOOT_S), deadline)

    def _asked(self, slots: Sequence[Slot]) -> Asked:
        asked: dict[Remote, list[Slot]] = {}
        for slot in slots:
            asked.setdefault(self._by_slot[slot.name], []).append(slot)
        talk = not self.options.read_only
        return {
            remote: [target_request(slot.name, slot.first, slot.spec, talk=talk) for slot in own]
            for remote, own in asked.items()
        }

    def _commands(self, deadline: Deadline, slot: Slot) -> dict[str, CommandRun | Unreadable]:
        if self.options.read_only:
            return {}

        def run(argv: Sequence[str], user: str, deadline_s: float) -> ExecResult:
            return self._by_slot[slot.name].run(argv, user=user, deadline_s=deadline_s, cap=COMMAND_CAP)

        return run_commands(slot, run, deadline)


def _reached(deadline: Deadline, remote: Remote) -> Machine | Unreadable:
    return or_why(partial(_machine, remote, deadline), deadline)


def _machine(remote: Remote, deadline: Deadline) -> Machine:
    access = remote.reach(deadline).access
    address = {"inventory": remote.host.address} if remote.host.address else {}
    return Machine(
        id=access.fingerprint,
        name=remote.host.name,
        host=remote.host.name,
        status="running",
        started_at=0.0,
        pid=1,
        hostname="",
        addresses=address,
    )


def _service(name: str, spec: ServiceSpec, hosts: Sequence[Host]) -> ServiceFacts:
    return ServiceFacts(
        service=name,
        found=tuple(sorted(host.name for host in hosts)),
        surplus=tuple(sorted(host.name for host in hosts[spec.instances :])),
        empty=slots_of(name, spec)[len(hosts) :],
    )


def _wrong(access: Access) -> Unreadable:
    return Unreadable(access.trouble.text if access.trouble else f"host {access.host} was not read")


def _not_run(slot: Slot, dark: Unreadable) -> dict[str, CommandRun | Unreadable]:
    """Commands of a host that was not read: whatever they print, nobody knows which boot of it that was."""
    why = Unreadable(f"not run, since its host was not read: {dark.reason}")
    return {status.name: why for status in slot.spec.status if status.command}


def _told(slot: Slot, facts: SlotFacts, last: Boot | Unreadable | None) -> SlotFacts | Unreadable:
    """Its facts, held against its last boot, where that was asked for."""
    inside = facts.inside
    if isinstance(last, Unreadable):
        return joined(slot, last, facts)
    if last is not None and isinstance(inside, Inside):
        ticks, boot_id = last
        facts = replace(facts, inside=replace(inside, identity_last=(ticks or inside.identity_last[0], boot_id)))
    return joined(slot, named(_booted(slot, inside), inside), facts)


def _booted(slot: Slot, inside: Inside | Unreadable) -> Machine:
    """The host with its boot: the time of it is that of its first process."""
    assert isinstance(slot.first, Machine)
    if isinstance(inside, Unreadable):
        return slot.first
    booted = replace(slot.first, start_ticks=inside.identity[0], boot_id=inside.identity[1])
    if isinstance(inside.processes, Unreadable):
        return booted
    born = [inside.clock - process.age_s for process in inside.processes if process.pid == 1]
    return replace(booted, started_at=born[0]) if born else booted
