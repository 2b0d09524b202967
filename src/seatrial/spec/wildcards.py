"""The files that a path with wildcards names."""

import os
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path, PurePath

MOST_LOOKED_AT = 20_000
"""Names in folders that all wildcards of a file together may be compared with."""

_WILD = re.compile(r"[*?\[]")


class Wildcards:
    """Finds files whose paths match, and looks at no more names than it may."""

    def __init__(self) -> None:
        self._left = MOST_LOOKED_AT

    def matching(self, base: Path, pattern: str) -> list[Path]:
        """The paths that match, sorted; one without wildcards is given back whether or not it is there.

        :param base: folder that the pattern begins in, unless it begins with a slash.
        :param pattern: ``*``, ``?`` and ``[]`` match within one name, and no name that begins with a dot.
        :raises ValueError: for a pattern with ``**``, and where too many names would have to be looked at.
        :raises OSError: where a folder may not be read.
        """
        if not _WILD.search(pattern):
            return [base / pattern]
        if "**" in pattern:
            raise ValueError("** is not known here; write one * for each level of folders")
        found = [base]
        for part in PurePath(pattern).parts:
            found = [each for folder in found for each in self._step(folder, part)]
        return [path for path in found if _is_there(path)]

    def _step(self, folder: Path, part: str) -> Iterator[Path]:
        self._spend()
        if not _WILD.search(part):
            yield folder / part
            return
        try:
            names = sorted(self._names(folder, part))
        except (FileNotFoundError, NotADirectoryError):
            return
        yield from (folder / name for name in names)

    def _names(self, folder: Path, part: str) -> Iterator[str]:
        with os.scandir(folder) as entries:
            for entry in entries:
                self._spend()
                if fnmatchcase(entry.name, part) and (part[0] == "." or entry.name[0] != "."):
                    yield entry.name

    def _spend(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise ValueError(f"more than {MOST_LOOKED_AT} names of files would have to be looked at")


def _is_there(path: Path) -> bool:
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True
