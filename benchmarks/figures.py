"""The outcome of a benchmark: what was measured, on what, and how it compares."""

import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from benchmarks.contestants import Run


@dataclass(frozen=True, slots=True)
class Row:
    """All runs of one contestant."""

    name: str
    runs: tuple[Run, ...]

    @property
    def wall_s(self) -> float:
        """Median of the wall times."""
        return statistics.median(run.timing.wall_s for run in self.runs)

    @property
    def per_statement_s(self) -> float:
        """The median divided by the number of statements."""
        return self.wall_s / self.runs[0].statements

    def times_slower_than(self, other: "Row") -> float:
        """How many times longer this one takes for one statement."""
        return self.per_statement_s / other.per_statement_s


def table(rows: Sequence[Row]) -> str:
    """All contestants, and how many times slower each is than the first."""
    head = f"{'':24}{'wall s':>24}{'own CPU s':>11}{'machine':>9}{'statements':>12}{'verdicts':>10}{'ratio':>8}"
    return "\n".join([head, *(_line(row, rows[0]) for row in rows)])


def record(rows: Sequence[Row], load_before: float) -> dict[str, Any]:
    """What is written to ``last.json``."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "cpus": os.cpu_count(),
        "load_before": load_before,
        "contestants": [
            {
                "name": row.name,
                "wall_s_median": round(row.wall_s, 3),
                "times_slower_than_first": round(row.times_slower_than(rows[0]), 1),
                "runs": [_run(run) for run in row.runs],
            }
            for row in rows
        ],
    }


def _line(row: Row, first: Row) -> str:
    walls = [run.timing.wall_s for run in row.runs]
    wall = f"{row.wall_s:.2f} [{min(walls):.2f}-{max(walls):.2f}] n={len(walls)}"
    own = statistics.median(run.timing.own_cpu_s for run in row.runs)
    machine = statistics.median(run.timing.machine_cpu_s for run in row.runs)
    run, ratio = row.runs[0], row.times_slower_than(first)
    return f"{row.name:24}{wall:>24}{own:>11.2f}{machine:>9.2f}{run.statements:>12}{run.verdicts:>10}{ratio:>7.1f}x"


def _run(run: Run) -> dict[str, Any]:
    timing = asdict(run.timing)
    del timing["output"]
    rounded = {key: round(value, 3) for key, value in timing.items()}
    return {
        **rounded,
        "statements": run.statements,
        "verdicts": run.verdicts,
        "unknown": run.unknown,
        "calls": run.calls,
    }
