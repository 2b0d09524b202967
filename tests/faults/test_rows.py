"""The catalogue itself: what each of its rows must hold."""

import re
from collections import Counter

import pytest

from .compose import service_name
from .page import GROUPS
from .row import Fault, Situation
from .rows import FAULTS, HEALTHY

each_row = pytest.mark.parametrize("row", [*FAULTS, *HEALTHY], ids=lambda row: row.id)
each_fault = pytest.mark.parametrize("fault", FAULTS, ids=lambda row: row.id)


def test_every_row_has_a_name_of_its_own():
    names = Counter(service_name(row) for row in (*FAULTS, *HEALTHY))
    assert [name for name, times in names.items() if times > 1] == []


@each_row
def test_every_row_has_an_obvious_assertion_to_be_compared_with(row: Situation):
    assert row.untried or row.naive
    compile(row.naive or "None", row.id, "eval")


@each_fault
def test_every_fault_belongs_to_a_group_and_says_which_check_says_what(fault: Fault):
    assert fault.id[0] in GROUPS
    assert fault.check
    assert fault.says
    assert [re.compile(said) for said in fault.says]


@each_fault
def test_what_must_say_a_fault_may_not_pass(fault: Fault):
    assert fault.check.partition("[")[0] in {check.partition("[")[0] for check in fault.broken}
    assert "PASS" not in {said.verdict.value for vehicle in fault.vehicles for said in fault.expected(vehicle)}


@each_row
def test_what_a_vehicle_cannot_see_is_explained(row: Situation):
    assert row.vehicles
    assert row.why or len(row.vehicles) > 1
