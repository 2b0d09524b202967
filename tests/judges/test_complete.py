"""Plan, judges and checks know the same aspects."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable

import pytest

from seatrial import checks
from seatrial.errors import CheckFailed
from seatrial.judges import JUDGES, WITHOUT_A_SLOT
from seatrial.verdicts import failed, must_pass, passed, unknown

from .facts import PIDFILE, SERVICE, plan
from .hosts import host_plan

ASKED = {*JUDGES, *WITHOUT_A_SLOT}


def questions() -> dict[str, list[Callable[..., None]]]:
    """Aspect → the tests in ``checks/`` that ask for it."""
    found: dict[str, list[Callable[..., None]]] = {}
    for module in pkgutil.iter_modules(checks.__path__, "seatrial.checks."):
        for _, function in inspect.getmembers(importlib.import_module(module.name), inspect.isfunction):
            for mark in getattr(function, "pytestmark", ()):
                found.setdefault(mark.args[0], []).append(function)
    return found


def test_a_file_that_asks_everything_plans_exactly_the_aspects_that_have_a_judge() -> None:
    asked = (*plan(watchdog={**SERVICE["watchdog"], "pidfile": PIDFILE}), *host_plan())
    assert {check.aspect for check in asked} == ASKED


def test_every_aspect_is_asked_by_exactly_one_test() -> None:
    found = questions()
    assert set(found) == ASKED
    assert {aspect: len(functions) for aspect, functions in found.items()} == dict.fromkeys(ASKED, 1)


def test_every_question_is_a_documented_sentence_that_takes_a_verdict_and_nothing_else() -> None:
    for functions in questions().values():
        for function in functions:
            assert list(inspect.signature(function).parameters) == ["verdict"]
            assert function.__doc__
            assert function.__name__.count("_") >= 3


def test_only_a_pass_goes_on() -> None:
    must_pass(passed("fine"))
    with pytest.raises(CheckFailed, match=r"^broken$"):
        must_pass(failed("broken"))
    with pytest.raises(CheckFailed, match=r"^not seen$"):
        must_pass(unknown("not seen"))
