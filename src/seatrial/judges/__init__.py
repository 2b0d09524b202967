"""Expectation and snapshot in, verdict out: pure functions, one for each aspect."""

import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from seatrial.judges import container, file, instances, log, port, process, published, registration, status, watchdog
from seatrial.judges.case import Blind, Case
from seatrial.snapshot import Inside, SlotFacts, Snapshot, Unreadable
from seatrial.spec.check import Check
from seatrial.verdicts import Verdict, unknown

Judge = Callable[[Case], Verdict]

OF_A_SERVICE = "instances"
"""The one aspect that asks about a whole service, not about a slot."""

JUDGES: Mapping[str, Judge] = MappingProxyType(
    {
        "container.state": container.state,
        "container.image": container.image,
        "container.health": container.health,
        "container.restarts": container.restarts,
        "process.count": process.count,
        "process.state": process.state,
        "process.stable": process.stable,
        "process.user": process.user,
        "process.argv": process.argv,
        "process.pidfile": process.pidfile,
        "port.bind": port.bind,
        "port.owner": port.owner,
        "port.accept": port.accept,
        "port.answer": port.answer,
        "port.published": published.published,
        "zk.node": registration.node,
        "zk.data": registration.data,
        "zk.ephemeral": registration.ephemeral,
        "watchdog.alive": watchdog.alive,
        "watchdog.target": watchdog.target,
        "watchdog.beat": watchdog.beat,
        "log.present": log.present,
        "log.clean": log.clean,
        "log.fresh": log.fresh,
        "file.state": file.state,
        "status.value": status.value,
    }
)
"""Aspect → the function that decides it."""


def judge(check: Check, snapshot: Snapshot, stable_for_s: float = 5.0) -> Verdict:
    """Compare what one check expects with what a look found.

    :param stable_for_s: seconds that a process must have run to be called stable.
    """
    try:
        if check.aspect == OF_A_SERVICE:
            return instances.instances(check, snapshot)
        return _of_a_slot(Case(check, _slot(check, snapshot), snapshot, stable_for_s))
    except Blind as blind:
        return unknown(f"{check.slot}: {blind}", because=blind.because)
    except Exception as error:
        return _mistake(check, error)


def _mistake(check: Check, error: Exception) -> Verdict:
    """One judge that breaks must not take the verdicts of all others along; what it broke on may be secret."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(last.filename).name} line {last.lineno}"
    text = f"a mistake in Seatrial: {type(error).__name__} in {where} while judging {check.aspect}; please report it"
    return unknown(f"{check.slot}: {text}", where=where)


def _of_a_slot(case: Case) -> Verdict:
    changed = _changed(case.slot)
    if not changed:
        return JUDGES[case.check.aspect](case)
    if case.check.aspect == "container.state" and case.container.status != "running":
        return container.state(case)
    raise Blind(f"it changed while we looked: {changed}", case.of_its_state)


def _slot(check: Check, snapshot: Snapshot) -> SlotFacts:
    facts = snapshot.slots.get(check.slot)
    if isinstance(facts, Unreadable):
        raise Blind(facts.reason)
    if facts is not None:
        return facts
    service = snapshot.services.get(check.service)
    if isinstance(service, Unreadable):
        raise Blind(service.reason)
    raise Blind(f"nothing fills {check.slot}", "instances")


def _changed(slot: SlotFacts) -> str:
    inside = slot.inside
    if not slot.changed and isinstance(inside, Inside) and inside.identity != inside.identity_last:
        return f"its first process or the host's boot: {inside.identity} and then {inside.identity_last}"
    return slot.changed
