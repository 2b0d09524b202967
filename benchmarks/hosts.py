"""``python -m benchmarks.hosts``: Seatrial and the OpenSSH client read fifty hosts behind one jump host, in turns.

What is compared, the figures, and what was learnt: ``benchmarks/hosts.md``.
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

from benchmarks import contestants
from benchmarks.contestants import Run, WrongAnswer
from benchmarks.figures import Row, record, table
from benchmarks.jump import NUMBER, Hosts, hosts
from benchmarks.openssh import QUICK, OpenSsh, is_here

LAST = Path(__file__).with_name("last-hosts.json")
ROUNDS = 5
AT_ONCE = (8, 16)


def main() -> int:
    """Run the benchmark; 1 where something could not be measured, or a host's answer was not whole."""
    asked = _asked()
    if not is_here():
        say("there is no ssh here to compare with: install the OpenSSH client")
        return 1
    load_before = os.getloadavg()[0]
    say(f"load before: {load_before:.2f}")
    try:
        with hosts(say, asked.hosts) as running, tempfile.TemporaryDirectory(prefix="seatrial-openssh-") as folder:
            rows = _race(running, Path(folder), asked.rounds)
    except WrongAnswer as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        say("interrupted")
        return 2
    LAST.write_text(json.dumps(record(rows, load_before), indent=1) + "\n", encoding="utf-8")
    print(table(rows), flush=True)
    say(f"all figures: {LAST}")
    return 0


def say(line: str) -> None:
    """Tell what goes on, at once."""
    print(f"bench: {line}", flush=True)


def _race(running: Hosts, folder: Path, rounds: int) -> list[Row]:
    """All contestants once in each round, so that what else the machine does meets all of them."""
    contestants.compile_modules()
    say("waiting until all is green")
    _seatrial(running, "--settle", "60s")
    openssh = OpenSsh(running, folder)
    racers = {
        "seatrial run": lambda: _seatrial(running),
        **{f"OpenSSH, {many} at a time": lambda many=many: openssh.run(many) for many in AT_ONCE},
        "  the same, curve25519": lambda: openssh.run(AT_ONCE[-1], QUICK),
    }
    runs: dict[str, list[Run]] = {name: [] for name in racers}
    for turn in range(1, rounds + 1):
        for name, race in racers.items():
            runs[name].append(race())
        say(
            f"round {turn}: " + ", ".join(f"{name.strip()} {own[-1].timing.wall_s:.2f} s" for name, own in runs.items())
        )
    return [Row(name, tuple(own)) for name, own in runs.items()]


def _seatrial(running: Hosts, *options: str) -> Run:
    return contestants.seatrial_run(running.deployment, len(running.names), *options, name="hosts", statements=1)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hosts", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS, metavar="N", help="how often all of them run")
    parser.add_argument("--hosts", type=int, default=NUMBER, metavar="N", help="how many hosts there are")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
