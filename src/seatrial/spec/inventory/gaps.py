"""Cells of a sheet that hold nothing to be read, though something is meant there (ECMA-376 part 1, section 18.3.1)."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO
from xml.etree.ElementTree import Element, iterparse

from openpyxl.utils.cell import column_index_from_string, coordinate_from_string, get_column_letter, range_boundaries

from seatrial.spec.inventory.table import MOST_COLUMNS, BadTable

_MOST_MERGED = 200_000
"""Columns of merged ranges, in all."""

_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384
"""That a sheet can have."""

_DEEPEST = 64
"""Levels of elements; what a sheet has of them is less than ten."""


@dataclass(frozen=True, slots=True)
class Gaps:
    """The cells of one sheet that hold nothing to be read, though something is meant there.

    :param told: row → column, both from 1 → what is the matter with that cell.
    :param merged: column → its merged ranges as first row, last row and what they are called, in order.
    """

    told: dict[int, dict[int, str]] = field(default_factory=dict)
    merged: dict[int, list[tuple[int, int, str]]] = field(default_factory=dict)

    def of_row(self, number: int, cells: Sequence[object]) -> dict[int, str]:
        """Column from 0 → what is the matter with that cell of a row.

        :param number: of the row, from 1.
        :param cells: its values; None where there is none.
        """
        found = {column - 1: text for column, text in self.told.get(number, {}).items()}
        for column in self.merged:
            is_empty = column > len(cells) or cells[column - 1] is None
            if is_empty and column - 1 not in found and (inside := self._range(number, column)):
                told = f"cell {get_column_letter(column)}{number} is empty inside the merged cells {inside}"
                found[column - 1] = f"{told}; unmerge them and give each row its value"
        return found

    def _range(self, row: int, column: int) -> str:
        ranges = self.merged[column]
        at = bisect_right(ranges, row, key=lambda one: one[0]) - 1
        return ranges[at][2] if at >= 0 and row <= ranges[at][1] else ""


def gaps(sheet: IO[bytes]) -> Gaps:
    """Read the part of a workbook that is a sheet.

    :raises BadTable: where it has more merged cells than are looked at.
    :raises ValueError: where it names cells that are none.
    """
    found, left = Gaps(), _MOST_MERGED
    for number, element in _elements(sheet):
        if _name(element) == "mergeCell":
            left -= _merge(found, element.get("ref", ""))
        elif told := dict(_of_cells(number, element)):
            found.told[number] = told
        if left < 0:
            raise BadTable("has too many merged cells; unmerge them")
        element.clear()
    for ranges in found.merged.values():
        ranges.sort()
    return found


def _elements(sheet: IO[bytes]) -> Iterator[tuple[int, Element]]:
    """Rows with their numbers, which need not be written, and merged ranges; each when it is whole."""
    number = depth = cells = 0
    for event, element in iterparse(sheet, ("start", "end")):
        name = _name(element)
        depth += 1 if event == "start" else -1
        cells = 0 if name == "row" else cells + (name == "c" and event == "start")
        if depth > _DEEPEST or cells > _LAST_COLUMN:
            told = f"more than {_DEEPEST} levels, or {_LAST_COLUMN} cells in a row"
            raise BadTable(f"is no sheet near row {number}: {told}")
        if event == "start" and name == "row":
            number = int(element.get("r", number + 1))
        elif event == "end" and name in ("row", "mergeCell"):
            yield number, element


def _of_cells(number: int, row: Element) -> Iterator[tuple[int, str]]:
    column = 0
    for cell in row:
        written = cell.get("r")
        column = column_index_from_string(coordinate_from_string(written)[0]) if written else column + 1
        if column <= MOST_COLUMNS and (text := _matter(cell)):
            yield column, f"cell {get_column_letter(column)}{number} {text}"


def _matter(cell: Element) -> str:
    """What is the matter with a cell by itself; a formula may well come to an empty text."""
    parts = {_name(part): part.text or "" for part in cell}
    value = parts.get("v", "")
    if cell.get("t") == "e":
        return f"holds the error {value or 'of a formula'}; correct it, or write the value"
    if "f" in parts and not value and not ("v" in parts and cell.get("t") == "str"):
        return "is a formula of which no value was saved; write the value, or save it where it is computed"
    return ""


def _merge(found: Gaps, written: str) -> int:
    """Keep one merged range; how many columns it has."""
    left, top, right, bottom = range_boundaries(written)  # of whole columns or rows, two are None
    columns = range(left or 1, min(right or MOST_COLUMNS, MOST_COLUMNS) + 1)
    for column in columns:
        found.merged.setdefault(column, []).append((top or 1, bottom or _LAST_ROW, written))
    return len(columns)


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]
