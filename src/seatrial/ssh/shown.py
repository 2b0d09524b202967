"""How a command of a configuration is told: it may hold a password anywhere, so its arguments never are."""

import re
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from seatrial.sanitise import HIDDEN, clean

_PROGRAM = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,63}")
_PIECE = re.compile(r"[^\W_]+")
_VARIABLE = re.compile(r"\$\{?(\w+)", re.ASCII)
_SHORTEST = 3


def shown(option: str, command: str) -> str:
    """An option whose value is a command: its name, and the last part of the program's path.

    :param option: as a person writes it.
    """
    first, *others = command.split() or [""]
    program = PurePosixPath(first).name
    if not _PROGRAM.fullmatch(program):  # an assignment, a quote: whatever it is, it is no plain name
        return option
    return f"{option} {program}{' …' if others else ''}"


def said_by(command: str, words: str, environ: Mapping[str, str], known: Iterable[str]) -> str:
    """What a command wrote to stderr, without what it was given to keep: pieces of its line, values of its variables.

    :param known: what is no secret: the program, and how the host is called and dialled.
    """
    told = {piece for each in known for piece in _PIECE.findall(each)}
    values = {environ.get(name, "") for name in _VARIABLE.findall(command)}
    pieces = {piece for piece in _PIECE.findall(command) if len(piece) >= _SHORTEST} - told
    hidden = sorted({*pieces, *filter(None, values)}, key=len, reverse=True)
    return clean(re.sub("|".join(map(re.escape, hidden)), HIDDEN, words) if hidden else words, 200)
