"""Files of this machine that a pattern means; what may not be looked into is no silence."""

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from fnmatch import translate

from seatrial.errors import CouldNotLook

MOST = 10_000
"""Files that one pattern may match."""

_WILD = re.compile(r"[*?\[]")


def matching(pattern: str) -> list[str]:
    """Paths that match, sorted, dangling links too; wildcards in any part, never a leading dot unless it is written.

    :param pattern: an absolute path.
    :raises CouldNotLook: where a folder on the way may not be read, or too many match.
    """
    found = ["/"]
    for part in filter(None, pattern.split("/")):
        below = _below(found, part) if _WILD.search(part) else (os.path.join(path, part) for path in found)
        found = []
        for path in below:
            found.append(path)
            if len(found) > MOST:
                raise CouldNotLook(f"{pattern}: more than {MOST} files match")
    return sorted(path for path in found if _is_there(path))


def _below(folders: Iterable[str], part: str) -> Iterator[str]:
    means = re.compile(translate(part)).match
    for folder in folders:
        for name in _names(folder):
            if means(name) and (part.startswith(".") or not name.startswith(".")):
                yield os.path.join(folder, name)


def _names(folder: str) -> list[str]:
    with suppress(FileNotFoundError, NotADirectoryError):
        try:
            return os.listdir(folder)
        except PermissionError as error:
            raise CouldNotLook(f"{folder} may not be read; look as root, or as its owner") from error
    return []


def _is_there(path: str) -> bool:
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise CouldNotLook(f"{path}: {error.strerror}") from error
    return True
