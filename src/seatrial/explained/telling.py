"""What ``seatrial explain`` prints."""

import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping

from seatrial.errors import UsageError
from seatrial.explained.explanation import Explanation, explanations
from seatrial.spec.mistakes import nearest

WIDTH = 100

_TITLES = (
    ("decided", "How it is decided"),
    ("fooled", "What could fool a look"),
    ("next", "What to do next"),
    ("asked", "What asks for it"),
)


def listed() -> Iterator[str]:
    """Every aspect with the question that it answers, one a line."""
    width = max(map(len, explanations()))
    yield from (f"{aspect:{width}}  {told.means}" for aspect, told in explanations().items())


def told(name: str) -> Iterator[str]:
    """All there is to say of an aspect.

    :param name: of an aspect (``process.stable``), or the id of a check (``relay.0/process.stable[relay]``).
    :raises UsageError: where there is no such aspect; the nearest one is named.
    """
    aspect = aspect_of(name)
    one = _known(aspect, name, explanations())
    yield f"{aspect}: {one.means}"
    for key, title in _TITLES:
        if text := getattr(one, key):
            yield ""
            yield f"{title}:"
            yield from textwrap.wrap(text, WIDTH, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)


def aspect_of(name: str) -> str:
    """The aspect in the id of a check; slots have neither slash nor bracket."""
    return re.sub(r"\[.*", "", name, flags=re.DOTALL).rpartition("/")[2].strip()


def _known(aspect: str, name: str, known: Mapping[str, Explanation]) -> Explanation:
    if aspect in known:
        return known[aspect]
    raise UsageError(f"{name!r} is no aspect; {nearest(aspect, known)}{_of_its_subject(aspect, known)}")


def _of_its_subject(aspect: str, known: Iterable[str]) -> str:
    subject = aspect.partition(".")[0]
    same = [one for one in known if one.partition(".")[0] == subject]
    there = f"of {subject} there are: {', '.join(same)}; " if same else ""
    return f"{there}`seatrial explain` lists all"
