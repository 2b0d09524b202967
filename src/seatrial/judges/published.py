"""Is a port published by the engine as declared, and does that way lead to the service?"""

from seatrial.instance import Published
from seatrial.judges.addresses import is_declared
from seatrial.judges.case import Case, entry
from seatrial.judges.talking import Findings, answered, dropped, outcome_of
from seatrial.snapshot import Inside, Talk, Unreadable
from seatrial.spec.port import PortSpec
from seatrial.verdicts import Verdict


def published(case: Case) -> Verdict:
    """The engine maps it as declared, and a connection from outside is not dropped at once."""
    case.must_run()
    spec: PortSpec = case.check.expected
    mapped = [item for item in case.container.published if (item.port, item.proto) == (spec.port, spec.proto)]
    fitting = [item for item in mapped if is_declared(item, spec.published)]
    if not fitting:
        return case.failed(_mapping_wrong(case, spec, mapped), mappings=_mappings(case.container.published))
    if spec.proto == "udp":
        text = f"{_told(fitting[0])} is published; over UDP only an answer would prove the way, and none was asked for"
        return case.passed(text, mappings=_mappings(tuple(mapped)))
    talk = entry(case.slot.outside, spec.name, f"{_told(fitting[0])} from outside")
    wrong, unseen = _way(case, spec, talk)
    return case.weigh(wrong, unseen, f"{_told(fitting[0])} leads to the service", mappings=_mappings(tuple(mapped)))


def _way(case: Case, spec: PortSpec, talk: Talk) -> Findings:
    if dropped(talk):
        return [f"{talk.where} accepted by docker-proxy, then closed without a byte{_nothing_inside(case, spec)}"], []
    if spec.answer is not None:
        return answered(talk, spec.answer)
    return outcome_of(talk)


def _nothing_inside(case: Case, spec: PortSpec) -> str:
    inside = case.slot.inside
    if not isinstance(inside, Inside) or isinstance(inside.listeners, Unreadable):
        return ""
    bound = sorted({item.address for item in inside.listeners if (item.port, item.proto) == (spec.port, spec.proto)})
    if not bound:
        return f"; nothing listens on {spec.port} inside"
    return f"; inside, {spec.port} is bound to {', '.join(bound)}"


def _mapping_wrong(case: Case, spec: PortSpec, mapped: list[Published]) -> str:
    wanted = "published" if spec.published is True else f"published on {spec.published}"
    if mapped:
        return f"{spec.name} is published on {', '.join(_host(item) for item in mapped)}, expected {wanted}"
    everything = case.container.published if spec.published is not True else ()
    taken = [item for item in everything if is_declared(item, spec.published)]
    if taken:
        return f"{_told(taken[0])}, expected -> {spec.name}"
    return f"{spec.name} is not published, expected it to be {wanted}"


def _host(item: Published) -> str:
    address = item.host_ip or "0.0.0.0"
    return f"[{address}]:{item.host_port}" if ":" in address else f"{address}:{item.host_port}"


def _told(item: Published) -> str:
    return f"{_host(item)} -> {item.port}/{item.proto}"


def _mappings(items: tuple[Published, ...]) -> str:
    return ", ".join(_told(item) for item in items) or "none"
