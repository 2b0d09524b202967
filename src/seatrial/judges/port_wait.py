"""Did a port open within the time that the file gives it?"""

from collections.abc import Iterator

from seatrial.instance import Container
from seatrial.judges.case import Blind, Case
from seatrial.judges.on_port import ours_or_all
from seatrial.spec.port import PortSpec
from seatrial.verdicts import Verdict, unknown


def wait(case: Case) -> Verdict:
    """It listens, or has some of its time left; where an earlier look saw it closed too late, that is said."""
    spec: PortSpec = case.check.expected
    limit, began = float(spec.opens_within or 0.0), _began(case, spec)
    age = case.inside.clock - began
    closed, opened = _seen_before(case, spec, age)
    if not ours_or_all(case, spec):
        text = f"{spec.name} is not open {age:.0f} s after its start (limit {limit:g} s)"
        return unknown(f"{case.check.slot}: {text}") if age <= limit else case.failed(text)
    if closed > limit:
        return case.failed(f"{spec.name} was not yet open {closed:.0f} s after its start (limit {limit:g} s)")
    after = min(opened, age)
    if after <= limit:
        return case.passed(f"{spec.name} open after {after:.0f} s (limit {limit:g} s)")
    return case.passed(f"{spec.name} is open; it opened before anybody looked (limit {limit:g} s)")


def _began(case: Case, spec: PortSpec) -> float:
    """When its owner started, where one is declared and runs, else when what fills the slot did."""
    declared = next((item for item in case.check.spec.processes if item.name == spec.owner), None)
    if declared is not None and (roots := case.matched(declared).sure_roots):
        return case.inside.clock - max(root.age_s for root in roots)
    if not case.instance.started_at:
        raise Blind(f"when its {case.instance.noun} started is not known")
    return case.instance.started_at


def _seen_before(case: Case, spec: PortSpec, age: float) -> tuple[float, float]:
    """Seconds after the start at which an earlier look saw it closed for the last time, and open for the first."""
    looks = list(_looks(case, spec, age))
    opened = min((at for at, is_open in looks if is_open), default=age)
    return max((at for at, is_open in looks if not is_open and at < opened), default=0.0), opened


def _looks(case: Case, spec: PortSpec, age: float) -> Iterator[tuple[float, bool]]:
    """Only looks at this very life of it: their times are ours, and so are the differences between them."""
    for glimpse in case.snapshot.earlier:
        at = age - (case.snapshot.taken_at - glimpse.taken_at)
        life = glimpse.lives.get(case.check.slot)
        other = life and isinstance(case.instance, Container) and life.started_at != case.instance.started_at
        if at >= 0 and not other and case.check.slot in glimpse.listening:
            yield at, spec.name in glimpse.listening[case.check.slot]
