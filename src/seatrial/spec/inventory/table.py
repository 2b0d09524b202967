"""A table of hosts as rows of texts, whatever kind of file holds it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from seatrial.spec.inventory.hosts import HostsSpec
from seatrial.spec.local_file import trouble
from seatrial.yamltree.content import regular_content

LARGEST = 8 * 1024 * 1024
"""Bytes that a table may have."""

MOST_ROWS = 10_000
MOST_COLUMNS = 200
LONGEST_CELL = 4096
"""How much of it is read; more is a mistake."""


_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
"""How those of today and those of old begin: APPNOTE.TXT 4.3.7 of ZIP, [MS-CFB] 2.2."""


class BadTable(ValueError):
    """A table cannot be read.

    :param row: its row, from 1; 0 where it is the file as a whole.
    """

    def __init__(self, message: str, row: int = 0) -> None:
        self.row = row
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Row:
    """One row that says something.

    :param number: from 1, empty rows counted, as spreadsheets do.
    :param cells: without blanks at their ends.
    :param gaps: column from 0 → what is the matter with a cell that holds nothing to be read, though it is meant to.
    """

    number: int
    cells: tuple[str, ...]
    gaps: Mapping[int, str] = field(default_factory=dict)


def read_table(path: Path, spec: HostsSpec) -> list[Row]:
    """The rows of a table, without empty ones and those that begin with ``#``; the first one names the columns.

    :param spec: says what kind of file it is.
    :raises BadTable: where it cannot be read, or is larger than a table may be.
    """
    data = _content(path)
    if spec.csv:
        if data.startswith(_WORKBOOKS):
            raise BadTable("is a workbook; name it with xlsx:")
        from seatrial.spec.inventory.table_csv import csv_rows

        return _kept(csv_rows(data, spec.encoding))
    from seatrial.spec.inventory.table_xlsx import (
        xlsx_rows,  # what reads workbooks is only there where it was asked for
    )

    return _kept(xlsx_rows(data, spec.sheet))


def _content(path: Path) -> bytes:
    try:
        if wrong := trouble(path):
            raise BadTable(wrong)
        if path.stat().st_size > LARGEST:
            raise BadTable(f"is larger than {LARGEST} bytes; a table of hosts is a few hundred kilobytes")
        return regular_content(path, LARGEST)
    except BadTable:
        raise
    except (OSError, ValueError) as error:
        raise BadTable(f"cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _kept(rows: Iterable[Row]) -> list[Row]:
    kept = [row for row in _counted(rows) if not next(filter(None, row.cells), "").startswith("#")]
    for row in kept:
        if len(row.cells) > MOST_COLUMNS:
            raise BadTable(f"has {len(row.cells)} cells; allowed: at most {MOST_COLUMNS}", row.number)
        if any(len(cell) > LONGEST_CELL for cell in row.cells):
            raise BadTable(f"has a cell of more than {LONGEST_CELL} characters", row.number)
    if not kept:
        raise BadTable("is empty; its first row names the columns")
    return kept


def _counted(rows: Iterable[Row]) -> Iterator[Row]:
    """Those that are not empty, as long as they are not too many; cells after the last that says something are none."""
    count = 0
    for row in rows:
        last = max((at for at, cell in enumerate(row.cells, 1) if cell), default=0)
        if last or row.gaps:
            count += 1
            if count > MOST_ROWS + 1:
                raise BadTable(f"has more than {MOST_ROWS} hosts", row.number)
            yield Row(row.number, row.cells[:last], row.gaps)
