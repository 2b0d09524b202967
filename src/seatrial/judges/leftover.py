"""Is a node that of the instance that runs now, or was it left by an earlier one with the same address?

An ephemeral node stays until its session times out, so for that long it says that a dead service is there.
"""

from seatrial.instance import Instance
from seatrial.snapshot import Node

CLOCKS_S = 2.0
"""Seconds by which the ensemble's clock (a node's ctime) and the engine's (an instance's start) may differ."""

START_S = 0.5
"""Seconds that an engine may take to note a start that it has made."""


def left_behind(node: Node, box: Instance) -> str:
    """Why an ephemeral node cannot be that of the instance that runs now, or nothing."""
    before = _before(node, box)
    if before <= CLOCKS_S:
        return ""
    return (
        f"was registered {before:.0f} s before this {box.noun} started: left by an earlier one, it stays until its "
        f"session {node.ephemeral_owner:#x} ends (unless the clocks of the ensemble and the engine differ)"
    )


def maybe_left_behind(node: Node, box: Instance) -> str:
    """Why it is not sure whose an ephemeral node is, or nothing."""
    before = _before(node, box)
    if not START_S < before <= CLOCKS_S:
        return ""
    return f"{node.name} was registered {before:.1f} s before this {box.noun} started, or the clocks differ"


def _before(node: Node, box: Instance) -> float:
    """Seconds; a persistent node may be older, since it is meant to stay, or ``zk.ephemeral`` finds it."""
    return box.started_at - node.created if node.ephemeral_owner else 0.0
