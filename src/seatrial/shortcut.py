"""A short way through pytest for the test of a check whose verdict is a PASS: no fixtures, no capturing.

pytest's own way through an item takes 0.7 ms, most of it in hooks that have nothing to do here, and a fleet has
thousands of checks. The short way is taken only where nobody could tell the difference.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pytest

from seatrial.page import carry
from seatrial.session import CHECK, VERDICT, Session
from seatrial.spec.check import Check

LEFT_OUT = (
    "pytest_runtest_setup",
    "pytest_runtest_call",
    "pytest_runtest_teardown",
    "pytest_runtest_makereport",
    "pytest_pyfunc_call",
    "pytest_fixture_setup",
    "pytest_fixture_post_finalizer",
)
"""Hooks that the short way does not call: where a stranger listens to one of them, every item takes pytest's way."""

_KNOWN = ("_pytest.", "pytest_html.", "pytest_metadata.", "pytest_timeout", "testinfra.", "seatrial.")
_SHOWING = ("setuponly", "setupshow", "setupplan", "trace")
_MARKS = {"asks", "parametrize"}
_FIXTURES = {"check", "pytestconfig", "request", "seatrial_session", "verdict"}


class Shortcut:
    """Runs the test of a passed check with its verdict, and reports its phases as pytest does."""

    def __init__(self, session: Session, config: pytest.Config) -> None:
        self._session = session
        self._config = config
        self._alone: bool | None = None
        self._heard = True
        """Whether somebody may want the report of a set-up, in which there is nothing to tell."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
        """Take the short way, or leave the item to pytest."""
        check = item.stash.get(CHECK, None)
        if check is None or not isinstance(item, pytest.Function) or not self._fits(item):
            return None
        verdict = self._session.trial.verdict(check.id)
        if not verdict.passed:
            return None
        item.stash[VERDICT] = verdict
        hook = item.ihook
        hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        # What an earlier item set up (its module, a fixture) must be gone before the next one that takes pytest's way.
        end = partial(item.session._setupstate.teardown_exact, nextitem)
        for when, what in (("setup", _nothing), ("call", partial(item.obj, verdict)), ("teardown", end)):
            report = self._phase(item, check, when, what)
            if when != "setup" or self._heard:
                hook.pytest_runtest_logreport(report=report)
        hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    def _phase(self, item: pytest.Function, check: Check, when: Any, what: Callable[[], None]) -> pytest.TestReport:
        report = pytest.TestReport.from_item_and_call(item, pytest.CallInfo.from_call(what, when))
        carry(report, item)
        self._session.note(item, check, report)
        return report

    def _fits(self, item: pytest.Function) -> bool:
        if self._alone is None:
            self._alone = not strangers(self._config, LEFT_OUT) and not _showing(self._config)
            self._heard = bool(strangers(self._config, ["pytest_runtest_logreport"]))
        marks = {mark.name for mark in item.iter_markers()}
        code = item.function.__code__
        takes = code.co_varnames[: code.co_argcount]
        return self._alone and takes == ("verdict",) and marks <= _MARKS and set(item.fixturenames) <= _FIXTURES


def strangers(config: pytest.Config, hooks: Sequence[str]) -> list[str]:
    """Modules, neither pytest's nor ours, that listen to one of these hooks."""
    listening = [one for name in hooks for one in getattr(config.hook, name).get_hookimpls()]
    modules = {one.function.__module__ for one in listening}
    return sorted(module for module in modules if not module.startswith(_KNOWN))


def _showing(config: pytest.Config) -> bool:
    return any(config.getoption(name, default=False) for name in _SHOWING)


def _nothing() -> None:
    return None
