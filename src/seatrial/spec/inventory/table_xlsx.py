"""The rows of a table that is a sheet of a workbook (ECMA-376), read through openpyxl."""

import io
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from seatrial.spec.inventory.table import MOST_COLUMNS, BadTable, Row
from seatrial.spec.mistakes import nearest

if TYPE_CHECKING:
    from seatrial.spec.inventory.gaps import Gaps

INSTALL = "pip install 'seatrial[xlsx]'"

_OLDEST = (3, 1)
_MOST_UNPACKED = 16 * 1024 * 1024
_MOST_BESIDE = 2 * 1024 * 1024
"""Of each part that is neither a sheet nor the texts of all sheets, such as formats, which are slow to read."""
_OF_CELLS = ("xl/worksheets/", "xl/sharedStrings")
_MOST_NUMBERED = 1_048_576
"""Rows that a sheet can have."""
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How compound files begin: workbooks of Excel before 2007, and those behind a password ([MS-CFB] 2.2)."""


def xlsx_rows(data: bytes, sheet: str | None) -> Iterator[Row]:
    """All rows of a sheet, one after the other: values only, those of formulas as they were saved.

    What is told of a cell that is merged into another, or of a formula without a value, is no value of it.

    :param sheet: its name; None for the first one.
    :raises BadTable: where it is no workbook, has no such sheet, or what reads it is not installed.
    """
    openpyxl = _openpyxl()
    _refuse_bombs(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of parts of the workbook that are not read
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
            yield from _rows(_sheet(book, sheet))
    except BadTable:
        raise
    except Exception as error:  # openpyxl checks little of what it is given: a broken workbook may raise anything
        raise BadTable(f"is no workbook that can be read: {type(error).__name__}: {error}") from None


def _openpyxl() -> Any:
    try:
        import openpyxl
    except ImportError:
        raise BadTable(f"needs openpyxl, which is not installed: {INSTALL}") from None
    found = str(getattr(openpyxl, "__version__", "0"))
    if tuple(int(part) for part in found.split(".")[:2] if part.isdecimal()) < _OLDEST:
        raise BadTable(f"needs openpyxl {_OLDEST[0]}.{_OLDEST[1]} or newer, found {found}: {INSTALL}")
    return openpyxl


def _refuse_bombs(data: bytes) -> None:
    if data.startswith(_OLE):
        raise BadTable("is an .xls file of old, or behind a password; save it as .xlsx without one")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            sizes = [(part.filename, part.file_size) for part in packed.infolist()]
    except (zipfile.BadZipFile, ValueError, OSError):
        raise BadTable("is no workbook; save it as .xlsx, or name it with csv:") from None
    _check_sizes(sizes)


def _check_sizes(sizes: Sequence[tuple[str, int]]) -> None:
    """Refuse what takes long to read and most of a memory, however small it is packed."""
    if sum(size for _, size in sizes) > _MOST_UNPACKED:
        least = "delete other sheets, pictures and empty rows with a format"
        raise BadTable(f"has more than {_MOST_UNPACKED >> 20} MiB unpacked; {least}, or save the sheet as csv")
    if big := [name for name, size in sizes if size > _MOST_BESIDE and not name.startswith(_OF_CELLS)]:
        told = f"has more than {_MOST_BESIDE >> 20} MiB of {big[0][:80]!r}"
        raise BadTable(f"{told}; copy the values to a new workbook without formats and pictures, or save as csv")


def _sheet(book: Any, name: str | None) -> Any:
    names = [sheet.title for sheet in book.worksheets]
    if not names:
        raise BadTable("has no sheet")
    if name is not None and name not in names:
        raise BadTable(f"has no sheet {name[:80]!r}; {nearest(name, names)}it has: {', '.join(names)}")
    return book.worksheets[names.index(name) if name else 0]


def _rows(sheet: Any) -> Iterator[Row]:
    """A sheet may say any size of itself, and is read as far as it goes."""
    from seatrial.spec.inventory.gaps import gaps  # needs openpyxl, too

    with sheet._get_source() as part:  # the only way to it; without it the workbook cannot be read
        found = gaps(part)
    sheet.reset_dimensions()
    for number, cells in enumerate(sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS + 1), 1):
        if number > _MOST_NUMBERED:
            raise BadTable(f"has more than {_MOST_NUMBERED} rows")
        if cells.count(None) < len(cells) or number in found.told:  # a sheet may have a million rows of nothing
            yield _row(number, cells, found)


def _row(number: int, cells: Sequence[object], found: "Gaps") -> Row:
    missing = found.of_row(number, cells)
    return Row(number, tuple("" if at in missing else _text(cell) for at, cell in enumerate(cells)), missing)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value).strip()
