"""The rows of the catalogue, all injected at the same time and looked at together, under each vehicle."""

import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

from seatrial.vehicles import Vehicle

from .box import Box
from .compose import Place, compose, mistake, service_name
from .harbour import Harbour
from .judging import Seen
from .row import Fault, NotHere, Situation
from .rows import HEALTHY

Run = Callable[[Path, Vehicle, Sequence[str]], Seen]

RUNS_AT_ONCE = 3
SOUND = "-sound"


class Group(NamedTuple):
    """Places that one run looks at, and what it is told on the command line."""

    places: tuple[Place, ...]
    options: tuple[str, ...] = ()
    meanwhile: Callable[[], object] | None = None


class Catalogue:
    """Injects rows, and looks.

    :param folder: where files and reports go.
    :param run: looks at what a file says, under a vehicle and with options of `seatrial run`.
    """

    def __init__(self, harbour: Harbour, rows: Sequence[Situation], folder: Path, run: Run) -> None:
        self.harbour, self.folder, self._run = harbour, folder, run
        self.rows = [row for row in rows if not row.untried]
        self._sound = {row: _sound(row) for row in self.rows if isinstance(row, Fault)}
        self._last: dict[Situation, Box] = {}
        self._looks: dict[Vehicle, Look] = {}
        self._lock = threading.Lock()
        self._files = 0

    def prepare(self) -> None:
        """Make all containers; what goes wrong with one is told when its row is asked about."""
        lasting = [row for row in self.rows if not row.passes_by]
        self.harbour.prepare([*lasting, *self._sound.values()])

    def seen(self, vehicle: Vehicle) -> "Look":
        """What the first look under a vehicle saw, which all tests share."""
        if vehicle not in self._looks:
            self._looks[vehicle] = self.look(vehicle)
        return self._looks[vehicle]

    def look(self, vehicle: Vehicle, *, faults: bool = True, sound: bool = True) -> "Look":
        """Look at all rows.

        :param faults: look at faults too, not only at what is healthy.
        :param sound: look at the sound containers of faults too.
        """
        self.prepare()
        look = Look(sound)
        rows = [row for row in self.rows if vehicle in row.vehicles and (faults or not isinstance(row, Fault))]
        groups = self._groups(rows, look)
        with ThreadPoolExecutor(RUNS_AT_ONCE, "run") as pool:
            for group, ran in [(group, pool.submit(self._ran, group, vehicle)) for group in groups]:
                look.add(group, ran)
        return look

    def box(self, row: Situation) -> Box:
        """The container that a row is in; the last one, where each look had its own."""
        return self._last[row] if row.passes_by else self.harbour.berth(row)

    def _groups(self, rows: Iterable[Situation], look: "Look") -> list[Group]:
        """Rows with equal options share a run; what happens while we look has one of its own."""
        alike: dict[tuple[str, ...], list[Place]] = {}
        alone: list[Group] = []
        for row in rows:
            place = look.tried(service_name(row), partial(self._place, row))
            if place and row.meanwhile:
                alone.append(Group((place,), row.run, partial(row.meanwhile, place.box)))
            elif place:
                alike.setdefault(row.run, []).append(place)
            twin = look.sound and row in self._sound and look.tried(service_name(row, SOUND), partial(self._twin, row))
            if twin:
                alike.setdefault(row.run, []).append(twin)
        return [*(Group(tuple(places), options) for options, places in alike.items()), *alone]

    def _place(self, row: Situation) -> Place:
        if row.passes_by:
            self._last[row] = self.harbour.fresh(row, instead_of=self._last.get(row))
        return _checked(Place(service_name(row), row, self.box(row)))

    def _twin(self, row: Situation) -> Place:
        return _checked(Place(service_name(row, SOUND), row, self.harbour.berth(self._sound[row])))

    def _ran(self, group: Group, vehicle: Vehicle) -> Seen:
        file = self._file(compose(group.places))
        begun = threading.Thread(target=group.meanwhile) if group.meanwhile else None
        if begun:
            begun.start()
        seen = self._run(file, vehicle, group.options)
        if begun:
            begun.join()
        return seen

    def _file(self, text: str) -> Path:
        with self._lock:
            self._files += 1
            file = self.folder / f"{self._files}.yaml"
        file.write_text(text, encoding="utf-8")
        return file


def _sound(fault: Fault) -> Situation:
    """The sound container of a fault, its own: looks through exec at the same time would see each other's readers."""
    return replace(fault.sound or HEALTHY[0], id=f"{fault.id} sound")


def _checked(place: Place) -> Place:
    """The same place; a mistake in its own words must not make the whole file unusable."""
    wrong = mistake(place)
    assert not wrong, f"{place.service}: {wrong}"
    return place


class Look:
    """What one look saw of each row.

    :param sound: whether it looked at the sound containers too.
    """

    def __init__(self, sound: bool) -> None:
        self.sound = sound
        self._seen: dict[str, Future[Seen]] = {}

    def tried(self, service: str, place: Callable[[], Place]) -> Place | None:
        """The place, or None where it cannot be made; then that is what is told of it."""
        try:
            return place()
        except Exception as error:
            self._seen[service] = Future()
            self._seen[service].set_exception(error)
            return None

    def add(self, group: Group, ran: "Future[Seen]") -> None:
        """Keep what a run will say of its places."""
        self._seen.update({place.service: ran for place in group.places})

    def __contains__(self, row: Situation) -> bool:
        """Whether it was a look at this row."""
        return service_name(row) in self._seen

    def untried(self, row: Situation) -> str:
        """Why a row could not be injected on this machine; empty where it was, or where something went wrong."""
        known = self._seen.get(service_name(row))
        error = known.exception() if known else None
        return row.untried or (str(error) if isinstance(error, NotHere) else "")

    def of(self, row: Situation) -> Seen:
        """What was said of a row's container.

        :raises Exception: what went wrong when the row was injected, or looked at.
        """
        return self._at(service_name(row))

    def of_sound(self, fault: Fault) -> Seen:
        """What was said when the same file was held against a sound container."""
        return self._at(service_name(fault, SOUND))

    def _at(self, service: str) -> Seen:
        return self._seen[service].result().at(service)
