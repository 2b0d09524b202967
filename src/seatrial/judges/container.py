"""What the engine says of a container."""

from seatrial.instance import Container
from seatrial.judges import explain
from seatrial.judges.case import Blind, Case, seen
from seatrial.verdicts import Verdict


def state(case: Case) -> Verdict:
    """Does it run? ``State.Running`` is also true while it is paused or restarting, so the status decides."""
    box = case.container
    if box.status == "running":
        note = "; the kernel has killed one of its processes for memory" if box.oom_killed else ""
        return case.passed(f"{box.name} is running, container up since {_at(case, box.started_at)}{note}", **_who(box))
    return case.failed("; ".join([f"{box.name} is {_ended(case)}", *_reasons(case)]), **_who(box))


def image(case: Case) -> Verdict:
    """Is the image that runs the one that the declared reference names now?"""
    box, reference = case.container, case.check.expected.image
    now = seen(case.slot.image_id)
    if not now or not box.image_id:
        raise Blind(f"which image {reference} is was not looked at")
    if now == box.image_id:
        return case.passed(f"runs {reference} ({_short(now)})", image=now)
    why = "same tag, other image" if box.image_ref == reference else f"it was created from {box.image_ref}"
    runs, declared = _short(box.image_id), _short(now)
    return case.failed(f"runs {runs}, {reference} is now {declared}: {why}", runs=box.image_id, declared=now)


def health(case: Case) -> Verdict:
    """Does its own health check say healthy?"""
    case.must_run()
    says = case.container.health
    if says == "healthy":
        return case.passed("its health check says healthy")
    if not says or says == "none":
        return case.failed("expected healthy, but it has no health check")
    waiting = f"; {explain.uptime(case)}; run with --settle to wait" if says == "starting" else ""
    return case.failed(f"its health check says {says}, expected healthy{waiting}")


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


def _short(image_id: str) -> str:
    algorithm, _, digest = image_id.rpartition(":")
    return f"{algorithm or 'sha256'}:{digest[:12]}"
