"""The logs of every instance."""

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from seatrial.spec.expectation import Expectation, Model
from seatrial.spec.scalars import AbsolutePath, Day, Duration, Line, Regex, User, UtcOffset


class Pattern(Model):
    """What a log line is searched for."""

    line: Line | None = Field(None, description="text that the line holds, case counts")
    regex: Regex | None = Field(None, description="regular expression, in RE2 syntax, that is found in the line")
    reason: str = Field("", description="why it is harmless, for an allowed line")
    until: Day | None = Field(None, description="last day on which an allowed line is allowed")

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, data: Any) -> Any:
        return {"line": data} if isinstance(data, str) else data

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        if (self.line is None) == (self.regex is None):
            raise ValueError("needs either line or regex")
        return self


class LogSpec(Expectation):
    """A log that must be there and clean."""

    name: Line = Field("", description="its name in check ids; the path, or docker, where it is not given")
    path: AbsolutePath | None = Field(None, description="file inside the target; * ? and [] are wildcards")
    docker: bool = Field(False, strict=True, description="the engine's log of the container, instead of a path")
    deny: tuple[Pattern, ...] = Field((), description="no line may hold any of these")
    allow: tuple[Pattern, ...] = Field((), description="except lines that hold one of these")
    fresh: Duration | None = Field(None, description="it must have been written to not longer ago than this")
    since: Literal["start", "all"] = Field("start", description="lines since the container's start, or all of them")
    utc_offset: UtcOffset = Field("+00:00", description="zone of its time stamps that carry none")
    user: User | None = Field(None, description="user that must own the file")
    not_empty: bool = Field(False, strict=True, description="whether an empty file is wrong")

    @model_validator(mode="before")
    @classmethod
    def _name_from_where_it_is(cls, data: Any) -> Any:
        if not isinstance(data, dict) or "name" in data:
            return data
        where = "docker" if data.get("docker") is True else data.get("path")
        return {**data, "name": where} if isinstance(where, str) else data

    @model_validator(mode="after")
    def _is_in_one_place(self) -> Self:
        if (self.path is None) == (not self.docker):
            raise ValueError("needs either path or docker: true")
        if self.allow and not self.deny:
            raise ValueError("has allow without deny, which allows nothing more; give deny too")
        if any(pattern.until for pattern in self.deny):
            raise ValueError("until is for an allowed line; a denied one has no last day")
        if self.docker and (self.user is not None):
            raise ValueError("user is for a file; the engine's log has none")
        return self
