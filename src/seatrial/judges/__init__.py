"""Expectation and snapshot in, verdict out: pure functions, one for each aspect."""

import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from seatrial.judges import (
    access,
    argv,
    binary,
    clock,
    container,
    cron,
    disk,
    drift,
    file,
    host,
    image,
    instances,
    java,
    listed,
    live_environment,
    lives,
    log,
    mapping,
    memory,
    mount,
    parent,
    port,
    port_answer,
    port_extra,
    port_reach,
    port_wait,
    process,
    published,
    registration,
    release,
    resources,
    security,
    settings,
    space,
    started,
    status,
    steady,
    tomcat,
    unit,
    watchdog,
    zone,
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
        "container.stable": lives.stable,
        "container.oom": memory.oom,
        "container.image": image.image,
        "container.health": container.health,
        "container.restarts": container.restarts,
        "container.started": started.container_started,
        "container.created": started.container_created,
        "container.policy": settings.policy,
        "container.network": settings.network,
        "container.mount": mount.mount,
        "container.user": settings.user,
        "container.security": security.security,
        "container.limits": settings.limits,
        "container.env": settings.env,
        "container.hostname": settings.hostname,
        "container.labels": settings.labels,
        "container.drift": drift.drift,
        "container.timezone": zone.timezone,
        "container.cron": cron.cron,
        "process.count": process.count,
        "process.state": process.state,
        "process.stable": steady.stable,
        "process.exe": binary.exe,
        "process.libraries": binary.libraries,
        "process.parent": parent.parent,
        "process.release": release.release,
        "process.fds": resources.fds,
        "process.limits": resources.limits,
        "process.cpu": resources.cpu,
        "process.env": live_environment.env,
        "process.started": started.process_started,
        "process.user": process.user,
        "process.argv": argv.argv,
        "process.pidfile": process.pidfile,
        "process.java": java.java,
        "port.bind": port.bind,
        "port.owner": port.owner,
        "port.accept": port_answer.accept,
        "port.answer": port_answer.answer,
        "port.udp": port_answer.answer,
        "port.extra": port_extra.extra,
        "port.wait": port_wait.wait,
        "port.reach": port_reach.reach,
        "port.mapping": mapping.mapping,
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
        "fs.space": space.space,
        "fs.inodes": space.inodes,
        "fs.rw": space.writable,
        "file.state": file.state,
        "status.value": status.value,
    }
)
"""Aspect → the function that decides it."""


def judge(check: Check, snapshot: Snapshot, stable_for_s: float = 5.0, table: Mapping[str, Judge] = JUDGES) -> Verdict:
    """Compare what one check expects with what a look found.

    :param stable_for_s: seconds that a process must have run to be called stable.
    :param table: the judges to ask, by aspect.
    """
    return told(check, snapshot, _judged(check, snapshot, stable_for_s, table))


def _judged(check: Check, snapshot: Snapshot, stable_for_s: float, table: Mapping[str, Judge]) -> Verdict:
    try:
        if decide := WITHOUT_A_SLOT.get(check.aspect):
            return decide(check, snapshot)
        return _of_a_slot(Case(check, slot_facts(check, snapshot), snapshot, stable_for_s), table)
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


def _of_a_slot(case: Case, table: Mapping[str, Judge]) -> Verdict:
    differs = changed(case.slot)
    if not differs:
        return table[case.check.aspect](case)
    if case.check.aspect == "container.stable":
        return table["container.stable"](case)
    if case.check.aspect == "container.state" and case.container.status != "running":
        return table["container.state"](case)
    raise Blind(f"it changed while we looked: {differs}", case.of_its_state)
