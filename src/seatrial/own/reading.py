"""What one look found of one slot, for tests of the user's own: a value, or an UNKNOWN, never an empty default."""

from typing import TypeVar

from seatrial.errors import Unknown
from seatrial.judges.case import Blind, Case
from seatrial.judges.ownership import ownership
from seatrial.judges.sharing import own_listeners
from seatrial.plan import Plan
from seatrial.snapshot import Inside, Listener, LogFact, Node, Process, SlotFacts, Snapshot, Unreadable

T = TypeVar("T")

OF_A_NODE = "zk.node"
"""The check that is planned for each registration of a slot."""


def slot_facts(snapshot: Snapshot, slot: str) -> SlotFacts:
    """Everything that was found about what fills a slot.

    :raises Unknown: where nothing fills it, it could not be looked at, or it changed meanwhile.
    """
    found = snapshot.slots.get(slot)
    if found is None:
        service = snapshot.services.get(slot.rpartition(".")[0])
        raise Unknown(f"{slot}: {service.reason if isinstance(service, Unreadable) else 'nothing fills it'}")
    facts = _read(slot, found)
    if facts.changed:
        raise Unknown(f"{slot}: it changed while we looked: {facts.changed}")
    return facts


def inside(snapshot: Snapshot, slot: str) -> Inside:
    """What was read inside what fills a slot.

    :raises Unknown: where nothing could be.
    """
    return _read(slot, slot_facts(snapshot, slot).inside)


def processes(snapshot: Snapshot, slot: str) -> tuple[Process, ...]:
    """The processes of a slot, each with its program, arguments and users.

    :raises Unknown: where they, or one of these, could not be read: it might be the one that a test asks for.
    """
    found = _read(slot, inside(snapshot, slot).processes)
    for process in found:
        for fact in (process.exe, process.argv, process.uid, process.euid):
            _read(f"{slot}: process {process.pid} ({process.comm})", fact)
    if not found:
        raise Unknown(f"{slot}: not one process was seen")
    return found


def listeners(snapshot: Snapshot, slot: str) -> tuple[Listener, ...]:
    """The sockets of a slot that wait for peers; none is an answer.

    In a network that it shares these are the ones that its processes hold.

    :raises Unknown: where they could not be read, or it could not be seen whether one of a shared network is its own.
    """
    instance = slot_facts(snapshot, slot).instance
    own = own_listeners(instance, _read(slot, inside(snapshot, slot).listeners))
    for each in own:
        if not instance.own_network:
            _read(f"{slot}: {each.proto} {each.port} may belong to another one that shares its network", each.owners)
    return own


def logs(snapshot: Snapshot, slot: str) -> dict[str, LogFact]:
    """The logs that the deployment file declares for a slot, by name.

    :raises Unknown: where one of them could not be read to its end, or none is declared, so that none was read.
    """
    facts = slot_facts(snapshot, slot)
    said = {**inside(snapshot, slot).logs, **facts.docker_log}
    if not said:
        raise Unknown(f"{slot}: the deployment file declares no logs for it, so none was read")
    found = {name: _read(f"{slot}: log {name}", log) for name, log in said.items()}
    for log in found.values():
        for file in log.files:
            if file.problem:
                raise Unknown(f"{slot}: log {file.path} could not be read to its end: {file.problem}")
    return found


def registrations(snapshot: Snapshot, slot: str, plan: Plan) -> dict[str, tuple[Node, ...]]:
    """The registration paths that the deployment file declares for a slot, each with the slot's own nodes.

    Which nodes are its own is decided as for ``zk.node``: by what their data says.

    :raises Unknown: where one of the paths could not be read, or none is declared, so that none was read.
    """
    facts = slot_facts(snapshot, slot)
    cases = [
        Case(check, facts, snapshot, 0.0) for check in plan.checks if (check.slot, check.aspect) == (slot, OF_A_NODE)
    ]
    if not cases:
        raise Unknown(f"{slot}: the deployment file declares no registration for it, so none was read")
    return {case.check.expected.path: _own(case) for case in cases}


def _own(case: Case) -> tuple[Node, ...]:
    where, path = case.check.slot, case.check.expected.path
    found = _read(f"{where}: {path}", case.snapshot.registry.get(path, Unreadable("it was not read")))
    for node in found.nodes:
        if node.problem:
            raise Unknown(f"{where}: {path}/{node.name} could not be read: {node.problem}")
    try:
        case.must_run()
        return ownership(case, found).nodes
    except Blind as blind:
        raise Unknown(f"{where}: {blind}") from blind


def _read(where: str, fact: T | Unreadable) -> T:
    if isinstance(fact, Unreadable):
        raise Unknown(f"{where}: {fact.reason}")
    return fact
