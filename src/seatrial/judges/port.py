"""Does every declared port listen where peers reach it, held by the right process?"""

from seatrial.judges import explain, unix_socket
from seatrial.judges.addresses import families, families_of, is_loopback, is_wildcard, parsed, peers_at, same
from seatrial.judges.case import Blind, Case, seen
from seatrial.judges.on_port import holders, ours_or_all, told, unsure_which
from seatrial.judges.sharing import held_by_nobody, held_elsewhere
from seatrial.judges.talking import dropped
from seatrial.snapshot import Listener, Talk, Unreadable
from seatrial.spec.port import PortSpec
from seatrial.spec.process import ProcessSpec
from seatrial.verdicts import Verdict


def bind(case: Case) -> Verdict:
    """Something listens on it, at the declared address, else at any that peers can reach."""
    spec: PortSpec = case.check.expected
    if spec.unix:
        return unix_socket.bind(case)
    found = ours_or_all(case, spec)
    if not found:
        return case.failed(
            "; ".join(part for part in (f"nothing listens on {spec.name}", _why_nothing(case, spec)) if part)
        )
    wrong, unseen = held_elsewhere(case, spec, found)
    if wrong or unseen:
        return case.weigh(wrong, unseen, "", listeners=told(case, found))
    where = ", ".join(sorted({listener.address for listener in found}))
    if spec.bind is not None:
        wrong, unseen = _bound_wrong(spec, found), _bound_unseen(case, spec, found, where)
        return case.weigh(wrong, unseen, f"{spec.name} is bound to {where}", listeners=told(case, found))
    if all(is_loopback(listener.address) for listener in found):
        return case.failed(_loopback_only(case, spec, where), listeners=told(case, found))
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
    unseen = unsure_which(spec, listeners)
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
            wrong.append(f"{spec.name} is held by {holders(case, listener)}, not by {spec.owner}")
    return case.weigh(wrong, unseen, f"{spec.name} is held by {spec.owner}", listeners=told(case, listeners))


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
    return case.weigh(
        [], unsure, f"{spec.name} is bound to {where}{_no_proof(case, spec, found)}", listeners=told(case, tuple(found))
    )


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


def _no_proof(case: Case, spec: PortSpec, found: list[Listener]) -> str:
    """Over UDP a bound socket is no sign of life, since nobody has to take anything."""
    if spec.proto != "udp" or spec.answer is not None:
        return ""
    who = ", ".join(dict.fromkeys(filter(None, (holders(case, item) for item in found))))
    by = f" by {who}" if who else ""
    return f"{by}; no answer proves that it lives: give answer"
