"""The product, called in this process: a file, one look, a verdict for every planned check."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from seatrial.judges import judge
from seatrial.look import Looker
from seatrial.options import Options, Vehicle
from seatrial.plan import make_plan
from seatrial.request import Window
from seatrial.snapshot import Snapshot
from seatrial.spec.load import load
from seatrial.verdicts import Verdict

VEHICLES: tuple[Vehicle, ...] = ("proc", "exec")
OF_THE_ENGINE = ("instances", "container.image", "container.restarts")
"""Aspects that the engine alone answers, whatever goes on inside."""


@dataclass(frozen=True)
class Judged:
    """All verdicts of one look, by check id."""

    verdicts: Mapping[str, Verdict]
    snapshot: Snapshot

    def of(self, aspect: str) -> list[Verdict]:
        """The verdicts of one aspect."""
        return [verdict for check, verdict in self.verdicts.items() if aspect_of(check) == aspect]

    @property
    def passing_ids(self) -> list[str]:
        """The checks that PASS."""
        return [check for check, verdict in self.verdicts.items() if verdict.passed]

    def passing(self, *aspects: str) -> list[str]:
        """The checks of these aspects that PASS."""
        return [check for check in self.passing_ids if aspect_of(check) in aspects]

    @property
    def not_passing(self) -> dict[str, str]:
        """Check → message of everything that is no PASS."""
        return {check: str(verdict.message) for check, verdict in self.verdicts.items() if not verdict.passed}


def aspect_of(check: str) -> str:
    """``app.0/process.count[orderd]`` → ``process.count``."""
    return check.partition("/")[2].partition("[")[0]


def judged(
    file: Path, vehicle: Vehicle, *, environ: Mapping[str, str] = os.environ, window: Window | None = None
) -> Judged:
    """Look once under a forced vehicle and judge every planned check; a process may be as young as it likes."""
    deployment = load(file, environ)
    with Looker(deployment, Options(vehicle=vehicle, stable_for_s=0.0), environ, window) as looker:
        snapshot = looker.look()
    return Judged({check.id: judge(check, snapshot, 0.0) for check in make_plan(deployment).checks}, snapshot)
