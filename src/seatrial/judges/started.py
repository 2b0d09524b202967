"""Did something begin when it should have: after the deployment, and not again since?"""

from seatrial.judges import explain
from seatrial.judges.case import Blind, Case
from seatrial.judges.roots import of_each, who
from seatrial.snapshot import Process
from seatrial.spec.moment import MomentsSpec
from seatrial.verdicts import Verdict


def process_started(case: Case) -> Verdict:
    """Each root was started within the declared time, by the target's own clock."""
    spec: MomentsSpec = case.check.expected.started

    def ask(process: Process) -> str:
        wrong = outside(case, spec, case.inside.clock - process.age_s)
        return f"{who(process)} started {wrong}" if wrong else ""

    return of_each(case, ask, f"{case.check.expected.name} was started {span(case, spec)}")


def container_started(case: Case) -> Verdict:
    """It was started the last time within the declared time, by the clock of the engine's host."""
    return _container(case, "started", case.check.expected.started, case.container.started_at)


def container_created(case: Case) -> Verdict:
    """It was created within the declared time."""
    return _container(case, "created", case.check.expected.created, case.container.created_at)


def _container(case: Case, word: str, spec: MomentsSpec, moment: float) -> Verdict:
    case.must_run()
    if not moment:
        raise Blind(f"when it was {word} the engine does not tell")
    wrong = outside(case, spec, moment)
    count = f"; RestartCount {case.container.restarts}"
    return case.weigh([f"{word} {wrong}{count}"] if wrong else [], [], f"{word} {_at(case, moment)}")


def outside(case: Case, spec: MomentsSpec, moment: float) -> str:
    """``20:30:17 UTC, which is after 20:30:16 UTC``; nothing where a moment is within the span."""
    if spec.before is not None and moment > spec.before:
        return f"{_at(case, moment)}, which is after {_at(case, spec.before)}"
    if spec.after is not None and moment < spec.after:
        return f"{_at(case, moment)}, which is before {_at(case, spec.after)}"
    return ""


def span(case: Case, spec: MomentsSpec) -> str:
    """``after 20:30:00 UTC and before 20:31:00 UTC``."""
    ends = (("after", spec.after), ("before", spec.before))
    return " and ".join(f"{word} {_at(case, moment)}" for word, moment in ends if moment is not None)


def _at(case: Case, moment: float) -> str:
    return explain.at(moment, case.snapshot.taken_at)
