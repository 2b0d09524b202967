"""One line of a crontab as Debian's cron reads it (``entry.c`` and ``env.c`` of its cron 3.0): one it does not
understand makes it ignore the whole file.
"""

import re

SETTING = re.compile(r"""(?:"[^"]*"|'[^']*'|[^\s="']+)[ \t]*=""")
"""How a line begins that sets a variable."""

_SETS = re.compile(r"""(?:"[^"]*"|'[^']*'|[^\s="']+)[ \t]*=[ \t]*(?:"[^"]*"|'[^']*'|[^"' \t].*)""", re.DOTALL)
_WORDS = ("@reboot", "@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS: tuple[tuple[str, int, int, tuple[str, ...]], ...] = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of month", 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    ("day of week", 0, 7, _DAYS),
)
_PART = re.compile(r"(?:(\*)|([A-Za-z0-9]+)(?:(-)([A-Za-z0-9]*))?)(?:(/)([A-Za-z0-9]*))?")
_COMMAND_CAP = 998


def times_of(line: str) -> int:
    """How many words of a line say when."""
    return 1 if line.startswith("@") else 5


def sets(line: str) -> bool:
    """Whether a line sets a variable, as Debian's cron has it: a value without quotes is not empty."""
    return _SETS.fullmatch(line.strip(" \t")) is not None


def misunderstood(words: list[str], command: str) -> str:
    """What is wrong with a line, else empty.

    :param words: those that say when.
    :param command: all that follows, without the user.
    """
    if words[0].startswith("@"):
        wrong = "" if words[0] in _WORDS else f"{words[0]} is no time"
    else:
        wrong = next((text for number in range(5) if (text := _bad_field(words, number))), "")
    if wrong or not command:
        return wrong or "no command is there"
    return f"a command is longer than {_COMMAND_CAP} bytes" if len(command.encode()) > _COMMAND_CAP else ""


def _bad_field(words: list[str], number: int) -> str:
    name, low, high, names = _FIELDS[number]
    word = words[number] if number < len(words) else ""
    return "" if _is_list(word, low, high, names) else f"the {name} {word!r} is not understood"


def _is_list(word: str, low: int, high: int, names: tuple[str, ...]) -> bool:
    """Parts with commas between; what follows a whole part and is no comma is skipped, as cron does it."""
    at = 0
    while (found := _PART.match(word, at)) is not None and _is_part(found, low, high, names):
        at = found.end()
        if word[at : at + 1] != ",":
            return True
        at += 1
    return False


def _is_part(found: "re.Match[str]", low: int, high: int, names: tuple[str, ...]) -> bool:
    star, first, dash, last, slash, step = found.groups()
    if slash and not (star or dash):
        return False
    ends = [first] * (not star) + [last] * bool(dash)
    known = all(low <= _number(end, low, names) <= high for end in ends)
    return known and (not slash or (step.isdecimal() and int(step[:10]) > 0))


def _number(text: str, low: int, names: tuple[str, ...]) -> int:
    """A number or the name of a month or day; -1 for anything else."""
    if text.isdecimal():
        return int(text[:10])
    return names.index(text.lower()) + low if text.lower() in names else -1
