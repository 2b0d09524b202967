"""The text of a file that a user names, no larger than its kind may be."""

from pathlib import Path

from seatrial.errors import Problem, SpecError
from seatrial.sanitise import clean


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
        line = data[: error.start].count(b"\n") + 1
        raise SpecError([Problem(f"{shown}:{line}:1", "is not UTF-8; save it as UTF-8")]) from None
