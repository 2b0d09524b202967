"""The cron lines of every host."""

import re
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, model_validator

from seatrial.spec.expectation import Expectation
from seatrial.spec.naming import last_part
from seatrial.spec.scalars import Line, Name

_TIMES = r"[0-9A-Za-z*/,~-]+"
_LINE = re.compile(rf"(?:@[a-z]+|{_TIMES}(?: {_TIMES}){{4}}) (?P<command>\S.*)")


def folded(line: str) -> str:
    """Blanks folded to one: how many there are means nothing to cron, up to the command."""
    return " ".join(line.split())


def cron_line(line: str) -> str:
    """Check that a text is a line of a crontab that runs something (crontab(5)), and fold its blanks.

    :raises ValueError: where it is none.
    """
    text = folded(line)
    if not _LINE.fullmatch(text):
        raise ValueError(
            f"{line!r} is no line of a crontab; write all of it, the five times or @daily first: "
            "'*/5 * * * * /opt/relay/check.sh'"
        )
    return text


class CronSpec(Expectation):
    """A line that must be in a crontab of every host, with a cron daemon that reads it."""

    line: Annotated[Line, AfterValidator(cron_line)] = Field(description="the whole line; how many blanks is all one")
    user: Line | None = Field(None, description="user whose crontab it must be in, or as whom it must run")
    name: Name = Field("", description="its name in check ids; the last part of the first path in it else")

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, data: Any) -> Any:
        given = {"line": data} if isinstance(data, str) else data
        if not isinstance(given, dict) or "name" in given or not isinstance(given.get("line"), str):
            return given
        words = [word for word in _command(given["line"]).split() if word.startswith("/") and last_part(word)]
        return {**given, "name": last_part(words[0])} if words else given

    @model_validator(mode="after")
    def _has_a_name(self) -> Self:
        if not self.name:
            raise ValueError("needs a name for its check ids, since the line holds no absolute path")
        return self


def _command(line: str) -> str:
    found = _LINE.fullmatch(folded(line))
    return found["command"] if found else ""
