"""``python -m tests.faults``: inject the whole catalogue, look at it again and again, and write benchmarks/faults.md.

``--times 1`` looks once; ``--only P01,N02`` takes these rows only, prints the page and writes nothing.
"""

import argparse
import itertools
import os
import platform
import secrets
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import docker

from seatrial.vehicles import Vehicle

from .box import IMAGE
from .catalogue import Catalogue
from .command import run
from .harbour import Harbour
from .naive import naive
from .page import Occasion, page
from .row import VEHICLES, Situation
from .rows import FAULTS, HEALTHY
from .tally import Tally

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "benchmarks" / "faults.md"
TIMES, SOUND_EACH = 20, 6


def main() -> int:
    """Print and write the page; 1 where a row does not hold, or did not in one of the looks."""
    asked = _asked()
    rows = [row for row in (*FAULTS, *HEALTHY) if not asked.only or row.id in asked.only.split(",")]
    began = time.monotonic()
    client = docker.from_env(timeout=120)
    client.images.build(path=str(HERE / "image"), tag=IMAGE, rm=True)
    try:
        tallies = _counted(client, rows, asked.times)
    except KeyboardInterrupt:
        say("interrupted")
        return 2
    text = page(tallies, _occasion(client, time.monotonic() - began, asked.times))
    print(text, flush=True)
    if not asked.only:
        PAGE.write_text(text, encoding="utf-8")
        say(f"written: {PAGE}")
    return _told([one for one in tallies if not one.right])


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--times", type=int, default=TIMES, help="looks under each vehicle (%(default)s)")
    parser.add_argument("--only", default="", help="ids of rows, with commas between them")
    return parser.parse_args()


def _counted(client: docker.DockerClient, rows: Sequence[Situation], times: int) -> list[Tally]:
    tallies = [Tally(row, untried=row.untried) for row in rows]
    with (
        tempfile.TemporaryDirectory(prefix="seatrial-faults-") as folder,
        Harbour(client, f"faults-{secrets.token_hex(3)}") as harbour,
    ):
        tracks = [_Track(harbour, alike, Path(folder)) for alike in _alike(tallies)]
        say(f"injecting {len(rows)} rows")
        _side_by_side(tracks, times)
        say("asking testinfra")
        for track in tracks:
            track.ask()
        say("removing all of it")
    return tallies


def _side_by_side(tracks: "Sequence[_Track]", times: int) -> None:
    stop = threading.Event()
    with ThreadPoolExecutor(len(tracks)) as pool:
        try:
            # Nothing looks while containers are still made: that takes all processors, and some would be too slow.
            list(pool.map(_Track.prepare, tracks))
            list(pool.map(lambda track: track.go(times, stop), tracks))
        finally:
            stop.set()


def _alike(tallies: Sequence[Tally]) -> Iterator[list[Tally]]:
    """Rows that need the same options of `seatrial run`: those that wait need not hold up those that do not."""
    for options in dict.fromkeys(tally.row.run for tally in tallies):
        yield [tally for tally in tallies if tally.row.run == options]


class _Track:
    """Rows that are looked at together, again and again."""

    def __init__(self, harbour: Harbour, tallies: Sequence[Tally], folder: Path) -> None:
        self._tallies = tallies
        self._name = " ".join(tallies[0].row.run) or "one look"
        self._catalogue = Catalogue(harbour, [one.row for one in tallies], Path(tempfile.mkdtemp(dir=folder)), run)

    def prepare(self) -> None:
        """Make all containers."""
        self._catalogue.prepare()

    def go(self, times: int, stop: threading.Event) -> None:
        """Look, under each vehicle in turn.

        At faults through exec every other time, since an exec costs 80 ms of a processor, and at their sound containers
        not each time, since they are as many again.
        """
        for number, vehicle in itertools.product(range(times), VEHICLES):
            if not stop.is_set():
                self._look(vehicle, number)

    def _look(self, vehicle: Vehicle, number: int) -> None:
        began = time.monotonic()
        faults = vehicle != "exec" or number % 2 == 0
        look = self._catalogue.look(vehicle, faults=faults, sound=number % SOUND_EACH == 0)
        for tally in self._tallies:
            tally.add(look, vehicle)
        wrong = ", ".join(one.row.id for one in self._tallies if one.wrong.get(vehicle))
        took = f"{time.monotonic() - began:.1f} s; wrong so far: {wrong or 'none'}"
        say(f"{self._name}: look {number + 1} under {vehicle}: {took}")

    def ask(self) -> None:
        """Ask testinfra, when nobody looks any more: through exec its commands would be seen."""
        with ThreadPoolExecutor(len(VEHICLES)) as pool:
            list(pool.map(lambda tally: _naively(self._catalogue, tally), self._tallies))


def _naively(catalogue: Catalogue, tally: Tally) -> None:
    if tally.looked_at:
        tally.naive, tally.raised = naive(tally.row.naive, catalogue.box(tally.row))


def _occasion(client: docker.DockerClient, took_s: float, looks: int) -> Occasion:
    engine = str(client.version()["Version"])
    return Occasion(time.strftime("%Y-%m-%d"), platform.release(), engine, os.cpu_count() or 0, took_s, looks)


def _told(wrong: Sequence[Tally]) -> int:
    for tally in wrong:
        for vehicle, problems in tally.wrong.items():
            for problem, times in problems.items():
                say(f"{tally.row.id} under {vehicle}, {times}×: {problem}")
    say(f"{len(wrong)} rows do not hold: {', '.join(one.row.id for one in wrong)}" if wrong else "all rows hold")
    return bool(wrong)


def say(line: str) -> None:
    """Tell what goes on, at once."""
    print(f"faults: {line}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
