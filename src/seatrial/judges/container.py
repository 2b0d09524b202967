"""What the engine says of a container."""

from seatrial.instance import Container
from seatrial.judges import explain
from seatrial.judges.case import Blind, Case, clock_of
from seatrial.spec.container import ContainerSpec
from seatrial.verdicts import Verdict


def state(case: Case) -> Verdict:
    """Does it run? ``State.Running`` is also true while it is paused or restarting, so the status decides."""
    box = case.container
    if box.status == "running":
        return case.passed(f"{box.name} is running, container up since {_at(case, box.started_at)}", **_who(box))
    return case.failed("; ".join([f"{box.name} is {_ended(case)}", *_reasons(case)]), **_who(box))


def health(case: Case) -> Verdict:
    """Does its own health check say healthy, in time?"""
    case.must_run()
    spec: ContainerSpec = case.check.expected
    box = case.container
    if box.health == "healthy":
        return case.passed("its health check says healthy")
    if not box.health:
        return case.failed("expected healthy, but it has no health check")
    if box.health == "starting":
        return _starting(case, spec)
    said = f", last output {box.health_said!r}" if box.health_said else ""
    return case.failed(f"its health check says {box.health}, expected healthy{said}")


def _starting(case: Case, spec: ContainerSpec) -> Verdict:
    up_s = clock_of(case) - case.container.started_at
    if spec.health_within is not None and up_s < spec.health_within:
        raise Blind(
            f"its health check is still starting, {up_s:.0f} s of {spec.health_within:g} s; run with --settle to wait"
        )
    if spec.health_within is not None:
        return case.failed(
            f"its health check still says starting after {up_s:.0f} s, at most {spec.health_within:g} s allowed"
        )
    waiting = f"; {explain.uptime(case)}; run with --settle to wait"
    return case.failed(f"its health check says starting, expected healthy{waiting}")


def restarts(case: Case) -> Verdict:
    """Has the engine restarted it more often than allowed? Restarts by hand do not count in ``RestartCount``."""
    count, limit = case.container.restarts, case.check.expected.max_restarts
    started = f"started {_at(case, case.container.started_at)}"
    if count > limit:
        return case.failed(f"the engine restarted it {count} times, at most {limit} allowed; {started}")
    return case.passed(f"the engine restarted it {count} times (at most {limit}); {started}")


def _ended(case: Case) -> str:
    box = case.container
    if box.status == "exited":
        return f"exited ({box.exit_code}) {_at(case, box.finished_at)}"
    if box.status == "created":
        return "created, never started"
    if box.status == "restarting":
        return f"restarting, for the {box.restarts}. time, last exit code {box.exit_code}"
    return f"{box.status} (exit code {box.exit_code})" if box.status == "dead" else box.status


def _reasons(case: Case) -> list[str]:
    box = case.container
    found = [
        "frozen: it keeps its ports open and answers nothing; docker unpause" if box.status == "paused" else "",
        "it was killed for memory (OOM)" if box.oom_killed else "",
        f"the engine says: {box.error}" if box.error else "",
        f"changed while we looked: {case.slot.changed}" if case.slot.changed else "",
        explain.last_hit(case),
    ]
    return [reason for reason in found if reason]


def _who(box: Container) -> dict[str, object]:
    return {"container": f"{box.name} {box.id[:12]}", "status": box.status, "image": f"{box.image_ref} {box.image_id}"}


def _at(case: Case, moment: float) -> str:
    return explain.at(moment, case.snapshot.taken_at) if moment else "at an unknown time"
