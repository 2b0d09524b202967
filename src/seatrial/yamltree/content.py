"""The text of a file that a user names, no larger than its kind may be."""

import os
import stat
from pathlib import Path

from seatrial.errors import Problem, SpecError
from seatrial.sanitise import clean

Identity = tuple[int, int]
"""A file's device and inode, which are the same whatever path leads to it."""


def content(path: Path, kind: str, largest: int) -> str:
    """Read a file as UTF-8.

    :param kind: ``deployment file``, for messages.
    :param largest: bytes that such a file may have.
    :raises SpecError: where it cannot be read, is larger or no UTF-8.
    """
    shown = clean(path)
    try:
        with path.open("rb") as file:
            data = file.read(largest + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise SpecError([Problem(shown, clean(f"cannot be read: {why}; name a {kind}"))]) from None
    if len(data) > largest:
        raise SpecError([Problem(shown, f"is larger than {largest} bytes; a {kind} is a few kilobytes")])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SpecError([Problem(f"{shown}:{bad_line(error)}:1", "is not UTF-8; save it as UTF-8")]) from None


def identity(path: Path) -> Identity:
    """Which file it is.

    :raises OSError: where there is none.
    """
    status = path.stat()
    return status.st_dev, status.st_ino


def regular_content(path: Path, largest: int) -> bytes:
    """What a file holds; a pipe or a device is never waited for.

    :param largest: bytes that it may have.
    :raises OSError: where it cannot be opened or read.
    :raises ValueError: where it is no regular file, or larger.
    """
    _refuse_odd(path.stat())
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        _refuse_odd(os.fstat(handle))
        data = _at_most(handle, largest + 1)
    finally:
        os.close(handle)
    if len(data) > largest:
        raise ValueError(f"it has more than the {largest} bytes that are left for included files")
    return data


def _at_most(handle: int, size: int) -> bytes:
    parts = []
    while size > 0 and (part := os.read(handle, size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _refuse_odd(status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise ValueError("it is a folder; name the files in it, as in folder/*.yaml")
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("it is no regular file")


def bad_line(error: UnicodeDecodeError) -> int:
    """The line in which a file is not UTF-8."""
    return error.object[: error.start].count(b"\n") + 1
