"""Verdicts of one look, asked by aspect; and the product called in this process, without its command."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from seatrial.judges import judge
from seatrial.look import Looker
from seatrial.options import Options
from seatrial.plan import make_plan
from seatrial.request import Window
from seatrial.snapshot import Snapshot
from seatrial.spec.load import load
from seatrial.vehicles import Vehicle
from seatrial.verdicts import Verdict

from .row import VEHICLES as VEHICLES

OF_THE_ENGINE = ("instances", "container.image", "container.restarts")
"""Aspects that the engine alone answers, whatever goes on inside."""


@dataclass(frozen=True)
class Seen:
    """All verdicts of one look, by check id."""

    verdicts: Mapping[str, Verdict]

    def of(self, check: str) -> list[Verdict]:
        """The verdicts of one aspect, or of one check of it (``fs.space[/inod]``)."""
        return [verdict for known, verdict in self.verdicts.items() if check in (aspect_of(known), _tail(known))]

    @property
    def passing_ids(self) -> list[str]:
        """The checks that PASS."""
        return [check for check, verdict in self.verdicts.items() if verdict.passed]

    def passing(self, *checks: str) -> list[str]:
        """The checks of these aspects, or these very checks, that PASS."""
        return [check for check in self.passing_ids if {aspect_of(check), _tail(check)} & set(checks)]

    @property
    def not_passing(self) -> dict[str, str]:
        """Check → message of everything that is no PASS."""
        return {check: str(verdict.message) for check, verdict in self.verdicts.items() if not verdict.passed}

    def at(self, service: str) -> "Seen":
        """Only what is said of one service."""
        return Seen({check: said for check, said in self.verdicts.items() if service_of(check) == service})


@dataclass(frozen=True)
class Judged(Seen):
    """All verdicts of one look, and what was seen."""

    snapshot: Snapshot


def _tail(check: str) -> str:
    return check.partition("/")[2]


def service_of(check: str) -> str:
    """``app.0/process.count[orderd]`` → ``app``."""
    return check.partition("/")[0].partition(".")[0]


def aspect_of(check: str) -> str:
    """``app.0/process.count[orderd]`` → ``process.count``."""
    return _tail(check).partition("[")[0]


def judged(
    file: Path, vehicle: Vehicle, *, environ: Mapping[str, str] = os.environ, window: Window | None = None
) -> Judged:
    """Look once under a forced vehicle and judge every planned check; a process may be as young as it likes."""
    deployment = load(file, environ)
    with Looker(deployment, Options(vehicle=vehicle, stable_for_s=0.0), environ, window) as looker:
        snapshot = looker.look()
    return Judged({check.id: judge(check, snapshot, 0.0) for check in make_plan(deployment).checks}, snapshot)
