"""The outcome on a terminal or in a log: failures first, one summary line last, no fact by colour alone."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.text import Text

from seatrial.acceptance import Acceptance, Result
from seatrial.plan import Plan
from seatrial.reports import concern, summary
from seatrial.reports.causes import fold
from seatrial.sanitise import CAP, clean

_SEVERITIES = ("blocker", "major", "minor")
_STYLES = {"FAIL": "bold red", "UNKNOWN": "bold magenta", "NOT RUN": "bold yellow", "WAIVED": "bold yellow"}


def tell(acceptance: Acceptance, plan: Plan, *, folder: Path, took_s: float, console: Console) -> None:
    """Tell a run's outcome.

    :param folder: where the report is.
    :param took_s: seconds that the run took.
    """
    for paragraph in _paragraphs(acceptance, plan):
        _say(console, *paragraph)
        _say(console, "")
    _say(console, f"Report: {folder}")
    style = "bold green" if acceptance.accepted else "bold red"
    _say(console, summary.sentence(acceptance, plan.deployment, took_s), style=style)


@contextmanager
def progress(console: Console) -> Iterator[Callable[[str], None]]:
    """One line that says what the run is doing, on a terminal only; it vanishes at the end.

    :return: a function that changes the line; it keeps the line where it is given nothing.
    """
    if not console.is_terminal:
        yield lambda _: None
        return
    with console.status("") as status:
        yield lambda text: status.update(Text(_printable(text, console))) if text else None


def _paragraphs(acceptance: Acceptance, plan: Plan) -> Iterator[Sequence[str]]:
    yield from _findings(acceptance.results)
    not_run = [result.check.id for result in acceptance.results if result.status == "NOT RUN"]
    if not_run:
        yield [f"NOT RUN {_checks(len(not_run))}: {summary.some(not_run)}"]
    waived = [result for result in acceptance.results if result.status == "WAIVED"]
    if waived:
        yield [f"WAIVED {_checks(len(waived))}", *(f"  {result.check.id}: {result.message}" for result in waived)]
    if plan.not_planned:
        left_out = list(plan.not_planned)
        yield [f"NOT PLANNED {_checks(len(left_out))} (--read-only): {summary.some(left_out)}"]
    if acceptance.reasons:
        yield [f"Not accepted: {reason}" for reason in acceptance.reasons]


def _findings(results: Sequence[Result]) -> Iterator[Sequence[str]]:
    folded = fold(results)
    dependent = {result.check.id for follows in folded.values() for result in follows}
    for status in ("FAIL", "UNKNOWN"):
        own = [result for result in results if result.status == status and result.check.id not in dependent]
        for result in sorted(own, key=lambda one: _SEVERITIES.index(concern.severity(one.check))):
            yield _finding(result, folded.get(result.check.id, []))


def _finding(result: Result, follows: Sequence[Result]) -> list[str]:
    severity = concern.severity(result.check)
    lines = [f"{result.status} {result.check.id}" + ("" if severity == "major" else f" ({severity})")]
    lines.append(f"  {result.message}")
    contact = (("owner", concern.owner(result.check)), ("runbook", concern.runbook(result.check)))
    said = [f"{label}: {value}" for label, value in contact if value]
    if said:
        lines.append(f"  {' · '.join(said)}")
    if follows:
        needing = "check that needs it" if len(follows) == 1 else "checks that need it"
        names = [_name_beside(follower, result) for follower in follows]
        lines.append(f"  … and {len(follows)} {needing}: {summary.some(names)}")
    return lines


def _name_beside(follower: Result, cause: Result) -> str:
    """Without the slot where it is the slot of the cause."""
    return follower.check.id.removeprefix(f"{cause.check.slot}/")


def _checks(number: int) -> str:
    return "1 check" if number == 1 else f"{number} checks"


def _say(console: Console, *lines: str, style: str = "") -> None:
    for line in lines:
        text = Text(_printable(line, console), style=style)
        word = next((word for word in _STYLES if line.startswith(word)), "")
        text.stylize(_STYLES.get(word, ""), 0, len(word))
        console.print(text, soft_wrap=True)


def _printable(text: str, console: Console) -> str:
    """Safe on any terminal, also where its encoding lacks some of the characters."""
    indent = len(text) - len(text.lstrip(" "))
    safe = " " * indent + clean(text[indent:], cap=2 * CAP)
    return safe.encode(console.encoding, "backslashreplace").decode(console.encoding)
