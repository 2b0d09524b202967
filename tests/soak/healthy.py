"""``python -m tests.soak.healthy [runs]``: the demo deployment, kept up and left alone, is green in every run."""

import os
import secrets
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from seatrial.demo import stack_folder
from seatrial.start import started

from . import figures
from .running import Outcome, Run

RUNS = 200
VEHICLES = ("proc", "exec")
SETTLE = ("--settle", "60s")


def green(outcome: Outcome) -> bool:
    """Whether everything that was planned passed, and the run says so."""
    results = outcome.results
    return outcome.code == 0 and results["accepted"] and not outcome.of("FAIL") and not outcome.of("UNKNOWN")


def runs(count: int) -> Iterator[tuple[str, Outcome]]:
    """So many runs, every other one under each vehicle; the first waits until all has settled and does not count."""
    file = stack_folder() / "deployment.yaml"
    with (
        tempfile.TemporaryDirectory(prefix="seatrial-soak-") as folder,
        started(stack_folder() / "compose.yaml", secrets.token_hex(3), deadline_s=180, log=print) as project,
    ):
        here = [*_here(), "exec"]
        options = ["--compose-project", project.name]

        def run(number: int, *more: str) -> tuple[str, Outcome]:
            vehicle = here[number % len(here)]
            reports = Path(folder) / secrets.token_hex(4)
            return vehicle, Run(file, reports, [*options, "--vehicle", vehicle, *more], {}).ended()

        _, first = run(0, *SETTLE)
        if not green(first):
            raise RuntimeError(f"the demo did not become green:\n{first.out}")
        yield from (run(number) for number in range(count))


def _here() -> list[str]:
    return ["proc"] if os.geteuid() == 0 else []


def table(held: Sequence[tuple[str, Outcome]]) -> str:
    """How many were green, and how long they took."""
    checks = len(held[0][1].results["results"])
    lines = [
        f"{len(held)} runs of {checks} checks: **{sum(green(one) for _, one in held)} green**.",
        "",
        "| vehicle | runs | green | a whole run, s: median | max | the look in it, s: median | max |",
        "|---|---|---|---|---|---|---|",
    ]
    return "\n".join([*lines, *(_row(vehicle, held) for vehicle in VEHICLES if vehicle in dict(held))])


def _row(vehicle: str, held: Sequence[tuple[str, Outcome]]) -> str:
    mine = [one for by, one in held if by == vehicle]
    whole, look = [one.took_s for one in mine], [one.results["look"]["took_s"] for one in mine]
    figures_ = [statistics.median(whole), max(whole), statistics.median(look), max(look)]
    green_ = sum(map(green, mine))
    return f"| {vehicle} | {len(mine)} | {green_} | " + " | ".join(f"{one:.2f}" for one in figures_) + " |"


def main() -> int:
    """Make the runs; 1 where one of them was not green."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    held = []
    for number, (vehicle, outcome) in enumerate(runs(count)):
        held.append((vehicle, outcome))
        print(f"run {number}: {vehicle}, exit code {outcome.code}, {outcome.took_s:.2f} s", flush=True)
        if not green(outcome):
            print(outcome.out, flush=True)
    print(table(held))
    if count >= RUNS:
        figures.keep("Healthy", table(held))
    return int(not all(green(one) for _, one in held))


if __name__ == "__main__":
    sys.exit(main())
