"""What was said of a row, look after look."""

from collections import Counter
from dataclasses import dataclass, field

from seatrial.vehicles import Vehicle

from .catalogue import Look
from .naive import Answer
from .proof import answer, problems
from .row import Fault, Situation

NOT_LOOKED_AT = "not looked at"


@dataclass
class Tally:
    """Everything that was said of one row.

    :param answers: for each vehicle, how often it said what.
    :param wrong: for each vehicle, how often the row did not hold, and how.
    :param looks: for each vehicle, how often its container could be looked at.
    """

    row: Situation
    answers: dict[Vehicle, Counter[str]] = field(default_factory=dict)
    wrong: dict[Vehicle, Counter[str]] = field(default_factory=dict)
    looks: Counter[Vehicle] = field(default_factory=Counter)
    untried: str = ""
    naive: Answer = Answer.NONE
    raised: str = ""

    def add(self, look: Look, vehicle: Vehicle) -> None:
        """Count one look."""
        if self.row not in look or self._not_here(look):
            return
        said, wrong = _told(self.row, look, vehicle)
        self.looks[vehicle] += 1
        self.answers.setdefault(vehicle, Counter())[said] += 1
        self.wrong.setdefault(vehicle, Counter()).update(wrong[:1])

    def _not_here(self, look: Look) -> bool:
        self.untried = look.untried(self.row)
        return bool(self.untried)

    def holds(self, vehicle: Vehicle) -> bool:
        """Whether everything that the row demands held in every look, with one and the same answer."""
        return self.looks[vehicle] > 0 and not self.wrong[vehicle] and len(self.answers[vehicle]) == 1

    @property
    def looked_at(self) -> bool:
        """Whether its container could be made and looked at."""
        return any(said != NOT_LOOKED_AT for answers in self.answers.values() for said in answers)

    @property
    def right(self) -> bool:
        """Whether it held under each vehicle that can see it."""
        return bool(self.untried) or all(self.holds(vehicle) for vehicle in self.row.vehicles)

    @property
    def naive_right(self) -> bool:
        """Whether the obvious assertion did not pass a fault, or let a healthy situation be."""
        if isinstance(self.row, Fault):
            return self.naive in (Answer.RED, Answer.ERROR)
        return self.naive is Answer.GREEN


def _told(row: Situation, look: Look, vehicle: Vehicle) -> tuple[str, list[str]]:
    try:
        return answer(row, look.of(row), vehicle), problems(row, look, vehicle)
    except Exception as error:
        return NOT_LOOKED_AT, [f"{type(error).__name__}: {error}"]
