"""The rows of a table as hosts, and all that is wrong with them."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from seatrial.spec.inventory.host import Host
from seatrial.spec.inventory.host_names import host_address, host_name, label, machine_id, user_name
from seatrial.spec.inventory.jump import jump
from seatrial.spec.inventory.table import Row

_SEPARATORS = re.compile("[,;，；、]")


def host_of(row: Row, columns: Mapping[str, int], header: Sequence[str], told: str) -> tuple[Host, list[str]]:
    """The host of a row as far as it is right, and what is wrong with it.

    :param columns: key → number of its column.
    :param header: names of the columns.
    :param told: where the row is, to be kept with the host.
    """
    cells = {key: row.cells[at] for key, at in columns.items() if at < len(row.cells) and row.cells[at]}
    right, wrong = {}, []
    for key, text in cells.items():
        try:
            right[key] = _READERS[key](text)
        except ValueError as error:
            wrong.append(f"column {header[columns[key]]!r}: {_wide(key, text) or error}{_advice(key, text)}")
    missing = {key: row.gaps[at] for key, at in columns.items() if at in row.gaps}
    wrong += [f"column {header[columns[key]]!r}: {text}" for key, text in missing.items()]
    cells.update(missing)
    wrong += _of_the_row(row, cells, header)
    groups = right.pop("group", ())
    name = right.pop("name", "") or ("" if "name" in cells else right.get("address", ""))
    return Host(name, groups=groups, row=told, **right), wrong


def says_nothing(row: Row, columns: Mapping[str, int]) -> bool:
    """Whether a row is empty, and what is the matter with its cells is in columns that are not read."""
    return not any(row.cells) and row.gaps.keys().isdisjoint(columns.values())


def _wide(key: str, text: str) -> str:
    """What to say of a cell that would be right in the usual width of its characters (Unicode Standard Annex 15)."""
    usual = unicodedata.normalize("NFKC", text)
    try:
        _READERS[key](usual)
    except ValueError:
        return ""
    return f"{text[:80]!r} has full-width digits or letters; write {usual[:80]!r}" if usual != text else ""


def _advice(key: str, text: str) -> str:
    if key != "name" or not any(unicodedata.category(each) == "Lo" for each in text):
        return ""
    return "; leave the name out, so that the address is the name, or give it an ASCII one"


def _of_the_row(row: Row, cells: Mapping[str, str], header: Sequence[str]) -> Iterator[str]:
    if "address" not in cells and "name" not in cells:
        yield "has neither an address nor a name; give one, or begin the row with # to leave it out"
    if len(row.cells) > len(header):
        yield f"has {len(row.cells)} cells for {len(header)} columns; a cell with a comma in it needs quotes"


def _port(text: str) -> int:
    if re.fullmatch("[0-9]{1,5}", text) and 1 <= int(text) <= 65535:
        return int(text)
    raise ValueError(f"{text[:80]!r} is no port; allowed: a whole number from 1 to 65535")


def _groups(text: str) -> tuple[str, ...]:
    return tuple(label(part) for part in _SEPARATORS.split(text) if part.strip())


_READERS: dict[str, Callable[[str], Any]] = {
    "name": host_name,
    "address": host_address,
    "port": _port,
    "user": user_name,
    "jump": jump,
    "role": label,
    "group": _groups,
    "zone": label,
    "hostname": host_address,
    "machine_id": machine_id,
}
