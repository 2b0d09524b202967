"""Which column of a table says what."""

from collections.abc import Iterator, Mapping, Sequence

from seatrial.spec.inventory.folded import folded
from seatrial.spec.inventory.hosts import Columns
from seatrial.spec.mistakes import nearest

KEYS = tuple(Columns.model_fields)

_SHOWN = 30
"""Names of columns that one message tells."""


def placed_columns(header: Sequence[str], columns: Columns) -> tuple[dict[str, int], dict[str, str]]:
    """Key → number of its column from 0, and key → what is wrong with what the file calls its column.

    A name is compared without regard to case, width and blanks. A key that the file calls nothing is a column of its
    own name, where the table has one.
    """
    names = [folded(name) for name in header]
    found, wrong = {}, {}
    for key, said, plain in _asked(columns):
        times = names.count(plain)
        if times == 1:
            found[key] = names.index(plain)
        elif times:
            wrong[key] = f"found {times} columns {said!r} in the table; give each a name of its own"
        elif said != key or key in columns.model_fields_set:
            wrong[key] = f"found {said[:80]!r}, but the table has no such column; {_told(said, header)}"
    return found, wrong


def needed(found: Mapping[str, int], header: Sequence[str]) -> str:
    """What is wrong with a table whose rows could be no hosts, else nothing."""
    if "name" in found or "address" in found:
        return ""
    return f"has no column address or name; say in columns: what they are called; {_told('address', header)}"


def _asked(columns: Columns) -> Iterator[tuple[str, str, str]]:
    for key in KEYS:
        said = getattr(columns, key) or key
        yield key, said, folded(said)


def _told(name: str, header: Sequence[str]) -> str:
    names = [each for each in header if each]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{nearest(name, names)}it has: {', '.join(each[:80] for each in names[:_SHOWN])}{more}"
