"""Does a process have exactly the declared arguments?"""

from collections.abc import Iterator

from seatrial.judges.arguments import may_be_secret, shape
from seatrial.judges.case import Case
from seatrial.judges.roots import of_each, read, who
from seatrial.patterns import whole
from seatrial.sanitise import HIDDEN, clean
from seatrial.snapshot import Process
from seatrial.spec.process import Argument, ArgumentSpec
from seatrial.verdicts import Verdict

_ARGUMENT_CAP = 300


def argv(case: Case) -> Verdict:
    """Each root has the declared arguments, position by position: what is joined with blanks hides their borders."""
    expected: tuple[Argument, ...] = case.check.expected.argv or ()

    def ask(process: Process) -> str:
        told = "; ".join(_differences(read(process.argv, "its arguments"), expected))
        return f"{who(process)}: {told}" if told else ""

    return of_each(case, ask, f"{case.check.expected.name} has its {len(expected)} arguments")


def _differences(found: tuple[str, ...], expected: tuple[Argument, ...]) -> Iterator[str]:
    for position, wanted in enumerate(expected):
        if position >= len(found) or not _fits(wanted, found[position]):
            is_there = _argument(found, position) or "not there"
            yield f"argv[{position}] is {is_there}, expected {_wanted(expected, position)}"
    if more := found[len(expected) :]:
        yield f"{len(more)} more than declared, the first {shape(more[0])}"


def _fits(wanted: Argument, found: str) -> bool:
    if isinstance(wanted, ArgumentSpec):
        return whole(wanted.regex)(found)
    return wanted == found


def _wanted(expected: tuple[Argument, ...], position: int) -> str:
    wanted = expected[position]
    if isinstance(wanted, ArgumentSpec):
        return f"what {clean(wanted.regex, _ARGUMENT_CAP)!r} matches"
    return _shown(_text(expected[position - 1]) if position else "", wanted)


def _text(argument: Argument) -> str:
    return argument if isinstance(argument, str) else ""


def _argument(argv: tuple[str, ...], position: int) -> str:
    """One argument for a message."""
    return _shown(argv[position - 1] if position else "", argv[position]) if position < len(argv) else ""


def _shown(before: str, text: str) -> str:
    if may_be_secret(before, text):
        return f"{HIDDEN} ({len(text)} characters)"
    return clean(text, _ARGUMENT_CAP) or "''"
