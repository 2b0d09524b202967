"""The rows of a table whose cells are separated by commas (RFC 4180)."""

import csv
import io
from collections.abc import Iterator

from seatrial.spec.inventory.table import BadTable, Row


def csv_rows(data: bytes, encoding: str) -> Iterator[Row]:
    """All rows, one after the other.

    :param encoding: in which it is written; a byte order mark is passed over.
    :raises BadTable: where it is written in another one, or no table.
    """
    reader = csv.reader(io.StringIO(_text(data, encoding), newline=""), strict=True, skipinitialspace=True)
    number = 0
    try:
        for cells in reader:
            number += 1
            yield Row(number, tuple(cell.strip() for cell in cells))
    except csv.Error as error:
        raise BadTable(f"is no row of a csv file: {error}; look at the quotes", number + 1) from None


def _text(data: bytes, encoding: str) -> str:
    try:
        return data.decode("utf-8-sig" if encoding == "utf-8" else encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        row = error.object[: error.start].count(b"\n") + 1
        raise BadTable(f"is not {encoding}; save it so, or say {_better(data, encoding)}", row) from None


def _better(data: bytes, encoding: str) -> str:
    """An encoding in which it can be read."""
    for other in ("utf-8", "gb18030"):
        if other != encoding and _can_be(data, other):
            return f"encoding: {other}"
    return "its encoding"


def _can_be(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
