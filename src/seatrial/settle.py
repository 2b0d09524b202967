"""Looking again until everything is green and has stayed so: one loop, before any check is reported."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from seatrial.instance import Container
from seatrial.snapshot import Snapshot, Unreadable
from seatrial.trail import KEPT, Glimpse
from seatrial.verdicts import Verdict

Verdicts = dict[str, Verdict]

PAUSE_S = 0.5
"""Seconds between two looks."""


@dataclass(frozen=True, slots=True)
class Settled:
    """The last complete look and what it took to get there.

    :param looks: how many looks were made.
    :param waited_s: seconds from the first look's start to the last one's end.
    :param why: why no further look was made.
    """

    snapshot: Snapshot
    verdicts: Verdicts
    looks: int
    waited_s: float
    why: str


def settle(
    look: Callable[[], Snapshot],
    judge: Callable[[Snapshot], Verdicts],
    *,
    settle_s: float,
    stable_for_s: float,
    progress: Callable[[str], None],
    glimpse: Callable[[Snapshot], Glimpse],
    afresh: Callable[[], bool] = lambda: False,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Settled:
    """Look, and look again until every verdict is PASS and has stayed so for ``stable_for_s``.

    :param settle_s: seconds after which a look that is not green counts as it is; 0 makes exactly one look. What is
        green by then is still watched until it stayed so, so the whole takes ``settle_s + stable_for_s`` and a look.
    :param stable_for_s: seconds for which everything must stay green.
    :param progress: is told, after each look, how far it is.
    :param glimpse: what of a look is remembered for those that follow.
    :param afresh: has the next look connect anew, and says whether that makes a difference: what stayed green over kept
        connections is looked at once more, since another machine may have taken over an address meanwhile.
    :param clock: monotonic seconds.
    """
    began, looks = clock(), 0
    green_since: float | None = None
    renewed = False
    trail: deque[Glimpse] = deque(maxlen=KEPT)
    while True:
        snapshot, looks = replace(look(), earlier=tuple(trail)), looks + 1
        trail.append(glimpse(snapshot))
        now, verdicts = clock(), judge(snapshot)
        still_open = [key for key, verdict in verdicts.items() if not verdict.passed]
        green_since = None if still_open else (now if green_since is None else green_since)
        why = "one look was asked for" if settle_s <= 0 else ""
        if green_since is not None:
            why = why or _stayed(now - green_since, stable_for_s)
            if why and looks > 1 and not renewed and (renewed := afresh()):
                continue
        else:
            renewed = False
            why = why or _over(now - began, settle_s) or _hopeless(snapshot)
        if why:
            return Settled(snapshot, verdicts, looks, clock() - began, why)
        progress(f"look {looks}: {len(still_open) or 'none'} of {len(verdicts)} checks not green")
        sleep(PAUSE_S)


def _stayed(green_s: float, stable_for_s: float) -> str:
    return f"everything stayed green for {stable_for_s:g} s" if green_s >= stable_for_s else ""


def _over(waited_s: float, settle_s: float) -> str:
    return f"the {settle_s:g} s to settle are over" if waited_s >= settle_s else ""


def _hopeless(snapshot: Snapshot) -> str:
    """Name a slot for which waiting is pointless: its container ended for good, or its host will not let us in."""
    for slot, access in snapshot.access.items():
        if access.trouble and access.trouble.lasting:
            return f"waiting is pointless: {slot}: {access.trouble.text}"
    for slot, facts in snapshot.slots.items():
        box = None if isinstance(facts, Unreadable) else facts.instance
        if isinstance(box, Container) and box.status in ("exited", "dead") and box.restart_policy in ("", "no"):
            return f"waiting is pointless: {slot} has {box.status} and nothing restarts it"
    return ""
