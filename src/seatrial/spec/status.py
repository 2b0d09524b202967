"""The service's own numbers."""

from typing import Any, Self

from pydantic import Field, model_validator

from seatrial.spec.expectation import Expectation, Model
from seatrial.spec.growth import Growth, Wanted
from seatrial.spec.naming import last_part
from seatrial.spec.scalars import Capture, Deadline, HttpPath, Line, Name, PortNumber, Text

PAGE_LONGEST_S = 5.0
"""Seconds that may lie between two readings of a page: they are read with everything else of their target."""


def again(key: str) -> str:
    """Under what the second reading is filed."""
    return f"{key}:again"


class HttpStatus(Model):
    """A status page inside the target."""

    port: PortNumber = Field(description="port inside the target")
    path: HttpPath = Field("/", description="path of the GET")
    status: int = Field(200, ge=100, le=599, strict=True, description="status that the answer must have")
    within: Deadline = Field(2.0, description="deadline for the answer")


class StatusSpec(Expectation):
    """A command or a page that tells the service's own numbers."""

    name: Name = Field("", description="its name in check ids; the command's last part or http where it is not given")
    command: tuple[Text, ...] | None = Field(None, min_length=1, description="argv, run inside the target")
    user: Line | None = Field(None, description="user that runs the command")
    within: Deadline = Field(5.0, description="deadline for the command")
    http: HttpStatus | None = Field(None, description="page to read instead of a command")
    capture: dict[Line, Capture] = Field(
        {}, description="key → regular expression with one group, searched in each line: what that holds is the value"
    )
    expect: dict[Line, Wanted] = Field(
        min_length=1,
        description="key → value, a comparison such as '>= 1', or grows, or {grows: true, every: 1s}: read twice; "
        "keys of JSON are dotted paths",
    )

    @property
    def every_s(self) -> float:
        """Seconds between its two readings, 0 where nothing must grow."""
        return max((wanted.every_s for wanted in self.expect.values() if isinstance(wanted, Growth)), default=0.0)

    @model_validator(mode="before")
    @classmethod
    def _name_from_what_is_asked(cls, data: Any) -> Any:
        if isinstance(data, dict) and "name" not in data:
            command, http = data.get("command"), data.get("http")
            if isinstance(command, list) and command and isinstance(command[0], str):
                return {**data, "name": last_part(command[0])}
            if isinstance(http, dict):
                return {**data, "name": "http"}
        return data

    @model_validator(mode="after")
    def _asks_one_thing(self) -> Self:
        if (self.command is None) == (self.http is None):
            raise ValueError("needs either command or http")
        return self

    @model_validator(mode="after")
    def _expects_what_it_captures(self) -> Self:
        if unasked := [key for key in self.capture if key not in self.expect]:
            there = ", ".join(self.expect)
            raise ValueError(f"capture has {unasked[0]!r}, of which expect says nothing; expect has: {there}")
        return self

    @model_validator(mode="after")
    def _reads_a_page_twice_in_one_look(self) -> Self:
        if self.http is not None and self.every_s > PAGE_LONGEST_S:
            raise ValueError(f"every is {self.every_s:g} s; of a page at most {PAGE_LONGEST_S:g}s")
        return self
