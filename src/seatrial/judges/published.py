"""Does the way from outside, through the port that the engine publishes, lead to the service?"""

from seatrial.judges.case import Case, clock_of, entry
from seatrial.judges.mapping import fitting_end, mapped_of, mappings, told
from seatrial.judges.talking import Findings, answered, dropped, outcome_of
from seatrial.snapshot import Inside, Talk, Unreadable
from seatrial.spec.port import PortSpec
from seatrial.verdicts import Verdict


def published(case: Case) -> Verdict:
    """A connection from outside is not dropped at once, and gets the declared answer."""
    case.must_run()
    spec: PortSpec = case.check.expected
    end = told(fitting_end(case, spec))
    talk = entry(case.slot.outside, spec.name, f"{end} from outside")
    wrong, unseen = _way(case, spec, talk)
    everything = mappings(tuple(mapped_of(case, spec)))
    return case.weigh(wrong, unseen, f"{end} leads to the service", mappings=everything)


def _way(case: Case, spec: PortSpec, talk: Talk) -> Findings:
    if dropped(talk):
        return [f"{talk.where} accepted by docker-proxy, then closed without a byte{_nothing_inside(case, spec)}"], []
    if spec.answer is not None:
        return answered(talk, spec.answer, clock_of(case))
    return outcome_of(talk)


def _nothing_inside(case: Case, spec: PortSpec) -> str:
    inside = case.slot.inside
    if not isinstance(inside, Inside) or isinstance(inside.listeners, Unreadable):
        return ""
    bound = sorted({item.address for item in inside.listeners if (item.port, item.proto) == (spec.port, spec.proto)})
    if not bound:
        return f"; nothing listens on {spec.port} inside"
    return f"; inside, {spec.port} is bound to {', '.join(bound)}"
