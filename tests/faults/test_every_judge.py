"""Every judge can fail and can pass, and the catalogue would notice one that says PASS to everything."""

import os
from collections.abc import Iterator, Mapping

import pytest

from seatrial.judges import JUDGES, Judge
from seatrial.judges.case import Case
from seatrial.vehicles import Vehicle
from seatrial.verdicts import Outcome, Verdict, passed

from .catalogue import Catalogue, Look
from .proof import green, missing
from .row import Fault
from .rows import FAULTS
from .trying import Tried

pytestmark = [pytest.mark.docker, pytest.mark.once]

GROUPS = ("process.", "port.", "container.", "fs.")

each_aspect = pytest.mark.parametrize("aspect", [aspect for aspect in JUDGES if aspect.startswith(GROUPS)])


def always(_case: Case) -> Verdict:
    """The judge that nobody wants."""
    return passed("as expected")


@pytest.fixture(scope="module")
def best() -> Vehicle:
    """The vehicle that is looked through; what differs between them is what test_faults.py is about."""
    return "proc" if os.geteuid() == 0 else "exec"


@pytest.fixture(scope="module")
def look_at_all(catalogue: Catalogue, best: Vehicle) -> Look:
    """One look at the whole catalogue, recorded."""
    return catalogue.seen(best)


@pytest.fixture(scope="module")
def recorded(look_at_all: Look, best: Vehicle) -> Mapping[Fault, Tried]:
    """What was seen of each fault that was injected."""
    rows = [fault for fault in FAULTS if best in fault.vehicles and not look_at_all.untried(fault)]
    return {fault: seen for fault in rows if isinstance(seen := look_at_all.of(fault), Tried)}


def about(recorded: Mapping[Fault, Tried], aspect: str) -> Iterator[tuple[Fault, Tried]]:
    """The faults of an aspect."""
    for fault, seen in recorded.items():
        if any(check.partition("[")[0] == aspect for check in fault.named):
            yield fault, seen


def unmet(fault: Fault, seen: Tried, vehicle: Vehicle, table: Mapping[str, Judge]) -> list[str]:
    """What a fault's row demands, and these judges do not say."""
    judged = seen.under(table)
    silent = [line for expected in fault.expected(vehicle) for line in missing(judged, expected)]
    return silent + green(judged, fault)


@each_aspect
def test_a_fault_turns_each_judge_red(aspect: str, recorded):
    red = [
        fault.id
        for fault, seen in about(recorded, aspect)
        if any(verdict.outcome is Outcome.FAIL for verdict in seen.of(aspect))
    ]
    assert red != [], f"no fault of the catalogue makes {aspect} FAIL"


@each_aspect
def test_what_is_sound_leaves_each_judge_green(aspect: str, recorded, look_at_all: Look):
    sound = [look_at_all.of_sound(fault) for fault, _ in about(recorded, aspect)]
    assert [seen for seen in sound if seen.passing(aspect)] != [], f"nothing sound makes {aspect} PASS"


@each_aspect
def test_a_judge_that_always_passes_is_noticed(aspect: str, recorded, best: Vehicle):
    """A mutation: one judge of the table says PASS to everything; some row of the catalogue does not let it."""
    mutated = {**JUDGES, aspect: always}
    holding = {fault: seen for fault, seen in about(recorded, aspect) if not unmet(fault, seen, best, JUDGES)}
    noticed = [fault.id for fault, seen in holding.items() if unmet(fault, seen, best, mutated)]
    assert noticed != [], f"no row would notice a judge of {aspect} that always passes (of {len(holding)} that hold)"
