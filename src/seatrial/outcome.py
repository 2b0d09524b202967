"""What pytest's three phases add up to for one item."""

from dataclasses import dataclass, replace
from typing import Self

import pytest


@dataclass(frozen=True, slots=True)
class Phases:
    """The reports of one item so far.

    :param setup: outcome of the set-up phase, empty before it.
    :param call: outcome of the call phase, empty where it did not run: then nothing was proved.
    :param teardown: outcome of the tear-down phase, empty before it.
    """

    setup: str = ""
    call: str = ""
    teardown: str = ""
    seconds: float = 0.0

    def after(self, report: pytest.TestReport) -> Self:
        """The phases with one more report."""
        outcome: str = report.outcome
        if hasattr(report, "wasxfail"):
            outcome = "xpassed" if report.passed else "xfailed"
        when = report.when
        if when == "setup" and self.setup:  # an UNKNOWN in the test itself
            when, outcome = "call", "error"
        return replace(self, **{str(when): outcome}, seconds=self.seconds + report.duration)

    @property
    def word(self) -> str:
        """pytest's own word for the whole: ``passed`` only where all three phases passed."""
        if self.setup != "passed":
            return "error" if self.setup == "failed" else self.setup or "not run"
        if self.teardown != "passed":
            return "error"
        return self.call or "not run"
