"""The gate: nothing but a closed journal with one PASS for each planned check is accepted."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.acceptance import Acceptance, Result, accept
from seatrial.exits import Exit
from seatrial.journal import Entry, Record, Stranger
from seatrial.plan import Plan, make_plan
from seatrial.spec.deployment import DeploymentSpec
from seatrial.verdicts import failed, passed, unknown

TODAY = date(2026, 11, 25)
RANS = ("passed", "failed", "error", "skipped", "xfailed", "xpassed", "not run")


def plan_of(**process: Any) -> Plan:
    service = {"locate": {"name": "relay-*"}, "processes": [{"exe": "p2prelay", **process}]}
    return make_plan(DeploymentSpec.model_validate({"deployment": "p2p-relay", "services": {"relay": service}}))


PLAN = plan_of()
COUNT = "relay.0/process.count[p2prelay]"


def green(plan: Plan = PLAN) -> list[Entry]:
    return [Entry.of(check.id, passed(f"{check.slot}: as declared"), "passed", 0.1) for check in plan.checks]


def record_of(entries: Sequence[Entry], *, closed: bool = True) -> Record:
    return Record({"event": "open"}, tuple(entries), {}, closed, 0 if closed else -1)


def with_entry(entry: Entry, plan: Plan = PLAN) -> Record:
    return record_of([entry if one.check == entry.check else one for one in green(plan)])


def held(record: Record | None, child_exit: int = 0, plan: Plan = PLAN) -> Acceptance:
    return accept(plan, record, child_exit, TODAY)


def status_of(acceptance: Acceptance, check: str = COUNT) -> str:
    return next(result.status for result in acceptance.results if result.check.id == check)


def test_every_planned_check_green_in_a_closed_journal_is_accepted() -> None:
    acceptance = held(record_of(green()))
    assert (acceptance.exit_code, acceptance.reasons, acceptance.partial) == (Exit.ACCEPTED, (), False)
    assert acceptance.accepted
    assert acceptance.count("PASS") == len(PLAN.checks)


def test_no_journal_is_not_accepted_and_says_so() -> None:
    acceptance = held(None)
    assert acceptance.exit_code is Exit.NOT_ACCEPTED
    assert acceptance.reasons == ("the run left no journal",)
    assert acceptance.count("NOT RUN") == len(PLAN.checks)


def test_an_unclosed_journal_is_not_accepted_though_every_check_is_green() -> None:
    acceptance = held(record_of(green(), closed=False))
    assert acceptance.exit_code is Exit.NOT_ACCEPTED
    assert "not closed" in acceptance.reasons[0]


def test_a_check_that_was_reported_twice_counts_as_unknown() -> None:
    acceptance = held(record_of([*green(), green()[-1]]))
    assert status_of(acceptance, PLAN.checks[-1].id) == "UNKNOWN"
    assert acceptance.exit_code is Exit.NOT_ACCEPTED


@pytest.mark.parametrize("ran", sorted(set(RANS) - {"passed", "xpassed"}))
def test_a_pass_whose_test_did_not_pass_is_no_pass(ran: str) -> None:
    acceptance = held(with_entry(Entry.of(COUNT, passed("relay.0: 1 p2prelay"), ran, 0.1)))
    assert status_of(acceptance) == "NOT RUN"
    assert acceptance.exit_code is Exit.NOT_ACCEPTED


def test_a_skipped_test_that_no_judge_saw_was_not_run() -> None:
    acceptance = held(with_entry(Entry.of(COUNT, None, "skipped", 0.0, "skipped by a conftest.py")))
    assert status_of(acceptance) == "NOT RUN"
    assert acceptance.exit_code is Exit.NOT_ACCEPTED


def test_missing_checks_are_not_accepted_though_pytest_ended_well() -> None:
    acceptance = held(record_of(green()[:1]), child_exit=0)
    assert acceptance.exit_code is Exit.NOT_ACCEPTED
    assert acceptance.partial


def test_a_run_of_which_nothing_ran_is_not_called_a_part() -> None:
    assert not held(record_of([]), child_exit=5).partial


@pytest.mark.parametrize("verdict", [failed("relay.0: found 0"), unknown("relay.0: no rights")])
def test_a_fail_and_an_unknown_are_not_accepted_whatever_pytest_says(verdict: Any) -> None:
    for child_exit in (0, 1):
        acceptance = held(with_entry(Entry.of(COUNT, verdict, "passed", 0.1)), child_exit)
        assert status_of(acceptance) == verdict.outcome
        assert acceptance.exit_code is Exit.NOT_ACCEPTED


WAIVED_TODAY = plan_of(waive={"until": TODAY, "reason": "moves on Friday"})
WAIVED_YESTERDAY = plan_of(waive={"until": date(2026, 11, 24), "reason": "moved on Friday"})


def result_of(acceptance: Acceptance) -> Result:
    return next(result for result in acceptance.results if result.check.id == COUNT)


def test_a_waiver_covers_a_fail_until_its_last_day() -> None:
    acceptance = held(with_entry(Entry.of(COUNT, failed("relay.0: found 0"), "xfailed", 0.1)), plan=WAIVED_TODAY)
    assert status_of(acceptance) == "WAIVED"
    assert acceptance.accepted
    assert "moves on Friday" in result_of(acceptance).message


def test_an_ended_waiver_covers_nothing_and_is_named() -> None:
    acceptance = held(with_entry(Entry.of(COUNT, failed("relay.0: found 0"), "xfailed", 0.1)), plan=WAIVED_YESTERDAY)
    assert status_of(acceptance) == "FAIL"
    assert "its waiver ended on 2026-11-24" in result_of(acceptance).message
    assert acceptance.exit_code is Exit.NOT_ACCEPTED


@pytest.mark.parametrize("ran", ["error", "xfailed", "passed"])
def test_a_waiver_never_covers_an_unknown(ran: str) -> None:
    acceptance = held(with_entry(Entry.of(COUNT, unknown("relay.0: container is gone"), ran, 0.1)), plan=WAIVED_TODAY)
    assert status_of(acceptance) == "UNKNOWN"
    assert acceptance.exit_code is Exit.NOT_ACCEPTED


def test_a_waived_check_that_passes_is_a_pass() -> None:
    acceptance = held(with_entry(Entry.of(COUNT, passed("relay.0: 1"), "xpassed", 0.1)), plan=WAIVED_TODAY)
    assert status_of(acceptance) == "PASS"
    assert acceptance.accepted


@pytest.mark.parametrize(
    ("child_exit", "code", "reason"),
    [
        (-9, Exit.INTERNAL, "signal 9"),
        (2, Exit.INTERRUPTED, "interrupted"),
        (3, Exit.INTERNAL, "internal error"),
        (4, Exit.USAGE, "called in a wrong way"),
        (1, Exit.NOT_ACCEPTED, "a test of yours failed"),
        (5, Exit.NOT_ACCEPTED, "ended with 5"),
        (137, Exit.NOT_ACCEPTED, "ended with 137"),
    ],
)
def test_a_green_journal_is_not_accepted_when_pytest_ended_badly(child_exit: int, code: Exit, reason: str) -> None:
    acceptance = held(record_of(green()), child_exit)
    assert acceptance.exit_code is code
    assert reason in acceptance.reasons[0]


def with_strangers(*rans: str) -> Record:
    strangers = tuple(Stranger(f"test_x.py::test_{n}", ran, "boom", 0.1) for n, ran in enumerate(rans))
    return replace(record_of(green()), strangers=strangers)


@pytest.mark.parametrize("child_exit", [0, 1])
@pytest.mark.parametrize(("ran", "word"), [("failed", "failed"), ("error", "met an error")])
def test_a_failed_test_of_the_user_is_not_accepted_and_named_whatever_pytest_says(
    child_exit: int, ran: str, word: str
) -> None:
    acceptance = held(with_strangers("passed", ran), child_exit)
    assert acceptance.exit_code is Exit.NOT_ACCEPTED
    assert acceptance.reasons == (f"test_x.py::test_1 {word}: boom",)


STRANGER = (Stranger("test_x.py::test_y", "failed", "boom", 0.1),)


def test_it_is_named_also_where_a_check_failed() -> None:
    record = replace(with_entry(Entry.of(COUNT, failed("found 0"), "failed", 0.1)), strangers=STRANGER)
    assert held(record, 1).reasons == ("test_x.py::test_y failed: boom",)


@pytest.mark.parametrize(("number", "last"), [(6, "1 more test of yours failed"), (9, "4 more tests of yours failed")])
def test_five_failed_tests_are_named_and_the_rest_is_counted(number: int, last: str) -> None:
    reasons = held(with_strangers(*["failed"] * number), 1).reasons
    assert (len(reasons), reasons[-1]) == (6, last)


@pytest.mark.parametrize("ran", sorted(set(RANS) - {"failed", "error"}))
def test_a_test_of_the_user_that_did_not_fail_is_in_nobodys_way(ran: str) -> None:
    assert held(with_strangers(ran)).accepted


def test_a_wrong_call_has_one_reason() -> None:
    assert held(None, 4).reasons == ("pytest was called in a wrong way",)


def test_an_empty_plan_is_its_own_exit_code() -> None:
    acceptance = held(record_of([]), plan=Plan("p2p-relay", ()))
    assert acceptance.exit_code is Exit.NOTHING_PLANNED
    assert acceptance.reasons == ("nothing is planned",)


def test_results_are_in_the_order_of_the_plan() -> None:
    acceptance = held(record_of(list(reversed(green()))))
    assert [result.check for result in acceptance.results] == list(PLAN.checks)


def test_an_outcome_that_is_none_of_the_three_is_not_green() -> None:
    odd = replace(green()[0], outcome="GREEN")
    assert not held(with_entry(odd)).accepted


ENTRIES = st.lists(
    st.builds(
        Entry,
        check=st.sampled_from([check.id for check in PLAN.checks] + ["relay.0/foreign"]),
        outcome=st.sampled_from(["PASS", "PASS", "PASS", "FAIL", "UNKNOWN", ""]),
        message=st.just("m"),
        evidence=st.just(()),
        because=st.just(""),
        ran=st.sampled_from(RANS),
        seconds=st.just(0.0),
    ),
    max_size=8,
)


@given(ENTRIES | st.permutations(green()), st.booleans(), st.just(0) | st.integers(-15, 140))
def test_only_one_pass_for_each_check_in_a_closed_journal_of_a_good_pytest_is_accepted(
    entries: list[Entry], closed: bool, child_exit: int
) -> None:
    planned = [entry for entry in entries if entry.check != "relay.0/foreign"]
    right = all(entry.outcome == "PASS" and entry.ran in ("passed", "xpassed") for entry in planned)
    once = sorted(entry.check for entry in planned) == sorted(check.id for check in PLAN.checks)
    acceptance = held(record_of(entries, closed=closed), child_exit)
    assert acceptance.accepted == (closed and right and once and child_exit == 0)
