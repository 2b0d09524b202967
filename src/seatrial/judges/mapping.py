"""Does the engine publish a port where the file says?"""

from seatrial.instance import Published
from seatrial.judges.addresses import is_declared, same
from seatrial.judges.case import Blind, Case
from seatrial.spec.port import PortSpec
from seatrial.verdicts import Verdict


def mapping(case: Case) -> Verdict:
    """The engine's mapping is as declared."""
    case.must_run()
    spec: PortSpec = case.check.expected
    mapped = mapped_of(case, spec)
    fitting = [item for item in mapped if is_declared(item, spec.published)]
    everything = mappings(case.container.published)
    if not fitting:
        return case.failed(_wrong(case, spec, mapped), mappings=everything)
    beside = [item for item in mapped if item not in fitting and not _other_version(item, fitting)]
    if beside and ":" in str(spec.published):
        also = ", ".join(host(item) for item in beside)
        return case.failed(
            f"{spec.name} is published on {also} as well, expected {spec.published} only", mappings=everything
        )
    more = f"; also on {', '.join(host(item) for item in beside)}" if beside else ""
    return case.passed(f"{told(fitting[0])} is published as declared{more}", mappings=everything)


def mapped_of(case: Case, spec: PortSpec) -> list[Published]:
    """Where the engine publishes a port."""
    return [item for item in case.container.published if (item.port, item.proto) == (spec.port, spec.proto)]


def fitting_end(case: Case, spec: PortSpec) -> Published:
    """The mapping that the file means.

    :raises Blind: because of ``port.mapping``, where there is none.
    """
    fitting = [item for item in mapped_of(case, spec) if is_declared(item, spec.published)]
    if not fitting:
        raise Blind(f"{spec.name} is not published as declared, so no way from outside was tried", "port.mapping")
    return fitting[0]


def _other_version(item: Published, fitting: list[Published]) -> bool:
    """The engine lists a wildcard once for each IP version."""
    return any(item.host_port == other.host_port and same(item.host_ip, "::") for other in fitting)


def _wrong(case: Case, spec: PortSpec, mapped: list[Published]) -> str:
    if mapped:
        where = ", ".join(dict.fromkeys(host(item) for item in mapped))
        return f"{spec.name} published on {where}, expected {_wanted(spec)}"
    everything = case.container.published if spec.published is not True else ()
    taken = [item for item in everything if is_declared(item, spec.published)]
    if taken:
        return f"{told(taken[0])}, expected -> {spec.name}"
    wanted = "it to be published" if spec.published is True else f"it on {_wanted(spec)}"
    if spec.name in case.container.exposed:
        return f"{spec.name} is exposed, not published; expected {wanted}"
    return f"{spec.name} is not published; expected {wanted}"


def _wanted(spec: PortSpec) -> str:
    """A host port alone may be published on any address."""
    return str(spec.published) if ":" in str(spec.published) else f"{spec.published} at any address"


def host(item: Published) -> str:
    """``127.0.0.1:18080``: the engine's end."""
    address = item.host_ip or "0.0.0.0"
    return f"[{address}]:{item.host_port}" if ":" in address else f"{address}:{item.host_port}"


def told(item: Published) -> str:
    """``127.0.0.1:18080 -> 8080/tcp``."""
    return f"{host(item)} -> {item.port}/{item.proto}"


def mappings(items: tuple[Published, ...]) -> str:
    """All of them, for the evidence."""
    return ", ".join(told(item) for item in items) or "none"
