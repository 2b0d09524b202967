"""Whose is a listener? A container may share its network with another one, or with the engine's host."""

from collections.abc import Sequence

from seatrial.instance import Instance
from seatrial.judges.addresses import is_wildcard, same
from seatrial.judges.case import Case
from seatrial.judges.talking import Findings
from seatrial.snapshot import Listener, Talk, Unreadable
from seatrial.spec.port import PortSpec


def own_listeners(instance: Instance, listeners: Sequence[Listener]) -> tuple[Listener, ...]:
    """Those of an instance: in a network that it shares, what nobody in it holds is another one's."""
    return tuple(
        item for item in listeners if instance.own_network or isinstance(item.owners, Unreadable) or item.owners
    )


def held_by_nobody(case: Case, spec: PortSpec) -> str:
    """The open files of all processes were read, and the socket is among none of them."""
    return (
        f"nobody in this {case.instance.noun} holds {spec.name}: "
        "it belongs to another one, or to a host, that shares its network"
    )


def held_elsewhere(case: Case, spec: PortSpec, found: Sequence[Listener]) -> Findings:
    """Whether none of the listeners on a port is this container's own."""
    if not found or any(isinstance(item.owners, tuple) and item.owners for item in found):
        return [], []
    hidden = [item.owners.reason for item in found if isinstance(item.owners, Unreadable)]
    return unsure_whose(case, spec, hidden[0]) if hidden else ([held_by_nobody(case, spec)], [])


def taken_by_another(case: Case, spec: PortSpec, found: Sequence[Listener], talk: Talk) -> Findings:
    """Whether a connection may have gone to a listener of another one, where both have some on one port.

    The kernel takes the listener that is bound to the very address before one that is bound to all (tcp(7)), and among
    those of one address any (SO_REUSEPORT, socket(7)).
    """
    own = own_listeners(case.instance, found)
    if len(own) == len(found):
        return [], []
    dialled = talk.where.rpartition(":")[0].strip("[]")
    takers = [item for item in found if same(item.address, dialled)]
    takers = takers or [item for item in found if is_wildcard(item.address)]
    if all(item in own for item in takers):
        return [], []
    ours = ", ".join(sorted({item.address for item in own}))
    text = f"the connection to {talk.where} may have been taken by another one that listens there; {spec.name} of this"
    return [], [f"{text} {case.instance.noun} is bound to {ours}"]


def unsure_whose(case: Case, spec: PortSpec, reason: str) -> Findings:
    """Where a holder cannot be seen, it is taken for ours in a network of our own, and only there."""
    if case.instance.own_network:
        return [], []
    return [], [f"{spec.name} may belong to another {case.instance.noun}: this one shares its network, and {reason}"]
