"""What pytest shows of a test of the user's own passes our redactor first: a file of a target may hold passwords.

PYTEST_DONT_REWRITE: there is no assert in here that pytest would have to explain.
"""

import copy
import warnings
from typing import Any

import pytest

from seatrial.sanitise import decode, redacted

NAME = "seatrial-hiding"


class Shown:
    """A failure as pytest shows it, without secrets.

    :param text: what was raised and where, in lines.
    :param crash: pytest's place and message of the crash, for its summary; None where there is none.
    """

    def __init__(self, text: str, crash: Any) -> None:
        self._lines = text.split("\n")
        self.reprcrash = crash

    def __str__(self) -> str:
        return "\n".join(self._lines)

    def toterminal(self, writer: Any) -> None:
        """Write it; what was raised is red, as it is without us."""
        for line in self._lines:
            raised = line.startswith("E")
            writer.line(line, red=raised, bold=raised)


class Hiding:
    """The hooks by which every report is redacted before one of pytest's reporters sees it."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Redact what one phase of a test says."""
        _redact(report)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Redact why a file could not be collected."""
        _redact(report)

    @pytest.hookimpl(tryfirst=True)
    def pytest_warning_recorded(self, warning_message: warnings.WarningMessage) -> None:
        """Redact what a warning says."""
        said = str(warning_message.message)
        if redacted(said) != said:
            warning_message.message = redacted(said)

    @pytest.hookimpl(tryfirst=True)
    def pytest_assertrepr_compare(self, op: str, left: object, right: object) -> list[str] | None:
        """Explain a comparison by redacted values: pytest shortens them, and half a secret is not known for one."""
        safe = [_safe(left), _safe(right)]
        if safe == [left, right]:
            return None
        explain = self._config.pluginmanager.subset_hook_caller("pytest_assertrepr_compare", remove_plugins=[self])
        found: list[list[str]] = explain(config=self._config, op=op, left=safe[0], right=safe[1])
        return next(filter(None, found), [f"{safe[0]!r} {op} {safe[1]!r}"])


def _redact(report: pytest.TestReport | pytest.CollectReport) -> None:
    if report.sections:
        report.sections = [(name, redacted(text)) for name, text in report.sections]
    if isinstance(report, pytest.TestReport):
        report.user_properties = [
            (name, redacted(value) if isinstance(value, str) else value) for name, value in report.user_properties
        ]
        if hasattr(report, "wasxfail"):
            report.wasxfail = redacted(report.wasxfail)
    shown = report.longrepr
    if isinstance(shown, tuple):  # of a skipped test: file, line, reason
        report.longrepr = (shown[0], shown[1], redacted(shown[2]))
    elif isinstance(shown, str):
        report.longrepr = redacted(shown)
    elif shown is not None:
        report.longrepr = _shown(shown, report.longreprtext)


def _shown(original: Any, text: str) -> Any:
    """A failure without secrets: itself, where it holds none."""
    crash = copy.copy(getattr(original, "reprcrash", None))
    message = crash.message if crash is not None else ""
    if redacted(text) == text and redacted(message) == message:
        return original
    if crash is not None:
        crash.message = redacted(message)
    return Shown(redacted(text), crash)


def _safe(value: object) -> object:
    """A text, or a list of some, without secrets; any other value as it is."""
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, bytes):
        text = decode(value)
        safe = redacted(text)
        return value if safe == text else safe.encode()
    return [_safe(one) for one in value] if isinstance(value, list) else value
