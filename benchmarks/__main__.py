"""``python -m benchmarks``: start the fleet, let both look at it, print the table, remove the fleet.

``--sample 10`` lets testinfra look at ten containers instead of all; the ratio is then one per statement.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks import contestants, deployment
from benchmarks.contestants import Run, WrongAnswer
from benchmarks.figures import Row, record, table
from benchmarks.fleet import Fleet, fleet
from seatrial.errors import StartError

LAST = Path(__file__).with_name("last.json")
ROUNDS = 5
EXEC_ROUNDS = 2


def main() -> int:
    """Run the benchmark; 1 where something could not be measured."""
    asked = _asked()
    load_before = os.getloadavg()[0]
    say(f"load before: {load_before:.2f}")
    try:
        with fleet(say) as running, tempfile.TemporaryDirectory(prefix="seatrial-bench-") as folder:
            _publish(_race(running, Path(folder), asked.sample), load_before)
    except (StartError, WrongAnswer) as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        say("interrupted")
        return 2
    return 0


def _publish(rows: list[Row], load_before: float) -> None:
    LAST.write_text(json.dumps(record(rows, load_before), indent=1) + "\n", encoding="utf-8")
    print(table(rows), flush=True)
    say(f"all figures: {LAST}")


def say(line: str) -> None:
    """Tell what goes on, at once."""
    print(f"bench: {line}", flush=True)


def _race(running: Fleet, folder: Path, sample: int | None) -> list[Row]:
    """Seatrial before, between and after the others, so that what else the machine does meets all of them."""
    instances = len(running.names)
    file = deployment.write(folder / "deployment.yaml", running.label, instances)
    contestants.compile_modules()
    say("waiting until all is green")
    contestants.seatrial_run(file, instances, "--settle", "60s")
    own = [_told("seatrial run", lambda: contestants.seatrial_run(file, instances)) for _ in range(ROUNDS // 2)]
    plain = _told(
        "testinfra", lambda: contestants.testinfra(running.names[-sample:] if sample else running.names, folder)
    )
    by_exec = [
        _told("--vehicle exec", lambda: contestants.seatrial_run(file, instances, "--vehicle", "exec"))
        for _ in range(EXEC_ROUNDS)
    ]
    own += [_told("seatrial run", lambda: contestants.seatrial_run(file, instances)) for _ in range(ROUNDS - len(own))]
    return [
        Row("seatrial run", tuple(own)),
        Row("seatrial, --vehicle exec", tuple(by_exec)),
        Row("testinfra, docker://", (plain,)),
    ]


def _told(name: str, race: Callable[[], Run]) -> Run:
    run = race()
    say(f"{name}: {run.verdicts} green verdicts on {run.statements} statements in {run.timing.wall_s:.2f} s")
    return run


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--sample", type=int, metavar="N", help="let testinfra look at N containers, the heavy one too")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
