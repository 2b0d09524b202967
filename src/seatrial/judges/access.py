"""Was each step on the way to a host taken? What comes after one that was not is not known."""

from collections.abc import Iterator

from seatrial.host import STAGES, Access, Itself, Stage
from seatrial.judges.case import Blind, changed, seen, slot_facts
from seatrial.judges.twins import twins
from seatrial.snapshot import SlotFacts, Snapshot, Unreadable
from seatrial.spec.check import Check
from seatrial.verdicts import Verdict, failed, passed, unknown


def route(check: Check, snapshot: Snapshot) -> Verdict:
    """Is it known how to get there, by every jump host that is declared, and none left out?"""
    return _step("host.route", check, snapshot)


def reach(check: Check, snapshot: Snapshot) -> Verdict:
    """Does an SSH server answer there, behind each jump host?"""
    return _step("host.reach", check, snapshot)


def identity(check: Check, snapshot: Snapshot) -> Verdict:
    """Is it the host that is meant: by its key, by what it calls itself, and no other one of the inventory?"""
    verdict = _step("host.identity", check, snapshot)
    way = snapshot.access[check.slot]
    if not verdict.passed or way.trouble is not None:
        return verdict
    return _itself(check, snapshot, way)


def shell(check: Check, snapshot: Snapshot) -> Verdict:
    """Does the login run what it is given, and nothing else?"""
    return _step("access.shell", check, snapshot)


def sudo(check: Check, snapshot: Snapshot) -> Verdict:
    """May the user read as root, without a password?"""
    verdict = _step("access.sudo", check, snapshot)
    return _root(check, snapshot.access[check.slot]) or verdict if verdict.passed else verdict


def _step(stage: Stage, check: Check, snapshot: Snapshot) -> Verdict:
    """The verdict on one step: what stopped us there, or because of what it was not taken, or that it was."""
    way = _way(check, snapshot)
    trouble = way.trouble
    if trouble is not None and trouble.stage == stage:
        text, evidence = f"{check.slot}: {trouble.text}", _evidence(way)
        return failed(text, **evidence) if trouble.wrong else unknown(text, because="", **evidence)
    if trouble is not None and STAGES.index(trouble.stage) < STAGES.index(stage):
        raise Blind(trouble.text, trouble.stage)
    if trouble is None and (missing := _unproved(stage, way, _nothing_ran(check, snapshot, way))):
        raise Blind(missing)
    return passed(f"{check.slot}: {'; '.join([_words(stage, way), *_notes(stage, way)])}", **_evidence(way))


def _way(check: Check, snapshot: Snapshot) -> Access:
    way = snapshot.access.get(check.slot)
    if way is None:
        slot_facts(check, snapshot)
        raise Blind("was not reached")
    return way


def _unproved(stage: Stage, way: Access, nothing_ran: str) -> str:
    """Why a step that nothing stopped was yet not seen to be taken, else empty.

    :param nothing_ran: why nothing has run there, else empty.
    """
    if not way.fingerprint:
        return "nobody saw its host key"
    if stage not in ("access.shell", "access.sudo"):
        return ""
    return nothing_ran or ("nothing was run there below sudo -n" if stage == "access.sudo" and not way.sudo else "")


def _nothing_ran(check: Check, snapshot: Snapshot, way: Access) -> str:
    """Why nothing has run there, else empty; an engine on a host is asked through a shell, so its answer is a proof."""
    facts = snapshot.slots.get(check.slot)
    if way.answered_at or (check.spec.on == "docker" and isinstance(facts, SlotFacts)):
        return ""
    inside = facts.inside if isinstance(facts, SlotFacts) else facts
    return inside.reason if isinstance(inside, Unreadable) else "nothing was run there"


def _words(stage: Stage, way: Access) -> str:
    """What a step that was taken has led to."""
    return {
        "host.route": f"the way to {way.host} is {_path(way)}",
        "host.reach": f"an SSH server answers at {_path(way)}",
        "host.identity": f"{way.address} shows {way.fingerprint}, the key that is known for it",
        "access.shell": f"logged in at {_path(way, way.user)}",
        "access.sudo": f"{way.user} reads as root by sudo -n at {way.address}",
    }[stage]


def _notes(stage: Stage, way: Access) -> tuple[str, ...]:
    return way.notes if stage == "host.route" else ()


def _root(check: Check, way: Access) -> Verdict | None:
    """What is wrong with whom sudo made of us, None where that is root; a later step that failed has said more."""
    if way.trouble is not None:
        return None
    uid = seen(way.itself.uid) if way.itself else None
    if uid is None:
        raise Blind("as whom it runs there was not told")
    return failed(f"{check.slot}: sudo -n leads to uid {uid}, not to root", **_evidence(way)) if uid else None


def _itself(check: Check, snapshot: Snapshot, way: Access) -> Verdict:
    """What the host says of itself; the key alone would be the same on each machine that was made from one image."""
    if check.spec.on == "ssh":
        facts = slot_facts(check, snapshot)
        if differs := changed(facts):
            raise Blind(f"it changed while we looked: {differs}")
        seen(facts.inside)
    if way.itself is None:
        raise Blind("of the machine itself nothing was read")
    same, doubts = twins(check.slot, snapshot)
    ticks, boot_id = way.itself.boot
    evidence = _evidence(way) | {"identity": f"pid 1 started at tick {ticks}, boot {boot_id}"}
    text = f"{_words('host.identity', way)}; {', '.join(_says(way.itself))}"
    if same:
        return failed(f"{check.slot}: {way.host} is the same machine as {' and '.join(same)}: {text}", **evidence)
    if doubts:
        doubt = f"{way.host} may be the same machine as {'; '.join(doubts)}"
        return unknown(f"{check.slot}: {doubt}", because="", **evidence)
    return passed(f"{check.slot}: {text}", **evidence)


def _says(itself: Itself) -> Iterator[str]:
    yield f"hostname {seen(itself.hostname) or 'not told'}"
    told = itself.machine_id
    if isinstance(told, Unreadable):
        yield f"no machine-id ({told.reason})"
    else:
        yield f"machine-id {told}" if told else "no machine-id"


def _path(way: Access, user: str = "") -> str:
    as_user = f" as {user}" if user else ""
    through = f"through {', then '.join(way.route)}" if way.route else "without a jump host"
    return f"{way.address}{as_user} {through}"


def _evidence(way: Access) -> dict[str, object]:
    told = {"host": way.host, "address": way.address, "through": ", then ".join(way.route), "host_key": way.fingerprint}
    return {label: value for label, value in told.items() if value}
