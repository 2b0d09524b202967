"""Does somebody take a connection to a port, and say what is declared?"""

from collections.abc import Callable

from seatrial.judges import explain
from seatrial.judges.addresses import same
from seatrial.judges.case import Blind, Case
from seatrial.judges.on_port import all_of_its_kind, on_port
from seatrial.judges.process import STUCK, stuck
from seatrial.judges.sharing import held_elsewhere, own_listeners, taken_by_another, unsure_whose
from seatrial.judges.talking import Findings, answered, outcome_of, taken
from seatrial.judges.unix_socket import taken_by_whom
from seatrial.sanitise import clean
from seatrial.snapshot import Talk, Unreadable
from seatrial.spec.port import PortSpec, family_key
from seatrial.verdicts import Verdict


def accept(case: Case) -> Verdict:
    """A connection is taken by the process, not only by the kernel."""
    spec: PortSpec = case.check.expected
    talk = case.talk(spec.name)
    wrong, unseen = _each_version(case, spec, talk, _taken)
    wrong = [f"{spec.name}: {text}{_queue(case, spec, talk)}{_holder_state(case, spec)}" for text in wrong]
    if not wrong and not unseen:
        wrong, unseen = _of_all_sockets(case, spec, talk)
    return case.weigh(wrong, unseen, f"{spec.name} accepts at {talk.where}", connection=talk.where)


def answer(case: Case) -> Verdict:
    """The declared conversation gets the declared answer."""
    spec: PortSpec = case.check.expected
    if spec.answer is None:
        raise Blind(f"no conversation is declared for {spec.name}")
    talk = case.talk(spec.name)
    said, now = spec.answer, case.inside.clock
    wrong, unseen = _each_version(case, spec, talk, lambda one: answered(one, said, now))
    wrong = [f"{spec.name}: {text}{_queue(case, spec, talk)}{_holder_state(case, spec)}" for text in wrong]
    if not wrong and not unseen:
        wrong, unseen = _of_all_sockets(case, spec, talk)
    right = f"{spec.name} answers as declared at {talk.where}"
    return case.weigh(wrong, unseen, right, received=clean(talk.received, 300))


def _of_all_sockets(case: Case, spec: PortSpec, talk: Talk) -> Findings:
    """What a connection that was taken does not tell: whether it was ours who took it, and whether all others take."""
    found = [_by_others(case, spec, talk), _beside(case, spec)]
    return [text for item in found for text in item[0]], [text for item in found for text in item[1]]


def _by_others(case: Case, spec: PortSpec, talk: Talk) -> Findings:
    """Whether it was another instance that took a connection, which was taken."""
    listeners = all_of_its_kind(case, spec)
    if isinstance(listeners, Unreadable):
        return unsure_whose(case, spec, listeners.reason)
    found = on_port(case, spec)
    wrong, unseen = held_elsewhere(case, spec, found)
    if wrong or unseen:
        return wrong, unseen
    return taken_by_whom(spec, found) if spec.unix else taken_by_another(case, spec, found, talk)


def _beside(case: Case, spec: PortSpec) -> Findings:
    """The kernel hands connections out among the sockets of one address (SO_REUSEPORT, socket(7)): each must take its.

    Of one that is held by a process which is not stuck, and got none of our connections, nothing is known.
    """
    sockets = () if spec.unix else own_listeners(case.instance, on_port(case, spec))
    wrong: list[str] = []
    unseen: list[str] = []
    for item in sockets:
        many = sum(same(item.address, other.address) for other in sockets)
        if many < 2:
            continue
        if isinstance(item.owners, Unreadable):
            unseen.append(f"{many} sockets share {spec.name}, and who holds one cannot be seen: {item.owners.reason}")
            continue
        if item.queue and spec.answer is not None and spec.proto == "tcp":
            unseen.append(f"{many} sockets share {spec.name}, and {item.queue} wait on one of them")
        holders = [process for process in case.processes if process.pid in item.owners]
        if holders and all(stuck(process) for process in holders):
            who = f"pid {holders[0].pid} {holders[0].comm} is {STUCK[holders[0].states[-1]]}"
            wrong.append(f"{many} sockets share {spec.name}, and one takes nothing: {who}")
    return wrong, unseen


def _holder_state(case: Case, spec: PortSpec) -> str:
    """``; pid 16 orderd is stopped (T)``: the nearest reason for a silent port."""
    if isinstance(all_of_its_kind(case, spec), Unreadable):
        return ""
    found = on_port(case, spec)
    if not found:
        return f"; nothing listens on {spec.name}"
    pids = {pid for item in found if not isinstance(item.owners, Unreadable) for pid in item.owners}
    held = [process for process in explain.everyone(case) if process.pid in pids and stuck(process)]
    return "".join(f"; pid {process.pid} {process.comm} is {STUCK[process.states[-1]]}" for process in held)


def _queue(case: Case, spec: PortSpec, talk: Talk) -> str:
    """``; accept queue 3 of 2 full; ListenOverflows 13``: how many wait to be taken, as far as that was seen.

    A queue of N takes N + 1 (listen(2), ``sk_acceptq_is_full``).
    """
    if spec.proto != "tcp" or isinstance(all_of_its_kind(case, spec), Unreadable):
        return ""
    found = on_port(case, spec)
    waiting = max([one.queue for one in found] + [talk.queue_after if isinstance(talk.queue_after, int) else 0])
    if not waiting:
        return ""
    backlog = max((one.backlog for one in found if one.backlog is not None), default=None)
    if backlog is None or waiting <= backlog:
        of = "" if backlog is None else f", which takes {backlog + 1}"
        return f"; {waiting} wait in its accept queue{of}"
    lost = case.inside.overflows
    more = f"; ListenOverflows {lost}" if isinstance(lost, int) and not spec.unix else ""
    return f"; accept queue {waiting} of {backlog} full{more}"


def _taken(talk: Talk) -> Findings:
    wrong, unseen = outcome_of(talk)
    return (wrong, unseen) if wrong or unseen else taken(talk)


def _each_version(case: Case, spec: PortSpec, talk: Talk, ask: Callable[[Talk], Findings]) -> Findings:
    """The same question for the usual connection, and for one over each declared IP version."""
    wrong, unseen = ask(talk)
    for version in spec.families:
        over = case.inside.talks.get(family_key(spec.name, version))
        if not isinstance(over, Talk):
            why = over.reason if isinstance(over, Unreadable) else "it was not dialled"
            unseen = [*unseen, f"whether it answers over IPv{version} was not seen: {why}"]
            continue
        more, hidden = ask(over)
        wrong = [*wrong, *(f"over IPv{version}: {text}" for text in more)]
        unseen = [*unseen, *(f"over IPv{version}: {text}" for text in hidden)]
    return wrong, unseen
