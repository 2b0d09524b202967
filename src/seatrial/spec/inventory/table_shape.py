"""Tables whose first row names no columns, since they were written in another way than they are read."""

from collections.abc import Sequence

from seatrial.spec.inventory.folded import folded
from seatrial.spec.inventory.hosts import Columns
from seatrial.spec.inventory.table import Row
from seatrial.spec.inventory.table_columns import KEYS

_SEPARATORS = {";": "';'", "\t": "tabs", "|": "'|'", "；": "'；'", "，": "'，'"}
_LOOKED_AT = 10
"""Rows from the top in which the names of the columns are looked for."""


def misshapen(rows: Sequence[Row], columns: Columns) -> str:
    """What is wrong with the table as a whole, where a row near its top would name the columns; else nothing."""
    asked = {folded(columns.address or "address"), folded(columns.name or "name")}
    every = {folded(name) for key in KEYS for name in (key, getattr(columns, key) or key)}
    for row in rows[:_LOOKED_AT]:
        if asked & set(map(folded, row.cells)):
            return "" if row is rows[0] else _title(row.number)
        for separator, told in _SEPARATORS.items() if len(row.cells) == 1 else ():
            if every & set(map(folded, row.cells[0].split(separator))):
                return f"cells are separated by {told}; save it with commas"
    return ""


def _title(number: int) -> str:
    return f"row {number} has the names of the columns, and the first row must; begin those above it with #"
