"""Can a port be reached over the network, and not only from inside?"""

from seatrial.judges.case import Case, clock_of, entry
from seatrial.judges.talking import answered, dropped, outcome_of
from seatrial.snapshot import Inside, Talk
from seatrial.spec.port import PortSpec, reach_key
from seatrial.verdicts import Verdict


def reach(case: Case) -> Verdict:
    """A connection from the engine's host, which has another network, comes through."""
    case.must_run()
    spec: PortSpec = case.check.expected
    talk = entry(case.slot.outside, reach_key(spec.name), f"{spec.name} from the engine's host")
    source = talk.source or "the engine's host"
    if not talk.connected:
        wrong, unseen = outcome_of(talk)
        text = f"{spec.name} is {_inside(case, spec)}{talk.error} from {source} ({talk.where})"
        return case.weigh([text] if wrong else [], unseen, "")
    if spec.answer is not None:
        wrong, unseen = answered(talk, spec.answer, clock_of(case))
    else:
        wrong, unseen = ([f"{talk.where} connected, then closed without a byte"] if dropped(talk) else []), []
    wrong = [f"{spec.name}: {text}, from {source}" for text in wrong]
    return case.weigh(wrong, unseen, f"{spec.name} at {talk.where} is reached from {source}")


def _inside(case: Case, spec: PortSpec) -> str:
    inside = case.slot.inside
    talk = inside.talks.get(spec.name) if isinstance(inside, Inside) and inside.vehicle == "proc" else None
    if not isinstance(talk, Talk):
        return ""
    return "reachable inside, " if talk.connected else f"{talk.error} inside too, "
