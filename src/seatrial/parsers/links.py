"""Links that lead to other places for each process, so that what a reader finds there is not what the target has.

``/dev/stdout`` is a link to ``/proc/self/fd/1``: the output of whoever looks (fd(4), proc(5)).
"""

import re

from seatrial.parsers.frames import Frames
from seatrial.sanitise import decode

_OWN = re.compile(
    r"/+dev/+(?:std(?:in|out|err)|fd(?:/.*)?)|/+proc/+(?:(?:self|thread-self)(?:/.*)?|\d+/+fd/.+)", re.DOTALL
)
_PRINTED = re.compile(r"/+dev/+(?:stdout|stderr|fd/+[12])|/+proc/+(?:self|thread-self|\d+)/+fd/+[12]")


def links(frames: Frames, kind: str, *numbers: int) -> tuple[str, ...]:
    """Where the links at a path itself lead, one after the other; empty where it is none.

    :param kind: ``filelink`` or ``loglink``.
    """
    frame = frames.find(kind, *numbers)
    return () if frame is None else tuple(decode(line) for line in frame.payload.split(b"\n") if line)


def own_place(path: str, found: tuple[str, ...]) -> str:
    """Why a path cannot be read as a file: it is, or leads to, another place for each process; else empty.

    :param found: where its links lead.
    """
    place = next((item for item in (path, *found) if _OWN.fullmatch(item)), "")
    if not place:
        return ""
    what = "it" if place == path else f"it is a link to {place}, which"
    return f"{what} cannot be read as a file"


def is_output(path: str, found: tuple[str, ...]) -> bool:
    """Whether it leads to the standard output or error, which the engine may keep as its log."""
    return any(_PRINTED.fullmatch(item) for item in (path, *found))
