"""Expectation and snapshot in, verdict out: pure functions, one for each aspect."""

import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from seatrial.judges import (
    access,
    clock,
    container,
    cron,
    disk,
    file,
    host,
    instances,
    java,
    listed,
    log,
    port,
    process,
    published,
    registration,
    status,
    tomcat,
    unit,
    watchdog,
)
from seatrial.judges.case import Blind, Case, changed, slot_facts
from seatrial.judges.place import told
from seatrial.snapshot import Snapshot
from seatrial.spec.check import Check
from seatrial.verdicts import Verdict, unknown

Judge = Callable[[Case], Verdict]

WITHOUT_A_SLOT: Mapping[str, Callable[[Check, Snapshot], Verdict]] = MappingProxyType(
    {
        "instances": instances.instances,
        "host.route": access.route,
        "host.reach": access.reach,
        "host.identity": access.identity,
        "access.shell": access.shell,
        "access.sudo": access.sudo,
    }
)
"""Aspect → the function that decides it whether or not anything is known of what fills the slot."""

JUDGES: Mapping[str, Judge] = MappingProxyType(
    {
        "host.clock": clock.clock,
        "host.kernel": host.kernel,
        "host.timezone": host.timezone,
        "host.sysctl": host.sysctl,
        "host.disk": disk.disk,
        "host.user": host.user,
        "host.unit": unit.unit,
        "host.cron": cron.cron,
        "engine.version": host.engine,
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
        "process.java": java.java,
        "port.bind": port.bind,
        "port.owner": port.owner,
        "port.accept": port.accept,
        "port.answer": port.answer,
        "port.published": published.published,
        "zk.node": registration.node,
        "zk.data": registration.data,
        "zk.ephemeral": registration.ephemeral,
        "zk.listed": listed.listed,
        "tomcat.connector": tomcat.connector,
        "tomcat.context": tomcat.context,
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
    return told(check, snapshot, _judged(check, snapshot, stable_for_s))


def _judged(check: Check, snapshot: Snapshot, stable_for_s: float) -> Verdict:
    try:
        if decide := WITHOUT_A_SLOT.get(check.aspect):
            return decide(check, snapshot)
        return _of_a_slot(Case(check, slot_facts(check, snapshot), snapshot, stable_for_s))
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
    differs = changed(case.slot)
    if not differs:
        return JUDGES[case.check.aspect](case)
    if case.check.aspect == "container.state" and case.container.status != "running":
        return container.state(case)
    raise Blind(f"it changed while we looked: {differs}", case.of_its_state)
