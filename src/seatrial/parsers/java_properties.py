"""A file of Java properties (java.util.Properties, ``load``)."""

import re
from collections.abc import Iterator

_PAIR = re.compile(r"((?:[^\\=:\s]|\\.)*)[ \t\f]*[=:]?[ \t\f]*(.*)", re.DOTALL)
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}


def java_properties(data: bytes) -> dict[str, str]:
    """Name → value; the last one counts where one is given twice."""
    pairs = (_PAIR.fullmatch(line) for line in _lines(data.decode("iso-8859-1")))
    return {_plain(pair[1]): _plain(pair[2]) for pair in pairs if pair}


def _lines(text: str) -> Iterator[str]:
    """The logical lines: a backslash at the end joins the next one; comments and empty ones are left out."""
    joined = ""
    for line in re.split(r"\r\n|\r|\n", text):
        bare = line.lstrip(" \t\f")
        if not joined and bare[:1] in ("", "#", "!"):
            continue
        joined += bare
        if (len(joined) - len(joined.rstrip("\\"))) % 2:
            joined = joined[:-1]
            continue
        yield joined
        joined = ""
    if joined:
        yield joined


def _plain(text: str) -> str:
    return _ESCAPE.sub(lambda found: _unescaped(found[1]), text)


def _unescaped(text: str) -> str:
    return chr(int(text[1:], 16)) if len(text) > 1 else _CONTROLS.get(text, text)
