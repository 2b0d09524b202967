"""What a judge works on: one check and the facts of its slot, and how it says that a fact is missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from seatrial.errors import CouldNotLook
from seatrial.host import HostFacts
from seatrial.instance import Container, Instance
from seatrial.judges.matching import Matched, matched
from seatrial.snapshot import FileFact, Inside, Listener, LogFact, Process, SlotFacts, Snapshot, Talk, Unreadable
from seatrial.spec.check import Check
from seatrial.spec.process import Matcher
from seatrial.verdicts import Verdict, failed, passed, unknown

T = TypeVar("T")


class Blind(CouldNotLook):
    """A fact that the judge needs is not there: the verdict is UNKNOWN.

    :param because: aspect of the check whose finding explains it, or empty.
    """

    def __init__(self, reason: str, because: str = "") -> None:
        self.because = because
        super().__init__(reason)


def seen(fact: T | Unreadable) -> T:
    """The fact itself.

    :raises Blind: where it could not be read.
    """
    if isinstance(fact, Unreadable):
        raise Blind(fact.reason)
    return fact


def entry(facts: Mapping[str, T | Unreadable], key: str, what: str) -> T:
    """One fact of several.

    :raises Blind: where it could not be read, or nobody looked at it.
    """
    if key not in facts:
        raise Blind(f"{what} was not looked at")
    return seen(facts[key])


def slot_facts(check: Check, snapshot: Snapshot) -> SlotFacts:
    """What was found of the slot that a check is about.

    :raises Blind: where there is nothing, with the reason: its host was not reached, or nothing fills it.
    """
    way = snapshot.access.get(check.slot)
    if way is not None and way.trouble is not None:
        raise Blind(way.trouble.text, way.trouble.stage)
    facts = snapshot.slots.get(check.slot)
    if isinstance(facts, Unreadable):
        raise Blind(facts.reason)
    if facts is not None:
        return facts
    service = snapshot.services.get(check.service)
    if isinstance(service, Unreadable):
        raise Blind(service.reason)
    raise Blind(f"nothing fills {check.slot}", "instances")


def changed(slot: SlotFacts) -> str:
    """What is another one at the end of the look than at its beginning, else empty."""
    inside = slot.inside
    if not slot.changed and isinstance(inside, Inside) and inside.identity != inside.identity_last:
        return f"its first process or the host's boot: {inside.identity} and then {inside.identity_last}"
    return slot.changed


def clock_of(case: "Case") -> float:
    """The target's time at the look; ours, where it was not read."""
    inside = case.slot.inside
    return inside.clock if isinstance(inside, Inside) else case.snapshot.taken_at


@dataclass(frozen=True, slots=True)
class Case:
    """One check, the facts of its slot and the look they are from.

    :param stable_for_s: seconds that a process must have run to be called stable.
    """

    check: Check
    slot: SlotFacts
    snapshot: Snapshot
    stable_for_s: float

    @property
    def instance(self) -> Instance:
        """What fills the slot."""
        return self.slot.instance

    @property
    def container(self) -> Container:
        """What the engine says of the container that fills the slot.

        :raises Blind: where it is none.
        """
        if not isinstance(self.slot.instance, Container):
            raise Blind(f"{self.slot.instance.name} is no container, so no engine says anything of it")
        return self.slot.instance

    @property
    def of_its_state(self) -> str:
        """The aspect that judges whether the instance runs, empty where an engine is not asked that."""
        return "container.state" if isinstance(self.instance, Container) else ""

    def must_run(self) -> None:
        """Say that nothing can be told of an instance that does not run.

        :raises Blind: because of what judges its state.
        """
        if self.instance.status != "running":
            raise Blind(f"its {self.instance.noun} is not running, it is {self.instance.status}", self.of_its_state)

    @property
    def inside(self) -> Inside:
        """What was read inside the running instance."""
        self.must_run()
        return seen(self.slot.inside)

    @property
    def processes(self) -> tuple[Process, ...]:
        """Its processes; what runs has at least one."""
        processes = seen(self.inside.processes)
        if not processes:
            raise Blind(f"not one process was seen in a running {self.instance.noun}")
        return processes

    @property
    def listeners(self) -> tuple[Listener, ...]:
        """Its sockets that wait for peers; none is a fact."""
        return seen(self.inside.listeners)

    @property
    def host(self) -> HostFacts:
        """What was read of the machine itself."""
        found = self.inside.host
        if found is None:
            raise Blind("of the machine itself nothing was read")
        return found

    def file(self, path: str) -> FileFact:
        """What stat(2) said of a path."""
        return entry(self.inside.files, path, path)

    def talk(self, key: str) -> Talk:
        """The connection that was made from inside."""
        return entry(self.inside.talks, key, f"a connection to {key.removeprefix('status:')}")

    def log(self, name: str, *, docker: bool) -> LogFact:
        """A declared log, the engine's or a file's."""
        self.must_run()
        return entry(self.slot.docker_log if docker else self.inside.logs, name, f"log {name}")

    def matched(self, matcher: Matcher) -> Matched:
        """The processes that a matcher means."""
        return matched(matcher, self.processes)

    def passed(self, message: str, **evidence: object) -> Verdict:
        """A PASS that names the slot."""
        return passed(f"{self.check.slot}: {message}", **evidence)

    def failed(self, message: str, **evidence: object) -> Verdict:
        """A FAIL that names the slot."""
        return failed(f"{self.check.slot}: {message}", **evidence)

    def weigh(self, wrong: Sequence[str], unseen: Sequence[str], right: str, **evidence: object) -> Verdict:
        """FAIL for anything that is wrong, else UNKNOWN for anything that was not seen, else PASS.

        :param wrong: what was found to be wrong, all of it goes into one message.
        :param unseen: why something could not be seen.
        """
        if wrong:
            return self.failed("; ".join(wrong), **evidence)
        if unseen:
            return unknown(f"{self.check.slot}: {'; '.join(unseen)}", because="", **evidence)
        return self.passed(right, **evidence)
