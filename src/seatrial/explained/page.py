"""The explanations as tables of the documentation, which holds them between two marks."""

import re
from collections.abc import Iterable, Iterator, Mapping

from seatrial.explained.explanation import Explanation, subjects

_MARKED = re.compile(r"(<!-- from explained: ([a-z_ ]+) -->\n).*?(<!-- end -->)", re.DOTALL)

_HEAD = (
    "| aspect | what it asks, and how it is decided | what could fool a look | what to do next | asked by |",
    "|---|---|---|---|---|",
)


def filled(page: str) -> str:
    """A page whose marked places hold the tables of the subjects that they name.

    :raises KeyError: where it names a subject that has no file.
    """
    return _MARKED.sub(lambda found: f"{found[1]}\n{table(found[2].split())}\n{found[3]}", page)


def named(page: str) -> set[str]:
    """The subjects that the marks of a page name."""
    return {subject for found in _MARKED.finditer(page) for subject in found[2].split()}


def table(wanted: Iterable[str]) -> str:
    """One table for some subjects, in their order."""
    rows = (row for subject in wanted for row in _rows(subjects()[subject]))
    return "".join(f"{line}\n" for line in (*_HEAD, *rows))


def _rows(told: Mapping[str, Explanation]) -> Iterator[str]:
    for aspect, each in told.items():
        cells = (f"`{aspect}`", f"**{each.means}** {each.decided}", each.fooled, each.next, each.asked)
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
