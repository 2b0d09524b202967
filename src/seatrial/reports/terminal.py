"""The outcome on a terminal or in a log: failures first, one summary line last, no fact by colour alone."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.text import Text

from seatrial.acceptance import Acceptance, Result
from seatrial.exits import Exit
from seatrial.plan import Plan
from seatrial.reports import concern, summary
from seatrial.reports.alike import alike, shared, where
from seatrial.reports.causes import fold
from seatrial.sanitise import CAP, clean

MOST_SLOTS = 20
"""Slots in which one question has the same answer that are named."""

_SEVERITIES = ("blocker", "major", "minor")
_STYLES = {"FAIL": "bold red", "UNKNOWN": "bold magenta", "NOT RUN": "bold yellow", "WAIVED": "bold yellow"}


def tell(acceptance: Acceptance, plan: Plan, *, folder: Path, took_s: float, console: Console) -> None:
    """Tell a run's outcome.

    :param folder: where the report is.
    :param took_s: seconds that the run took.
    """
    for paragraph in _paragraphs(acceptance, plan):
        say(console, *paragraph)
        say(console, "")
    say(console, *filter(None, (summary.own_tests(acceptance), summary.looked(acceptance))))
    say(console, *_more(acceptance), f"Report: {folder}")
    style = "bold green" if acceptance.accepted else "bold red"
    say(console, summary.sentence(acceptance, plan.title, took_s), style=style)


def say(console: Console, *lines: str, style: str = "") -> None:
    """Print lines as they are, with the word for a status in its colour, and nothing in them that is no text."""
    for line in lines:
        text = Text(_printable(line, console), style=style)
        word = next((word for word in _STYLES if line.startswith(word)), "")
        text.stylize(_STYLES.get(word, ""), 0, len(word))
        console.print(text, soft_wrap=True)


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
    if not_run and acceptance.exit_code is not Exit.USAGE:
        yield [f"NOT RUN {_checks(len(not_run))}: {summary.some(not_run)}"]
    waived = [result for result in acceptance.results if result.status == "WAIVED"]
    if waived:
        yield [f"WAIVED {_checks(len(waived))}", *(f"  {result.check.id}: {result.message}" for result in waived)]
    if plan.not_planned:
        left_out = list(plan.not_planned)
        yield [f"NOT PLANNED {_checks(len(left_out))} (--read-only): {summary.some(left_out)}"]
    if plan.notes:
        yield [f"Note: {note}" for note in plan.notes]
    if acceptance.reasons:
        yield [f"Not accepted: {reason}" for reason in acceptance.reasons]


def _more(acceptance: Acceptance) -> Iterator[str]:
    """Where more is told of what is red, by the first of it."""
    for first in (*_own(acceptance.results, "FAIL"), *_own(acceptance.results, "UNKNOWN"))[:1]:
        yield f"What a check means, and what to do next: seatrial explain {first.check.aspect}"


def _own(results: Sequence[Result], status: str) -> list[Result]:
    """Those with this status that follow from no other finding, the worst first."""
    dependent = {result.check.id for follows in fold(results).values() for result in follows}
    own = [result for result in results if result.status == status and result.check.id not in dependent]
    return sorted(own, key=lambda one: _SEVERITIES.index(concern.severity(one.check)))


def _findings(results: Sequence[Result]) -> Iterator[Sequence[str]]:
    folded = fold(results)
    for status in ("FAIL", "UNKNOWN"):
        for group in alike(_own(results, status)):
            yield _finding(group, [follower for result in group for follower in folded.get(result.check.id, [])])


def _finding(group: Sequence[Result], follows: Sequence[Result]) -> list[str]:
    """One paragraph for results that say the same, the worst first."""
    places = {result.check.slot for result in group}
    lines = [_head(group), f"  {shared(group)}"]
    contact = (("owner", concern.owner), ("runbook", concern.runbook))
    said = [(label, dict.fromkeys(find(result.check) for result in group)) for label, find in contact]
    told = [f"{label}: {summary.some([value for value in values if value])}" for label, values in said if any(values)]
    if told:
        lines.append(f"  {' · '.join(told)}")
    if follows:
        needing = "check that needs it" if len(follows) == 1 else "checks that need it"
        beside = f"{group[0].check.slot}/" if len(places) == 1 else ""
        names = [follower.check.id.removeprefix(beside) for follower in follows]
        lines.append(f"  … and {len(follows)} {needing}: {summary.some(names)}")
    return lines


def _head(group: Sequence[Result]) -> str:
    """The first id, and what else the paragraph is about: the other slots of one question, or checks of any kind."""
    first, more = group[0], group[1:]
    severity = concern.severity(first.check)
    head = f"{first.status} {first.check.id}" + ("" if severity == "major" else f" ({severity})")
    if not more:
        return head
    return f"{head} … and {', and '.join(_others(first, more))}"


def _others(first: Result, more: Sequence[Result]) -> Iterator[str]:
    """Those of the first one's question by their places, where that is known of all or hosts are told; then others."""
    same = [one for one in more if _question(one) == _question(first)]
    if first.check.host is None and len(same) < len(more):
        same = []
    rest = [one.check.id for one in more if not same or _question(one) != _question(first)]
    if same:
        how = "the same in" if first.status == "FAIL" else f"{len(same)} more:"
        yield f"{how} {summary.some([where(one) for one in same], MOST_SLOTS)}"
    if rest:
        yield f"{_checks(len(rest), 'more ')}: {summary.some(rest)}"


def _question(result: Result) -> tuple[str, str]:
    return result.check.aspect, result.check.key


def _checks(number: int, which: str = "") -> str:
    return f"{number} {which}{'check' if number == 1 else 'checks'}"


def _printable(text: str, console: Console) -> str:
    """Safe on any terminal, also where its encoding lacks some of the characters."""
    indent = len(text) - len(text.lstrip(" "))
    safe = " " * indent + clean(text[indent:], cap=2 * CAP)
    return safe.encode(console.encoding, "backslashreplace").decode(console.encoding)
