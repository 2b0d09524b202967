"""Whose is a listener? A container may share its network with another one, or with the engine's host."""

from collections.abc import Sequence

from seatrial.judges.case import Case
from seatrial.judges.talking import Findings
from seatrial.snapshot import Listener, Unreadable
from seatrial.spec.port import PortSpec


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


def unsure_whose(case: Case, spec: PortSpec, reason: str) -> Findings:
    """Where a holder cannot be seen, it is taken for ours in a network of our own, and only there."""
    if case.instance.own_network:
        return [], []
    return [], [f"{spec.name} may belong to another {case.instance.noun}: this one shares its network, and {reason}"]
