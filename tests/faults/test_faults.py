"""Each fault of the catalogue, injected for real, is found by the check that is about it, under each vehicle."""

import re

import pytest

from .situations import FAULTS, HEALTHY, Fault, Situation

pytestmark = [pytest.mark.docker, pytest.mark.once]

SOUND = HEALTHY[0]

each_fault = pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.id)


@each_fault
def test_the_check_that_is_about_a_fault_says_what_is_wrong(fault: Fault, look_at):
    [verdict] = look_at(fault, fault).of(fault.check)
    assert verdict.outcome is fault.verdict, verdict
    assert [said for said in fault.says if not re.search(said, verdict.message)] == [], verdict.message


@each_fault
def test_nothing_about_a_broken_thing_passes(fault: Fault, look_at):
    verdicts = look_at(fault, fault)
    assert verdicts.passing(*fault.broken) == []


@each_fault
def test_a_fault_leaves_no_check_out(fault: Fault, look_at):
    """The file plans a check for each aspect that the fault breaks, so that none is missing by accident."""
    verdicts = look_at(fault, fault)
    assert [aspect for aspect in (fault.check, *fault.broken) if not verdicts.of(aspect)] == []


@pytest.mark.parametrize("sound", [SOUND], ids=["sound"])
@each_fault
def test_the_file_of_a_fault_is_all_green_where_nothing_is_broken(fault: Fault, sound: Situation, look_at):
    verdicts = look_at(sound, fault)
    assert verdicts.not_passing == {}


@pytest.mark.parametrize("healthy", HEALTHY, ids=lambda situation: situation.id)
def test_what_is_odd_but_healthy_alarms_nobody(healthy: Situation, look_at):
    verdicts = look_at(healthy, healthy)
    assert verdicts.not_passing == {}
