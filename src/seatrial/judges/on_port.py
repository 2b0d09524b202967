"""The listeners on one declared port, and how they are told."""

from seatrial.judges import explain
from seatrial.judges.case import Case
from seatrial.judges.sharing import own_listeners
from seatrial.snapshot import Listener, Unreadable
from seatrial.spec.port import PortSpec


def on_port(case: Case, spec: PortSpec) -> tuple[Listener, ...]:
    """The listeners on one declared port, in the network of the instance."""
    return tuple(item for item in case.listeners if (item.port, item.proto) == (spec.port, spec.proto))


def ours_or_all(case: Case, spec: PortSpec) -> tuple[Listener, ...]:
    """Those that are the instance's own; where none is, all of its network, to say whose they are."""
    found = on_port(case, spec)
    return own_listeners(case.instance, found) or found


def holders(case: Case, listener: Listener) -> str:
    """``pid 16 orderd``: who holds it."""
    owners = () if isinstance(listener.owners, Unreadable) else listener.owners
    return ", ".join(explain.name_of(case, pid) for pid in owners[:5])


def told(case: Case, listeners: tuple[Listener, ...]) -> str:
    """``0.0.0.0:8080/tcp by pid 16 orderd``, for the evidence."""
    lines = []
    for item in listeners[:20]:
        who = item.owners.reason if isinstance(item.owners, Unreadable) else holders(case, item)
        lines.append(f"{item.address}:{item.port}/{item.proto} by {who or 'nobody seen'}")
    return ", ".join(lines)
