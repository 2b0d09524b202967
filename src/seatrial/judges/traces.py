"""Which hits of a log are one finding: the lines of a stack trace belong to the line that it explains.

Only lines that hold a denied text are carried, so a trace is known by their shapes and numbers. This tells how findings
are counted and shown, and excuses no line.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from seatrial.snapshot import LogLine

_REACH = 200
"""Lines from one hit of a trace to the next, at most: between them are frames that were no hits."""

_FRAME = re.compile(
    r"\s+at \S"  # Throwable.printStackTrace
    r"|\s*\.\.\. \d+ (?:more|common frames omitted)"
    r"|\s*(?:Caused by|Suppressed|Wrapped by): "
    r"|\s+File \".*\", line \d+"  # Python, traceback.format_exception
    r"|(?:During handling of the above|The above exception was the direct cause)"
    r"|goroutine \d+ \["  # Go, runtime.Stack
    r"|created by \S+"
)
_CAUSE = re.compile(r"\s*Caused by: ")
_TRACEBACK = "Traceback (most recent call last):"
_PANIC = re.compile(r"(?:panic: |fatal error: |\[signal )")
_NAMED = re.compile(
    r"\s*(?:[\w$]+\.)*[A-Z][\w$]*(?:Exception|Error|Throwable|Interrupt|Exit|Failure|Warning)(?:[:;\s]|\Z)"
)
"""A line that begins with the name of an exception; Tomcat indents it (JULI, OneLineFormatter)."""

_THREAD = re.compile(r"Exception in thread ")


@dataclass(frozen=True, slots=True)
class Finding:
    """One line, or the lines of one trace.

    :param lines: in order, all of one file.
    """

    lines: tuple[LogLine, ...]

    @property
    def first(self) -> LogLine:
        """The line that it begins with."""
        return self.lines[0]

    @property
    def length(self) -> int:
        """Lines from its first hit to its last, those between that were no hits among them."""
        return self.lines[-1].number - self.first.number + 1

    @property
    def is_trace(self) -> bool:
        """Whether it is more than a line."""
        return len(self.lines) > 1

    @property
    def cause(self) -> LogLine | None:
        """The last ``Caused by:`` after its first line, which is nearest to the reason."""
        return next((line for line in reversed(self.lines[1:]) if _CAUSE.match(line.text)), None)


def findings(lines: Iterable[LogLine]) -> tuple[Finding, ...]:
    """Sort the hits of one file, in order, into findings."""
    found: list[list[LogLine]] = []
    for line in lines:
        if found and _continues(found[-1], line):
            found[-1].append(line)
        else:
            found.append([line])
    return tuple(Finding(tuple(each)) for each in found)


def _continues(before: list[LogLine], line: LogLine) -> bool:
    """Whether a hit belongs to the finding before it; one with a time stamp of its own never does."""
    gap = line.number - before[-1].number
    if line.time is not None or not 0 <= gap <= _REACH:
        return False
    if _FRAME.match(line.text):
        return True
    if gap <= 1 and (line.text.startswith(_TRACEBACK) or _NAMED.match(line.text)):
        return not _headed(before)
    return _open(before) and (line.text[:1].isspace() or _NAMED.match(line.text) is not None)


def _headed(lines: list[LogLine]) -> bool:
    """Whether a trace has its exception already: another one is another trace."""
    return any(_NAMED.match(line.text) or _THREAD.match(line.text) for line in lines) and not _open(lines)


def _open(lines: list[LogLine]) -> bool:
    """Whether a trace of Python or Go still goes on: Python's ends with the exception, which stands at its end."""
    begun = [at for at, line in enumerate(lines) if line.text.startswith(_TRACEBACK) or _PANIC.match(line.text)]
    return bool(begun) and not any(_NAMED.match(line.text) for line in lines[begun[-1] + 1 :])
