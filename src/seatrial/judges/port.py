"""Does every declared port listen where peers reach it, held by the right process, and does somebody answer?"""

from seatrial.judges import explain
from seatrial.judges.addresses import families, families_of, is_loopback, is_wildcard, parsed, peers_at, same
from seatrial.judges.case import Blind, Case, seen
from seatrial.judges.process import STUCK, stuck
from seatrial.judges.sharing import held_by_nobody, held_elsewhere, own_listeners, taken_by_another, unsure_whose
from seatrial.judges.talking import Findings, answered, dropped, outcome_of, taken
from seatrial.sanitise import clean
from seatrial.snapshot import Listener, Talk, Unreadable
from seatrial.spec.port import PortSpec
from seatrial.spec.process import ProcessSpec
from seatrial.verdicts import Verdict


def bind(case: Case) -> Verdict:
    """Something listens on it, at the declared address, else at any that peers can reach."""
    spec: PortSpec = case.check.expected
    found = ours_or_all(case, spec)
    if not found:
        return case.failed(
            "; ".join(part for part in (f"nothing listens on {spec.name}", _why_nothing(case, spec)) if part)
        )
    wrong, unseen = held_elsewhere(case, spec, found)
    if wrong or unseen:
        return case.weigh(wrong, unseen, "", listeners=_told(case, found))
    where = ", ".join(sorted({listener.address for listener in found}))
    if spec.bind is not None:
        wrong, unseen = _bound_wrong(spec, found), _bound_unseen(case, spec, found, where)
        return case.weigh(wrong, unseen, f"{spec.name} is bound to {where}", listeners=_told(case, found))
    if all(is_loopback(listener.address) for listener in found):
        return case.failed(_loopback_only(case, spec, where), listeners=_told(case, found))
    return _reachable(case, spec, [listener for listener in found if not is_loopback(listener.address)])


def owner(case: Case) -> Verdict:
    """Whoever holds the socket is one of the processes that the file names as its owner."""
    spec: PortSpec = case.check.expected
    listeners = ours_or_all(case, spec)
    if not listeners:
        raise Blind(f"nothing listens on {spec.name}", "port.bind")
    declared: ProcessSpec = next(item for item in case.check.spec.processes if item.name == spec.owner)
    found = case.matched(declared)
    unclear = {process.pid for process in found.unclear}
    wrong: list[str] = []
    unseen: list[str] = []
    for listener in listeners:
        if isinstance(listener.owners, Unreadable):
            unseen.append(f"who holds {spec.name} cannot be seen: {listener.owners.reason}")
        elif not listener.owners:
            wrong.append(held_by_nobody(case, spec))
        elif any(pid in found for pid in listener.owners):
            continue
        elif unclear.intersection(listener.owners):
            unseen += found.why_unclear()
        else:
            wrong.append(f"{spec.name} is held by {_holders(case, listener)}, not by {spec.owner}")
    return case.weigh(wrong, unseen, f"{spec.name} is held by {spec.owner}", listeners=_told(case, listeners))


def accept(case: Case) -> Verdict:
    """A connection is taken by the process, not only by the kernel."""
    spec: PortSpec = case.check.expected
    talk = case.talk(spec.name)
    wrong, unseen = outcome_of(talk)
    if not wrong and not unseen:
        wrong, unseen = taken(talk)
    wrong = [f"{spec.name}: {text}{_holder_state(case, spec)}" for text in wrong]
    if not wrong and not unseen:
        found = [_by_others(case, spec, talk), _beside(case, spec)]
        wrong, unseen = [text for item in found for text in item[0]], [text for item in found for text in item[1]]
    return case.weigh(wrong, unseen, f"{spec.name} accepts at {talk.where}", connection=talk.where)


