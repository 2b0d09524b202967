"""A trial in this process: what `seatrial run` does with the same options, without pytest and the reports."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from seatrial.judges import JUDGES, Judge, judge
from seatrial.options import Options, option_seconds
from seatrial.snapshot import Snapshot
from seatrial.spec.check import Check
from seatrial.trial import new_trial
from seatrial.vehicles import Vehicle

from .judging import Seen, service_of


@dataclass(frozen=True)
class Tried(Seen):
    """The verdicts of a trial, and what they were made of."""

    checks: tuple[Check, ...]
    snapshot: Snapshot
    stable_for_s: float

    def at(self, service: str) -> "Tried":
        """Only what is said of one service."""
        checks = tuple(check for check in self.checks if service_of(check.id) == service)
        return replace(self, checks=checks, verdicts={check.id: self.verdicts[check.id] for check in checks})

    def under(self, table: Mapping[str, Judge] = JUDGES) -> "Tried":
        """The same, judged by other judges."""
        judged = {check.id: judge(check, self.snapshot, self.stable_for_s, table) for check in self.checks}
        return replace(self, verdicts=judged)


def tried(file: Path, vehicle: Vehicle, options: Sequence[str] = ()) -> Tried:
    """Try it; a process may be as young as it likes, where the options say nothing else."""
    wished = _options(vehicle, options)
    trial = new_trial(file, wished, os.environ)
    settled = trial.settled()
    return Tried(settled.verdicts, tuple(trial.plan.checks), settled.snapshot, wished.stable_for_s)


def _options(vehicle: Vehicle, words: Sequence[str]) -> Options:
    said = dict(zip(words[::2], words[1::2], strict=True))
    assert said.keys() <= {"--settle", "--stable-for"}, said
    settle, stable = said.get("--settle", "0s"), said.get("--stable-for", "0s")
    return Options(option_seconds("--settle", settle), option_seconds("--stable-for", stable), vehicle=vehicle)
