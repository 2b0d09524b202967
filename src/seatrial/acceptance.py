"""The gate: a run is accepted only when every planned check was reported, once, as a PASS."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from seatrial.exits import Exit
from seatrial.journal import Entry, Record, Stranger
from seatrial.plan import Plan
from seatrial.spec.check import Check

MOST_NAMED = 5
"""Failed tests of the user that are named as reasons; the rest is counted."""

_ENDINGS: Mapping[int, str] = {
    Exit.INTERRUPTED: "was interrupted",
    Exit.INTERNAL: "met an internal error",
    Exit.USAGE: "was called in a wrong way",
}


@dataclass(frozen=True, slots=True)
class Result:
    """What a run says of one planned check.

    :param status: ``PASS``, ``FAIL``, ``UNKNOWN``, ``WAIVED`` (a FAIL under a waiver that counts), or ``NOT RUN``.
    """

    check: Check
    status: str
    message: str
    evidence: tuple[tuple[str, str], ...] = ()
    because: str = ""
    seconds: float = 0.0

    @property
    def green(self) -> bool:
        """True where it does not stand in the way of acceptance."""
        return self.status in ("PASS", "WAIVED")


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The outcome of a run.

    :param results: one for each planned check, in the order of the plan.
    :param reasons: why it is not accepted, beyond the results themselves.
    :param partial: only a chosen subset of the checks ran.
    :param strangers: the user's own tests.
    :param look: facts about the look, as the journal has them.
    """

    results: tuple[Result, ...]
    reasons: tuple[str, ...]
    partial: bool
    exit_code: Exit
    strangers: tuple[Stranger, ...] = ()
    look: Mapping[str, Any] = field(default_factory=dict)

    @property
    def accepted(self) -> bool:
        """True for exit code 0 only."""
        return self.exit_code is Exit.ACCEPTED

    def count(self, status: str) -> int:
        """How many results have this status."""
        return sum(result.status == status for result in self.results)


def accept(plan: Plan, record: Record | None, child_exit: int, today: date) -> Acceptance:
    """Hold a run's journal against its plan.

    :param record: the journal, None where there is none.
    :param child_exit: exit status of the pytest that wrote it; negative where a signal ended it.
    :param today: date by which waivers count or have expired.
    """
    entries = record.entries if record else ()
    results = _results(plan.checks, entries, today)
    missing = [result for result in results if result.status == "NOT RUN"]
    reasons = tuple(_reasons(plan, record, child_exit, results))
    partial = bool(missing) and len(missing) < len(results)
    code = _exit_code(plan, child_exit, results, reasons)
    strangers, look = (record.strangers, record.look) if record else ((), {})
    return Acceptance(results, reasons, partial, code, strangers, look)


def _results(checks: Sequence[Check], entries: Sequence[Entry], today: date) -> tuple[Result, ...]:
    reported: dict[str, list[Entry]] = {}
    for entry in entries:
        reported.setdefault(entry.check, []).append(entry)
    return tuple(_result(check, reported.get(check.id, []), today) for check in checks)


def _result(check: Check, entries: Sequence[Entry], today: date) -> Result:
    if len(entries) > 1:
        return Result(check, "UNKNOWN", f"{check.id} was reported {len(entries)} times; none of them counts")
    if not entries or not entries[0].outcome:
        return Result(check, "NOT RUN", entries[0].message if entries else f"{check.id} was planned and not run")
    entry = entries[0]
    status, message = _status(check, entry, today)
    return Result(check, status, message, entry.evidence, entry.because, entry.seconds)


def _status(check: Check, entry: Entry, today: date) -> tuple[str, str]:
    if entry.outcome == "PASS":
        if entry.ran in ("passed", "xpassed"):
            return "PASS", entry.message
        return "NOT RUN", f"{entry.message}, but its test ended as {entry.ran!r}: that is no pass"
    if entry.outcome == "FAIL" and check.waiver:
        if today <= check.waiver.until:
            return "WAIVED", f"{entry.message} (waived until {check.waiver.until}: {check.waiver.reason})"
        return "FAIL", f"{entry.message} (its waiver ended on {check.waiver.until}: {check.waiver.reason})"
    return entry.outcome, entry.message


def _reasons(plan: Plan, record: Record | None, child_exit: int, results: Sequence[Result]) -> list[str]:
    reasons = [] if plan.checks else ["nothing is planned"]
    if record is not None:
        reasons += [] if record.closed else ["the run's journal is not closed: it did not end"]
        reasons += _of_strangers([stranger for stranger in record.strangers if stranger.failed])
    elif child_exit != Exit.USAGE:
        reasons.append("the run left no journal")
    if child_exit < 0:
        reasons.append(f"pytest was ended by signal {-child_exit}")
    elif child_exit in _ENDINGS:
        reasons.append(f"pytest {_ENDINGS[child_exit]}")
    elif not reasons and child_exit != 0 and all(result.green for result in results):
        reasons.append(f"every planned check is green, but pytest ended with {child_exit}: a test of yours failed?")
    return reasons


def _of_strangers(failed: Sequence[Stranger]) -> list[str]:
    reasons = [
        f"{stranger.id} {'failed' if stranger.ran == 'failed' else 'met an error'}: {stranger.message}"
        for stranger in failed[:MOST_NAMED]
    ]
    more = len(failed) - len(reasons)
    if more > 0:
        reasons.append(f"{more} more {'test' if more == 1 else 'tests'} of yours failed")
    return reasons


def _exit_code(plan: Plan, child_exit: int, results: Sequence[Result], reasons: Sequence[str]) -> Exit:
    if child_exit < 0:
        return Exit.INTERNAL
    if child_exit in (Exit.INTERRUPTED, Exit.INTERNAL, Exit.USAGE):
        return Exit(child_exit)
    if not plan.checks:
        return Exit.NOTHING_PLANNED
    accepted = not reasons and all(result.green for result in results)
    return Exit.ACCEPTED if accepted else Exit.NOT_ACCEPTED
