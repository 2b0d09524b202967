"""``results.json``: the whole outcome of a run for programs, in a versioned format (docs/results.md)."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from seatrial import __version__
from seatrial.acceptance import Acceptance, Result
from seatrial.journal import Record
from seatrial.plan import Plan
from seatrial.reports import concern
from seatrial.reports.summary import WORDS
from seatrial.spec.expectation import Waiver

FORMAT = 1
NAME = "results.json"


def write(
    acceptance: Acceptance, plan: Plan, record: Record | None, folder: Path, *, started: datetime, ended: datetime
) -> Path:
    """Write ``results.json``; a reader sees the whole file or none.

    :param record: the run's journal, None where there is none.
    :param folder: the run's report folder.
    :param started: when the run began, with its time zone.
    :param ended: when it ended.
    """
    content = document(acceptance, plan, record, started=started, ended=ended)
    text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    path = folder / NAME
    passing = folder / f".{NAME}.{os.getpid()}"
    passing.touch(0o600)
    passing.write_bytes(text.encode("utf-8", "backslashreplace"))
    os.replace(passing, path)
    return path


def document(
    acceptance: Acceptance, plan: Plan, record: Record | None, *, started: datetime, ended: datetime
) -> dict[str, Any]:
    """What ``results.json`` holds, as plain values."""
    look = {key: value for key, value in (record.look if record else {}).items() if key != "event"}
    return {
        "format": FORMAT,
        "seatrial": __version__,
        "deployment": plan.deployment,
        "environment": plan.environment,
        "accepted": acceptance.accepted,
        "exit_code": int(acceptance.exit_code),
        "partial": acceptance.partial,
        "reasons": list(acceptance.reasons),
        "started": _utc(started),
        "ended": _utc(ended),
        "counts": {status: acceptance.count(status) for status in WORDS},
        "not_planned": list(plan.not_planned),
        "notes": list(plan.notes),
        "calls": look.pop("calls", []),
        "look": look,
        "own_tests": [asdict(stranger) for stranger in acceptance.strangers],
        "results": [_result(result) for result in acceptance.results],
    }


def _result(result: Result) -> Mapping[str, Any]:
    check = result.check
    return {
        "id": check.id,
        "service": check.service,
        "slot": check.slot,
        "host": check.host.name if check.host else "",
        "address": check.host.address if check.host else "",
        "aspect": check.aspect,
        "key": check.key,
        "status": result.status,
        "message": result.message,
        "evidence": [list(line) for line in result.evidence],
        "because": result.because,
        "seconds": result.seconds,
        "severity": concern.severity(check),
        "owner_team": concern.owner(check),
        "runbook": concern.runbook(check),
        "waiver": _waiver(check.waiver),
    }


def _waiver(waiver: Waiver | None) -> Mapping[str, str] | None:
    return {"until": waiver.until.isoformat(), "reason": waiver.reason} if waiver else None


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
