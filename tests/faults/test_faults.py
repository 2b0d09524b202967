"""Each fault of the catalogue, injected for real, is found by the check that is about it, under each vehicle."""

import pytest

from seatrial.vehicles import Vehicle

from .catalogue import Look
from .proof import green, left_out, missing, unsound
from .row import Fault, Situation
from .rows import FAULTS, HEALTHY

pytestmark = [pytest.mark.docker, pytest.mark.once]

each_fault = pytest.mark.parametrize("fault", FAULTS, ids=lambda row: row.id)


@pytest.fixture(autouse=True)
def _tried(request: pytest.FixtureRequest, vehicle: Vehicle) -> None:
    """What cannot be injected here, or not be seen through a vehicle, is a skipped test that says why."""
    for row in request.node.callspec.params.values():
        if not isinstance(row, Situation):
            continue
        if vehicle not in row.vehicles:
            pytest.skip(f"{row.id} cannot be seen through {vehicle}: {row.why}")
        if reason := row.untried or request.getfixturevalue("look").untried(row):
            pytest.skip(f"{row.id} is not injected here: {reason}")


@each_fault
def test_the_check_that_is_about_a_fault_says_what_is_wrong(fault: Fault, look: Look, vehicle: Vehicle):
    seen = look.of(fault)
    assert [line for expected in fault.expected(vehicle) for line in missing(seen, expected)] == []


@each_fault
def test_nothing_about_a_broken_thing_passes(fault: Fault, look: Look):
    assert green(look.of(fault), fault) == []


@each_fault
def test_a_fault_leaves_no_check_out(fault: Fault, look: Look):
    """The file plans a check for each aspect that the fault breaks, so that none is missing by accident."""
    assert left_out(look.of(fault), fault) == []


@each_fault
def test_the_file_of_a_fault_is_all_green_where_nothing_is_broken(fault: Fault, look: Look, vehicle: Vehicle):
    assert unsound(look.of_sound(fault), fault.blind.get(vehicle, ())) == []


@pytest.mark.parametrize("healthy", HEALTHY, ids=lambda row: row.id)
def test_what_is_odd_but_healthy_alarms_nobody(healthy: Situation, look: Look):
    assert unsound(look.of(healthy)) == []
