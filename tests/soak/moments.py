"""``python -m tests.soak.moments [rounds [seed]]``: a container is disturbed at a random moment of a whole run.

Each round, one container is killed, paused, renamed, restarted, or removed and made anew under its name, and what the
run then says of it is held against when the engine was asked who it is, which a witness between the two wrote down.
"""

import random
import secrets
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import docker

from . import figures
from .disturbance import WAYS, disturb
from .fleet import Fleet, afloat
from .running import Run
from .truth import AFTER, AT_A_LOOK, BEFORE, BETWEEN, STABLE_FOR_S, Round
from .witness import Witness

ROUNDS, SERVICES = 100, 4
VEHICLES = ("proc", "exec")
OPTIONS = ("--stable-for", f"{STABLE_FOR_S:g}s", "--vehicle")
SETTLED_S = 0.3


@dataclass
class Soak:
    """Rounds of one fleet, one after the other.

    :param spans: vehicle → seconds of its runs so far, from which moments are drawn.
    """

    fleet: Fleet
    witness: Witness
    folder: Path
    dice: random.Random
    spans: dict[str, list[float]] = field(default_factory=dict)

    def undisturbed(self, vehicle: str) -> None:
        """Find out how long a run takes, and that it is green.

        :raises RuntimeError: where it is not.
        """
        ended = self._run(vehicle).ended()
        if ended.code:
            raise RuntimeError(f"not green before anything was disturbed:\n{ended.out}")
        self.spans[vehicle] = [ended.took_s]

    def round(self, number: int) -> Round:
        """Disturb one container in one run, and bring it back."""
        service, how, vehicle = f"s{number % SERVICES}", self.dice.choice(WAYS), VEHICLES[number % len(VEHICLES)]
        after = self.dice.uniform(0, 1.1) * statistics.median(self.spans[vehicle])
        container = str(self.fleet.boxes[service].id)
        self.witness.forget()
        run = self._run(vehicle)
        time.sleep(after)
        done = disturb(self.fleet, service, how)
        ended = run.ended()
        self.spans[vehicle].append(ended.took_s)
        looks = self.witness.looks(container)
        kept = Round(number, how, service, vehicle, done, self.witness.listed, looks, ended.statuses())
        self.fleet.afloat(service)
        time.sleep(STABLE_FOR_S + SETTLED_S)
        return kept

    def _run(self, vehicle: str) -> Run:
        file = self.folder / "deployment.yaml"
        file.write_text(self.fleet.file)
        reports = self.folder / secrets.token_hex(4)
        return Run(file, reports, [*OPTIONS, vehicle], {"DOCKER_HOST": self.witness.url})


def soak(rounds: int, seed: int) -> list[Round]:
    """Play so many rounds, each told as it ends."""
    client, run_id, held = docker.from_env(timeout=60), f"soak-{secrets.token_hex(3)}", []
    with (
        tempfile.TemporaryDirectory(prefix="seatrial-soak-") as folder,
        Witness(Path(folder) / "engine.sock") as witness,
        afloat(client, run_id, SERVICES) as fleet,
    ):
        time.sleep(STABLE_FOR_S + SETTLED_S)
        playing = Soak(fleet, witness, Path(folder), random.Random(seed))
        for vehicle in VEHICLES:
            playing.undisturbed(vehicle)
        for number in range(rounds):
            held.append(playing.round(number))
            print(told(held[-1]), flush=True)
    return held


def told(one: Round) -> str:
    """One round in a line, and each of its mistakes in one more."""
    line = f"round {one.number}: {one.vehicle}, {one.how} {one.when}, {len(one.passed)} checks of it passed"
    return "\n".join([line, *(f"  {mistake}" for mistake in one.mistakes())])


def table(rounds: Sequence[Round], seed: int) -> str:
    """How often each disturbance came when, and what was wrong."""
    count = Counter((one.how, one.when) for one in rounds)
    moments = (BEFORE, BETWEEN, AFTER, AT_A_LOOK)
    rows = [f"| {how} | " + " | ".join(str(count[how, when]) for when in moments) + " |" for how in WAYS]
    wrong = sum(bool(one.mistakes()) for one in rounds)
    return "\n".join(
        [
            f"{len(rounds)} runs, every other one under each vehicle, seed {seed}: **{wrong} said what was not so**.",
            "",
            "| disturbed | before any look | between the two identity looks | after both | as it was asked |",
            "|---|---|---|---|---|",
            *rows,
        ]
    )


def main() -> int:
    """Play the rounds; 1 where a run said what was not so."""
    said = [int(word) for word in sys.argv[1:3]]
    rounds, seed = [*said, *(ROUNDS, secrets.randbelow(10**6))[len(said) :]]
    print(f"{rounds} rounds, seed {seed}", flush=True)
    held = soak(rounds, seed)
    print(table(held, seed))
    if rounds >= ROUNDS:
        figures.keep("Random moments", table(held, seed))
    return int(any(one.mistakes() for one in held))


if __name__ == "__main__":
    sys.exit(main())
