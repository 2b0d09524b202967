"""Regular expressions of the deployment file, run in linear time (RE2), whatever the text.

Python's own engine may need years for one line of a log; a pattern must be known to both, since a reader inside a
target has Python's only, and is ended when it takes too long.
"""

import re
import warnings
from collections.abc import Callable
from functools import lru_cache
from typing import Any

_FEWER = re.compile(r"(?<!\\)\{,\d+\}")
"""Up to so many: a plain text to RE2."""

_LETTERS = re.compile(r"(?<!\\)\\[bBwW]")
"""What is a letter: to RE2 those of ASCII only."""


def check(pattern: str) -> None:
    """Check that a text is a regular expression.

    :raises ValueError: where it is none to Python or to RE2, which has no look-around and no back-references.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(pattern)
    except (re.error, OverflowError, RecursionError, Warning) as error:
        raise ValueError(f"{pattern!r} is no regular expression of Python's: {error}") from None
    if _FEWER.search(pattern):
        raise ValueError(f"{pattern!r} holds {{,n}}, which RE2 takes for plain text; write {{0,n}}")
    if not pattern.isascii() and (found := _LETTERS.search(pattern)):
        raise ValueError(
            f"{pattern!r} holds {found[0]}, to which RE2 knows no letters but those of ASCII; leave it out"
        )
    _compiled(pattern)


@lru_cache(maxsize=1024)
def searcher(pattern: str) -> Callable[[str], bool]:
    """Whether a pattern is found in a text.

    :raises ValueError: where it is no regular expression.
    """
    compiled = _compiled(pattern)
    return lambda text: compiled.search(text.encode("utf-8", "backslashreplace")) is not None


@lru_cache(maxsize=1024)
def capturer(pattern: str) -> Callable[[str], str | None]:
    """What the one group of a pattern holds in a text; None where the pattern is not found, or its group not in it.

    :raises ValueError: where it is no regular expression.
    """
    compiled = _compiled(pattern)

    def captured(text: str) -> str | None:
        found = compiled.search(text.encode("utf-8", "backslashreplace"))
        held = found.group(1) if found is not None else None
        return None if held is None else held.decode("utf-8", "replace")

    return captured


@lru_cache(maxsize=1024)
def whole(pattern: str) -> Callable[[str], bool]:
    """Whether a pattern matches all of a text.

    :raises ValueError: where it is no regular expression.
    """
    compiled = _compiled(pattern)
    return lambda text: compiled.fullmatch(text.encode("utf-8", "backslashreplace")) is not None


@lru_cache(maxsize=1024)
def searcher_of_bytes(pattern: str) -> Callable[[bytes], bool]:
    """Whether a pattern is found in a line: in its bytes where it is ASCII, else in its text, UTF-8 or GB18030.

    :raises ValueError: where it is no regular expression.
    """
    compiled = _compiled(pattern, of_bytes=pattern.isascii())
    if pattern.isascii():
        return lambda line: compiled.search(line) is not None
    return lambda line: any(compiled.search(text) is not None for text in _readings(line))


def _readings(line: bytes) -> tuple[bytes, ...]:
    try:
        line.decode()
    except UnicodeDecodeError:
        readable = line.decode("utf-8", "backslashreplace"), line.decode("gb18030", "backslashreplace")
        return tuple(text.encode() for text in readable)
    return (line,)


def _compiled(pattern: str, *, of_bytes: bool = False) -> Any:
    import re2  # a look without patterns needs no RE2

    options = re2.Options()
    options.log_errors = False
    if of_bytes:
        options.encoding = re2.Options.Encoding.LATIN1
    try:
        return re2.compile(pattern.encode("utf-8", "surrogatepass"), options)
    except re2.error as error:
        text = f"{pattern!r} is no regular expression of RE2's, which has no look-around and no back-references"
        reason = error.args[0] if error.args else ""
        said = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else reason
        raise ValueError(f"{text}: {said}") from None
