"""Does anything listen that the file does not name?"""

from seatrial.judges import explain
from seatrial.judges.case import Case
from seatrial.judges.sharing import own_listeners
from seatrial.snapshot import Listener, Unreadable
from seatrial.spec.port import PortSpec
from seatrial.spec.port_list import allowed
from seatrial.spec.service import ServiceSpec
from seatrial.verdicts import Verdict

_RESOLVER = "127.0.0.11"
"""Where Docker answers names in networks of its users, held by the engine and by no process inside."""


def extra(case: Case) -> Verdict:
    """Every listener is on a port that the file names."""
    spec: PortSpec = case.check.expected
    known = [*_declared(case.check.spec), *(allowed(text) for text in spec.allow)]
    found = own_listeners(case.instance, case.listeners)
    strangers = [one for one in found if not _is_known(one, known) and not _is_resolver(one)]
    wrong: list[str] = []
    unseen: list[str] = []
    for one in strangers:
        client = _may_be_client(case, one)
        if client is None:
            wrong.append(f"unexpected listener {_told(case, one)}")
        elif client:
            unseen.append(f"{_told(case, one)} may be a client's: {client}")
        elif not case.instance.own_network and isinstance(one.owners, Unreadable):
            unseen.append(f"{_told(case, one)} may belong to another one that shares its network")
    names = ", ".join(sorted({f"{one.port}/{one.proto}" for one in found if _is_known(one, known)}))
    return case.weigh(list(dict.fromkeys(wrong)), unseen, f"nothing listens but what is named: {names or 'none'}")


def _declared(spec: ServiceSpec) -> list[tuple[int, int, str]]:
    ports = [(port.port, port.port, port.proto) for port in spec.ports if port.port]
    pages = [(status.http.port, status.http.port, "tcp") for status in spec.status if status.http]
    tomcat = [(spec.tomcat.connector, spec.tomcat.connector, "tcp")] if spec.tomcat else []
    return [*ports, *pages, *tomcat]


def _is_known(one: Listener, known: list[tuple[int, int, str]]) -> bool:
    return any(first <= one.port <= last and proto in ("", one.proto) for first, last, proto in known)


def _is_resolver(one: Listener) -> bool:
    return one.address == _RESOLVER and (isinstance(one.owners, Unreadable) or not one.owners)


def _may_be_client(case: Case, one: Listener) -> str | None:
    """A UDP socket that asks somebody is bound too: empty for one of a client, None for a server, else why unsure."""
    if one.proto != "udp":
        return None
    ports = case.inside.client_ports
    if ports is None or isinstance(ports, Unreadable):
        return "the range of ports for clients was not read" + (f": {ports.reason}" if ports else "")
    return "" if ports[0] <= one.port <= ports[1] else None


def _told(case: Case, one: Listener) -> str:
    address = f"[{one.address}]" if ":" in one.address else one.address
    proto = "" if one.proto == "tcp" else "/udp"
    if isinstance(one.owners, Unreadable):
        return f"{address}:{one.port}{proto}, whose holder cannot be seen"
    who = ", ".join(explain.name_of(case, pid) for pid in one.owners[:3]) or "held by nobody inside"
    return f"{address}:{one.port}{proto} {who}"
