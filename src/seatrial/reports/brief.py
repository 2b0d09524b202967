"""The outcome in a few lines, for the end of a pytest that has told each failure itself."""

from collections.abc import Iterator
from pathlib import Path

from seatrial.acceptance import Acceptance
from seatrial.plan import Plan
from seatrial.reports import summary
from seatrial.sanitise import clean

_LISTED = ("UNKNOWN", "NOT RUN")
"""Statuses that pytest has no word for."""


def lines(acceptance: Acceptance, plan: Plan, *, folder: Path, took_s: float) -> Iterator[str]:
    """What pytest leaves out, the reasons, the report's folder, and last the sentence of ``seatrial run``.

    :param folder: where the report is.
    :param took_s: seconds that the run took.
    """
    for status in _LISTED:
        ids = [result.check.id for result in acceptance.results if result.status == status]
        if ids:
            yield clean(f"{status} {summary.some(ids)}")
    for note in plan.notes:
        yield clean(f"Note: {note}")
    for reason in acceptance.reasons:
        yield clean(f"Not accepted: {reason}")
    yield from filter(None, (summary.own_tests(acceptance), summary.looked(acceptance)))
    yield clean(f"report in {folder}")
    yield clean(summary.sentence(acceptance, plan.title, took_s))
