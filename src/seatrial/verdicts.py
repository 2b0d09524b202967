"""The three verdicts and what they carry."""

from dataclasses import dataclass
from enum import StrEnum

from seatrial.errors import CheckFailed
from seatrial.sanitise import clean


class Outcome(StrEnum):
    """PASS: we looked and it is right. FAIL: we looked and it is wrong. UNKNOWN: we could not look."""

    PASS = "PASS"
    FAIL = "FAIL"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a judge says about one check.

    :param outcome: one of the three verdicts.
    :param message: stands alone at 3 a.m.: what was expected, what was found, the nearest explanation.
    :param evidence: labelled lines that prove it, ``(label, text)``.
    :param because: aspect of the check whose finding explains this one (``process.count``), or empty.
    """

    outcome: Outcome
    message: str
    evidence: tuple[tuple[str, str], ...] = ()
    because: str = ""

    @property
    def passed(self) -> bool:
        """True for PASS only."""
        return self.outcome is Outcome.PASS


def passed(message: str, **evidence: object) -> Verdict:
    """A PASS with its evidence."""
    return Verdict(Outcome.PASS, clean(message), _lines(evidence))


def failed(message: str, **evidence: object) -> Verdict:
    """A FAIL with its evidence."""
    return Verdict(Outcome.FAIL, clean(message), _lines(evidence))


def unknown(message: str, *, because: str = "", **evidence: object) -> Verdict:
    """An UNKNOWN with its evidence; ``because`` names the aspect whose finding explains it."""
    return Verdict(Outcome.UNKNOWN, clean(message), _lines(evidence), because)


def _lines(evidence: dict[str, object]) -> tuple[tuple[str, str], ...]:
    return tuple((label.replace("_", " "), clean(value)) for label, value in evidence.items())


def must_pass(verdict: Verdict) -> None:
    """Raise for anything but a PASS, with the verdict's own message and nothing else.

    :raises CheckFailed: for a FAIL; for an UNKNOWN as well, should one get this far.
    """
    __tracebackhide__ = True
    if not verdict.passed:
        raise CheckFailed(verdict.message)
