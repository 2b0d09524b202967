"""benchmarks/faults.md: fault by fault, what Seatrial said under each vehicle, and what the obvious assertion said."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from seatrial.vehicles import Vehicle

from .naive import Answer
from .row import VEHICLES, Fault
from .tally import Tally

GROUPS = {"P": "Processes", "N": "Ports", "K": "Containers", "W": "Watchdog", "L": "Logs"}
SAYS = {Answer.GREEN: "green", Answer.RED: "red", Answer.ERROR: "error", Answer.NONE: "no line"}

HEAD = """# Faults: what Seatrial says, and what the obvious assertion says

`make faults` injects every row of the catalogue (`tests/faults/rows/`) into a container of its own, looks at all of
them with one `seatrial run` per vehicle, again and again, and asks plain testinfra one line of Python about each, in
the same container. This page is what it wrote. How a row is proved is told in [docs/faults.md](../docs/faults.md).

"""


@dataclass(frozen=True)
class Occasion:
    """When and where all this was.

    :param looks: how often each vehicle looked.
    """

    day: str
    kernel: str
    engine: str
    cores: int
    took_s: float
    looks: int

    def told(self) -> str:
        """It in a line."""
        minutes, seconds = divmod(round(self.took_s), 60)
        where = f"kernel {self.kernel}, Docker Engine {self.engine}, {self.cores} cores"
        looks = f"{self.looks} looks under each vehicle, half as many at faults through exec"
        return f"**{self.day}, {where}**; {looks}; {minutes} min {seconds} s in all.\n"


def page(tallies: Sequence[Tally], occasion: Occasion) -> str:
    """The whole page."""
    faults = [one for one in tallies if isinstance(one.row, Fault) and not one.untried]
    healthy = [one for one in tallies if not isinstance(one.row, Fault) and not one.untried]
    untried = [one for one in tallies if one.untried]
    parts = [HEAD + occasion.told(), summary(faults, healthy)]
    parts += [_group(GROUPS[letter], [one for one in faults if one.row.id[0] == letter]) for letter in GROUPS]
    parts += [_group("Odd but healthy", healthy), _untried(untried), _decided(tallies), _raised(tallies)]
    return "\n".join(part for part in parts if part)


def summary(faults: Sequence[Tally], healthy: Sequence[Tally]) -> str:
    """How many of them each one got right."""
    names = [f"Seatrial, `{vehicle}`" for vehicle in VEHICLES]
    lines = [_cells("", *names, "plain testinfra"), _cells(*["---"] * (len(names) + 2))]
    lines.append(_cells("faults told", *_rights(faults)))
    lines.append(_cells("healthy situations left alone", *_rights(healthy)))
    flips = [str(sum(len(one.answers.get(v, ())) > 1 for one in (*faults, *healthy))) for v in VEHICLES]
    lines.append(_cells("rows whose answer changed from look to look", *flips, "asked once"))
    return "\n".join(lines) + "\n"


def _rights(tallies: Sequence[Tally]) -> Iterator[str]:
    for vehicle in VEHICLES:
        seen = [one for one in tallies if vehicle in one.row.vehicles]
        yield f"{sum(one.holds(vehicle) for one in seen)} of {len(seen)}"
    asked = [one for one in tallies if one.naive is not Answer.NONE]
    yield f"{sum(one.naive_right for one in asked)} of {len(asked)}"


def _group(title: str, tallies: Sequence[Tally]) -> str:
    if not tallies:
        return ""
    lines = [f"## {title}\n", _cells("", "what is", *(f"`{v}`" for v in VEHICLES), "testinfra", "its line")]
    lines.append(_cells(*["---"] * (len(VEHICLES) + 4)))
    for one in _sorted(tallies):
        said = [_said(one, vehicle) for vehicle in VEHICLES]
        lines.append(_cells(one.row.id, one.row.what, *said, _naively(one), f"`{one.row.naive}`" * bool(one.row.naive)))
    return "\n".join(lines) + "\n"


def _said(tally: Tally, vehicle: Vehicle) -> str:
    """Its one answer; where it had several, or was not right, all of that."""
    if vehicle not in tally.row.vehicles:
        return "cannot be seen"
    if tally.holds(vehicle):
        return next(iter(tally.answers[vehicle]))
    answers = [f"{said} ({times}×)" for said, times in tally.answers.get(vehicle, {}).items()]
    return "**wrong:** " + "; ".join([*answers, *tally.wrong.get(vehicle, ())])


def _naively(tally: Tally) -> str:
    told = SAYS[tally.naive]
    return told if tally.naive_right or tally.naive is Answer.NONE else f"**{told}**"


def _untried(tallies: Sequence[Tally]) -> str:
    lines = [f"- {one.row.id}, {one.row.what}: {one.untried}" for one in tallies]
    return "\n".join(["## Not tried here\n", *lines]) + "\n" if lines else ""


def _decided(tallies: Sequence[Tally]) -> str:
    lines = [f"- {one.row.id}: {one.row.why}" for one in _sorted(tallies) if one.row.why]
    return "\n".join(["## What a row decides\n", *lines]) + "\n" if lines else ""


def _raised(tallies: Sequence[Tally]) -> str:
    lines = [f"- {one.row.id}: `{one.raised.replace('`', '')}`" for one in _sorted(tallies) if one.raised]
    return "\n".join(["## What testinfra raised\n", *lines]) + "\n" if lines else ""


def _sorted(tallies: Sequence[Tally]) -> list[Tally]:
    return sorted(tallies, key=lambda tally: tally.row.id)


def _cells(*texts: str) -> str:
    return "| " + " | ".join(" ".join(text.split()).replace("|", "\\|") for text in texts) + " |"