def answer(case: Case) -> Verdict:
    """The declared conversation gets the declared answer."""
    spec: PortSpec = case.check.expected
    if spec.answer is None:
        raise Blind(f"no conversation is declared for {spec.name}")
    talk = case.talk(spec.name)
    wrong, unseen = answered(talk, spec.answer)
    wrong = [f"{spec.name}: {text}{_queue(talk)}{_holder_state(case, spec)}" for text in wrong]
    if not wrong and not unseen:
        wrong, unseen = _by_others(case, spec, talk)
    right = f"{spec.name} answers as declared at {talk.where}"
    return case.weigh(wrong, unseen, right, received=clean(talk.received, 300))


def on_port(case: Case, spec: PortSpec) -> tuple[Listener, ...]:
    """The listeners on one declared port, in the network of the instance."""
    return tuple(item for item in case.listeners if (item.port, item.proto) == (spec.port, spec.proto))


def ours_or_all(case: Case, spec: PortSpec) -> tuple[Listener, ...]:
    """Those that are the instance's own; where none is, all of its network, to say whose they are."""
    found = on_port(case, spec)
    return own_listeners(case.instance, found) or found


def _by_others(case: Case, spec: PortSpec, talk: Talk) -> Findings:
    """Whether it was another instance that took a connection, which was taken."""
    if isinstance(case.inside.listeners, Unreadable):
        return unsure_whose(case, spec, case.inside.listeners.reason)
    found = on_port(case, spec)
    wrong, unseen = held_elsewhere(case, spec, found)
    return (wrong, unseen) if wrong or unseen else taken_by_another(case, spec, found, talk)


def _beside(case: Case, spec: PortSpec) -> Findings:
    """The kernel hands connections out among the sockets of one address (SO_REUSEPORT, socket(7)): each must take its.

    Of one that is held by a process which is not stuck, and got none of our connections, nothing is known.
    """
    sockets = own_listeners(case.instance, on_port(case, spec))
    wrong: list[str] = []
    unseen: list[str] = []
    for item in sockets:
        many = sum(same(item.address, other.address) for other in sockets)
        if many < 2:
            continue
        if isinstance(item.owners, Unreadable):
            unseen.append(f"{many} sockets share {spec.name}, and who holds one cannot be seen: {item.owners.reason}")
            continue
        holders = [process for process in case.processes if process.pid in item.owners]
        if holders and all(stuck(process) for process in holders):
            who = f"pid {holders[0].pid} {holders[0].comm} is {STUCK[holders[0].states[-1]]}"
            wrong.append(f"{many} sockets share {spec.name}, and one takes nothing: {who}")
    return wrong, unseen


def _bound_wrong(spec: PortSpec, found: tuple[Listener, ...]) -> list[str]:
    declared = spec.bind or ""
    if not any(_as_declared(declared, listener) for listener in found):
        where = ", ".join(sorted({listener.address for listener in found}))
        exposed = ": exposed to peers" if is_loopback(declared) and not is_loopback(where) else ""
        return [f"{spec.name} is bound to {where}, expected {declared}{exposed}"]
    if is_wildcard(declared):
        return []
    others = {item.address for item in found if not same(item.address, declared) and not is_loopback(item.address)}
    return [f"{spec.name} is bound to {', '.join(sorted(others))} as well, expected {declared} only"] if others else []


def _as_declared(declared: str, listener: Listener) -> bool:
    if same(declared, listener.address):
        return True
    dual = is_wildcard(listener.address) and listener.family == 6 and not listener.v6only
    return dual and same(declared, "0.0.0.0")


def _bound_unseen(case: Case, spec: PortSpec, found: tuple[Listener, ...], where: str) -> list[str]:
    fitting = [item for item in found if _as_declared(spec.bind or "", item)]
    sure = any(same(spec.bind or "", item.address) or item.v6only is False for item in fitting)
    return [] if sure or _dialled_v4(case, spec) else _unsure(spec, where)


def _reachable(case: Case, spec: PortSpec, found: list[Listener]) -> Verdict:
    """Hold the IP versions that are answered against those of the container."""
    needed = families_of(case.instance)
    served = set().union(*(families(listener) for listener in found))
    where = ", ".join(sorted({listener.address for listener in found}))
    if needed and not needed & served:
        only = "IPv6" if served == {6} else "IPv4"
        peers = peers_at(case.instance, spec.port)
        return case.failed(f"{spec.name} is bound to {where} for {only} only; peers at {peers} cannot reach it")
    unsure = [] if _sure(found, needed) or _dialled_v4(case, spec) else _unsure(spec, where)
    return case.weigh([], unsure, f"{spec.name} is bound to {where}", listeners=_told(case, tuple(found)))


