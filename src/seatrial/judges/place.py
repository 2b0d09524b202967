"""Where a slot lies, for messages: behind SSH its own name says not which server that is."""

import re
from dataclasses import replace

from seatrial.host import Access
from seatrial.snapshot import Snapshot
from seatrial.spec.check import Check
from seatrial.verdicts import Outcome, Verdict

REMEDY = "log in as root, or give ssh: {sudo: true}"

_USUAL_PORT = re.compile(r"(\[.*\]|[^:]*):22")
_NO_RIGHT = re.compile(r"permission denied|not permitted|hidepid", re.IGNORECASE)


def told(check: Check, snapshot: Snapshot, verdict: Verdict) -> Verdict:
    """A verdict that names the host of its slot, and says what helps where only a right was missing there."""
    way = snapshot.access.get(check.slot)
    place, remedy = _place(check, way), _remedy(way, verdict)
    if place == check.slot:
        return verdict
    said = verdict.message.removeprefix(f"{check.slot}: ")
    return replace(verdict, message=f"{place}: {said}{remedy}")


def _place(check: Check, way: Access | None) -> str:
    """``relay.1 (relay-2, 10.0.0.2)``, ``box.0 (on engine-1)``, or only the slot where it is not behind SSH."""
    name = way.host if way else check.host.name if check.host else ""
    if not name:
        return check.slot
    if check.spec.on == "docker":
        return f"{check.slot} (on {name})"
    address = (check.host and check.host.address) or _dialled(way)
    return f"{check.slot} ({name}, {address})" if address not in ("", name) else f"{check.slot} ({name})"


def _dialled(way: Access | None) -> str:
    """The address that was dialled, without the port that is the usual one."""
    text = way.address if way else ""
    found = _USUAL_PORT.fullmatch(text)
    return found[1].strip("[]") if found else text


def _remedy(way: Access | None, verdict: Verdict) -> str:
    """What helps where who logs in may not see all, and no other finding explains it."""
    if way is None or way.trouble or way.sudo or way.user in ("", "root") or REMEDY in verdict.message:
        return ""
    blind = verdict.outcome is Outcome.UNKNOWN and not verdict.because and _NO_RIGHT.search(verdict.message)
    return f"; {REMEDY}" if blind else ""
