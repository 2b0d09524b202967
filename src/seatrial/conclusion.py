"""The end of a run: its journal is held against its plan, and the answer is written down."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from seatrial.acceptance import Acceptance, accept
from seatrial.exits import Exit
from seatrial.journal import Record, read
from seatrial.plan import Plan
from seatrial.reports import folder as report_folder
from seatrial.reports import results

JOURNAL = "journal.jsonl"


def decide(plan: Plan, folder: Path, exit_status: int, expected_digest: str) -> tuple[Acceptance, Record | None]:
    """Decide whether a run is accepted.

    :param exit_status: of the pytest that wrote the journal in ``folder``; negative where a signal ended it.
    :param expected_digest: fingerprint of the deployment file and the options as this process read them.
    """
    record = read(folder / JOURNAL)
    acceptance = accept(plan, record, exit_status, today())
    if record is not None and record.header.get("digest") != expected_digest:
        acceptance = _disagreed(acceptance)
    return acceptance, record


def conclude(plan: Plan, folder: Path, exit_status: int, expected_digest: str, started: datetime) -> Acceptance:
    """Decide as :func:`decide` does, write ``results.json``, and move ``latest`` where every planned check was run.

    :param started: when the run began, with its time zone.
    """
    acceptance, record = decide(plan, folder, exit_status, expected_digest)
    results.write(acceptance, plan, record, folder, started=started, ended=datetime.now(UTC))
    if not acceptance.count("NOT RUN") and acceptance.exit_code in (Exit.ACCEPTED, Exit.NOT_ACCEPTED):
        report_folder.point_latest(folder)
    return acceptance


def today() -> date:
    """The day by which waivers count or have ended."""
    return datetime.now(UTC).date()


def _disagreed(acceptance: Acceptance) -> Acceptance:
    reason = "the deployment file, its variables or the options changed while the run was starting; run it again"
    code = acceptance.exit_code or Exit.NOT_ACCEPTED
    return replace(acceptance, reasons=(*acceptance.reasons, reason), exit_code=code)
