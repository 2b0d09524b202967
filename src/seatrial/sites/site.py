"""What a look wants of every place where services run."""

import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol, TypeVar

from seatrial.deadline import Deadline
from seatrial.host import Access
from seatrial.instance import Instance
from seatrial.plan import slots as slots_of
from seatrial.request import TargetRequest, Window
from seatrial.snapshot import CommandRun, Inside, ServiceFacts, SlotFacts, Unreadable
from seatrial.spec.service import ServiceSpec
from seatrial.spec.status import again
from seatrial.transports.engine import ExecResult
from seatrial.transports.patience import or_why

T = TypeVar("T")

WAITING = 16
"""Slots whose commands and published ports are asked at a time: that is mostly waiting."""

COMMAND_CAP = 1024 * 1024
"""Bytes that are read of a status command's output, before it is given up."""

SPARE_S = 2.0
"""Seconds for the commands of one slot, more than the longest of them may take."""


@dataclass(frozen=True, slots=True)
class Found:
    """What fills the slots of a site's services.

    :param services: service → what was found, or why nothing could be.
    :param slots: slot → what fills it, or why it cannot be told; a slot that nothing fills is not in it.
    """

    services: Mapping[str, ServiceFacts | Unreadable]
    slots: Mapping[str, Instance | Unreadable]


@dataclass(frozen=True, slots=True)
class Slot:
    """A slot that is filled."""

    name: str
    spec: ServiceSpec
    first: Instance


@dataclass(frozen=True, slots=True)
class Told:
    """What a site tells of its slots.

    :param slots: slot → its facts, or why there are none.
    :param access: slot → how its host was reached, where that is behind SSH.
    """

    slots: Mapping[str, SlotFacts | Unreadable]
    access: Mapping[str, Access] = field(default_factory=dict)


class Reader(Protocol):
    """Reads any number of targets of one machine, all with one run."""

    def look(self, requests: Sequence[TargetRequest], window: Window) -> Mapping[str, Inside | Unreadable]:
        """Read them once; what could not be read is an ``Unreadable``, never an exception."""


Asked = Mapping[Reader, Sequence[TargetRequest]]
"""Which reader is to read what: sites on one machine share its reader, so that it runs once for all of them."""

Answers = Mapping[str, Inside | Unreadable]
"""Slot → what was read inside."""

Facts = Generator[Asked, Answers, Told]
"""Says first what is to be read inside, is given that, and then tells all."""


def told_at_last(facts: Facts, answers: Answers) -> Told:
    """What a site tells when it is given what was read."""
    try:
        facts.send(answers)
    except StopIteration as ended:
        told: Told = ended.value
        return told
    raise AssertionError("a site asks only once what is to be read")


class Site(Protocol):
    """A place where services run; in each look it is asked to find them, and then for their facts."""

    services: Mapping[str, ServiceSpec]
    """Service → what the file says of it."""

    @property
    def where(self) -> str:
        """What it is, for the report."""

    def begin(self) -> None:
        """Get ready for looks."""

    def end(self) -> None:
        """Let go of everything."""

    def find(self, deadline: Deadline) -> Found:
        """Find what fills the slots."""

    def facts(self, found: Found, deadline: Deadline) -> Facts:
        """Read what fills them, and hold the last moment against the first."""

    def calls(self) -> Sequence[str]:
        """What the last look has sent, one line each."""


def nothing(services: Mapping[str, ServiceSpec], problem: Unreadable) -> Found:
    """What is found where nothing can be looked for."""
    slots = {slot: problem for name, spec in services.items() for slot in slots_of(name, spec)}
    return Found(dict.fromkeys(services, problem), slots)


def filled(services: Mapping[str, ServiceSpec], found: Found) -> list[Slot]:
    """The slots that something fills."""
    return [
        Slot(name, services[name.rpartition(".")[0]], first)
        for name, first in found.slots.items()
        if isinstance(first, Instance)
    ]


def each(pool: ThreadPoolExecutor, slots: Sequence[Slot], ask: Callable[[Slot], T]) -> dict[str, T]:
    """Ask something of each slot, side by side."""
    return dict(zip((slot.name for slot in slots), pool.map(ask, slots), strict=True))


def run_commands(
    slot: Slot, run: Callable[[Sequence[str], str, float], ExecResult], deadline: Deadline
) -> dict[str, CommandRun | Unreadable]:
    """Run the status commands of a slot, which share its time.

    :param run: runs one, given its arguments, its user, and the seconds that it may take.
    :param deadline: of the whole look.
    """
    asked = {status.name: status for status in slot.spec.status if status.command}
    longest = max((status.within + status.every_s for status in asked.values()), default=0.0)
    within = Deadline.within(longest + SPARE_S)

    def one(name: str) -> CommandRun:
        status = asked[name]
        argv, allowed = tuple(status.command or ()), min(status.within, within.left())
        ran = run(argv, status.user or "", allowed)
        return CommandRun(argv, ran.exit_code, ran.stdout, ran.stderr)

    ran = {name: or_why(partial(one, name), deadline) for name in asked}
    ended = time.monotonic()
    for name in sorted((name for name in asked if asked[name].every_s), key=lambda name: asked[name].every_s):
        ran[again(name)] = or_why(partial(_later, ended + asked[name].every_s, partial(one, name), within), deadline)
    return ran


def _later(due: float, run: Callable[[], T], within: Deadline) -> T:
    """Do it at a moment of the monotonic clock, unless the time is over by then.

    :raises TooLate: where it is.
    """
    time.sleep(min(max(0.0, due - time.monotonic()), within.left()))
    within.left()
    return run()


def joined(slot: Slot, last: Instance | Unreadable, facts: SlotFacts) -> SlotFacts | Unreadable:
    """Hold the last moment of the look against the first: what changed in between is said."""
    if isinstance(last, Unreadable):
        name = f"{slot.first.noun} {slot.first.name}"
        return Unreadable(f"{name} could not be looked at again at the end: {last.reason}")
    return replace(facts, instance=last, changed="; ".join(_changes(slot.first, last, facts.inside)))


def named(instance: Instance, inside: Inside | Unreadable) -> Instance:
    """An instance with the host name that was read inside, where it has none yet."""
    if instance.hostname or isinstance(inside, Unreadable) or isinstance(inside.hostname, Unreadable):
        return instance
    return replace(instance, hostname=inside.hostname)


def _changes(first: Instance, last: Instance, inside: Inside | Unreadable) -> Iterator[str]:
    after = last.identity
    for label, before in first.identity.items():
        if before != after[label]:
            yield f"{label} was {before} and is {after[label]}"
    if isinstance(inside, Inside) and inside.identity != inside.identity_last:
        yield f"its first process or the host's boot changed: {inside.identity} and then {inside.identity_last}"
