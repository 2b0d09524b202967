"""Files of this machine that a deployment file names, when they are not there."""

import os
from itertools import islice
from pathlib import Path

from seatrial.spec.mistakes import nearest

_LOOKED_AT = 10_000
"""Names of one folder that are compared."""


def trouble(path: Path) -> str:
    """What is wrong with a file that has to be there, else nothing; it is not opened.

    A file that is not there is told with its folder and the nearest name in it.
    """
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return absent(path)
    except (OSError, ValueError) as error:
        return f"cannot be read: {getattr(error, 'strerror', None) or error}"
    return "is a folder; name a file" if path.is_dir() else ""


def absent(path: Path) -> str:
    """What to say of a file that is not there."""
    folder = path.parent.absolute()
    if not os.path.isdir(folder):
        return f"is not there: there is no folder {folder}"
    return f"is not there: {folder} has no such file; {nearest(path.name, _names(folder))}".rstrip("; ")


def _names(folder: Path) -> list[str]:
    """Of a folder that may not be listed, none."""
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry in islice(entries, _LOOKED_AT)]
    except OSError:
        return []