def _sure(found: list[Listener], needed: set[int]) -> bool:
    """Whether it is known, not assumed, that one of the needed IP versions is answered."""
    known = [item for item in found if not (is_wildcard(item.address) and item.family == 6 and item.v6only is None)]
    return not needed or 6 in needed or any(families(item) & needed for item in known)


def _dialled_v4(case: Case, spec: PortSpec) -> bool:
    talk = case.inside.talks.get(spec.name)
    if not isinstance(talk, Talk) or not talk.connected or spec.proto != "tcp":
        return False
    address = parsed(talk.where.rpartition(":")[0])
    return address is not None and address.version == 4 and not address.is_loopback


def _unsure(spec: PortSpec, where: str) -> list[str]:
    return [f"{spec.name} is bound to {where}; whether that answers IPv4 (IPV6_V6ONLY) cannot be seen from here"]


def _loopback_only(case: Case, spec: PortSpec, where: str) -> str:
    text = f"{spec.name} bound to {where} only; peers at {peers_at(case.instance, spec.port)} cannot reach it"
    outside = case.slot.outside.get(spec.name)
    if not isinstance(outside, Talk):
        return text
    if not outside.connected:
        return f"{text}; {outside.where} outside: {outside.error}"
    ended = ", then closed without a byte" if dropped(outside) else ""
    return f"{text}; {outside.where} accepted by docker-proxy{ended}"


def _why_nothing(case: Case, spec: PortSpec) -> str:
    """Say where its owner listens instead, or that it does not run."""
    declared = next((item for item in case.check.spec.processes if item.name == spec.owner), None)
    if declared is None:
        others = sorted({f"{item.port}/{item.proto}" for item in case.listeners if not is_loopback(item.address)})
        return f"these do: {', '.join(others[:10])}" if others else explain.uptime(case)
    if isinstance(case.inside.processes, Unreadable):
        return ""
    found = case.matched(declared)
    if not found.running:
        return "" if found.unclear else f"no {declared.name} runs"
    if any(isinstance(item.owners, Unreadable) for item in case.listeners):
        return ""
    own = [item for item in case.listeners if any(pid in found for pid in seen(item.owners))]
    instead = ", ".join(sorted({f"{item.address}:{item.port}/{item.proto}" for item in own}))
    return f"{declared.name} listens on {instead or 'nothing at all'}"


def _holder_state(case: Case, spec: PortSpec) -> str:
    """``; pid 16 orderd is stopped (T)``: the nearest reason for a silent port."""
    inside = case.inside
    if isinstance(inside.listeners, Unreadable):
        return ""
    found = on_port(case, spec)
    if not found:
        return f"; nothing listens on {spec.name}"
    pids = {pid for item in found if not isinstance(item.owners, Unreadable) for pid in item.owners}
    held = [process for process in explain.everyone(case) if process.pid in pids and stuck(process)]
    return "".join(f"; pid {process.pid} {process.comm} is {STUCK[process.states[-1]]}" for process in held)


def _queue(talk: Talk) -> str:
    waiting = talk.queue_after
    return f"; {waiting} wait in its accept queue" if isinstance(waiting, int) and waiting > 0 else ""


def _holders(case: Case, listener: Listener) -> str:
    owners = () if isinstance(listener.owners, Unreadable) else listener.owners
    return ", ".join(explain.name_of(case, pid) for pid in owners[:5])


def _told(case: Case, listeners: tuple[Listener, ...]) -> str:
    lines = []
    for item in listeners[:20]:
        who = item.owners.reason if isinstance(item.owners, Unreadable) else _holders(case, item)
        lines.append(f"{item.address}:{item.port}/{item.proto} by {who or 'nobody seen'}")
    return ", ".join(lines)
