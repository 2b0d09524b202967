"""The judgement of a soak itself: it calls wrong what is wrong, else a hundred rounds would prove nothing."""

import pytest

from .disturbance import WAYS, Done
from .truth import AFTER, AT_A_LOOK, BEFORE, BETWEEN, Round
from .witness import Exchange

LISTED, FIRST, LAST = (
    Exchange("/containers/json", 1.0, 1.1),
    Exchange("/a/json", 1.1, 1.2),
    Exchange("/a/json", 2.0, 2.1),
)
CHECKS = ("s0/instances", "s0.0/container.state", "s0.0/process.count[orderd]", "s1.0/port.bind[8080/tcp]")
GREEN = dict.fromkeys(CHECKS, "PASS")
HONEST = {**GREEN, "s0/instances": "UNKNOWN", "s0.0/container.state": "FAIL", "s0.0/process.count[orderd]": "UNKNOWN"}
MOMENTS = [(0.5, BEFORE), (1.5, BETWEEN), (2.5, AFTER), (2.05, AT_A_LOOK)]


def at(moment: float, how: str, said: dict[str, str]) -> Round:
    done = Done(moment, moment + 0.01, moment + 0.02)
    return Round(0, how, "s0", "proc", done, LISTED, [FIRST, LAST], said)


@pytest.mark.parametrize(("moment", "when"), MOMENTS)
def test_the_moment_is_placed_by_what_the_engine_was_asked(moment: float, when: str) -> None:
    assert at(moment, "kill", GREEN).when == when


@pytest.mark.parametrize("how", WAYS)
def test_a_green_report_of_what_was_another_one_by_the_second_look_is_wrong(how: str) -> None:
    said = at(1.5, how, GREEN).mistakes()
    assert {"false PASS: s0.0/container.state", "false PASS: s0.0/process.count[orderd]"} <= set(said)
    assert at(1.5, how, HONEST).mistakes() == []


@pytest.mark.parametrize("how", ["kill", "pause", "rename"])
def test_a_green_report_of_what_was_gone_before_any_look_is_wrong(how: str) -> None:
    assert "false PASS: s0.0/process.count[orderd]" in at(0.5, how, GREEN).mistakes()


def test_what_came_after_the_second_look_must_not_be_held_against_the_deployment() -> None:
    assert at(2.5, "kill", GREEN).mistakes() == []
    assert "FAIL though it came after: s0.0/container.state" in at(2.5, "kill", HONEST).mistakes()


def test_half_of_it_seen_is_wrong() -> None:
    said = {**GREEN, "s0.0/container.state": "FAIL"}
    assert at(2.05, "kill", said).mistakes() == ["false PASS: s0.0/process.count[orderd]"]


def test_an_alarm_about_a_container_that_nobody_touched_is_wrong() -> None:
    said = {**GREEN, "s1.0/port.bind[8080/tcp]": "UNKNOWN"}
    assert at(2.5, "kill", said).mistakes() == ["UNKNOWN of a container that nobody touched: s1.0/port.bind[8080/tcp]"]
