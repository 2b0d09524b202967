"""The service's own numbers."""

from typing import Any, Self

from pydantic import Field, model_validator

from seatrial.spec.expectation import Expectation, Model
from seatrial.spec.naming import last_part
from seatrial.spec.scalars import Deadline, Expected, HttpPath, Line, Name, PortNumber, Text


class HttpStatus(Model):
    """A status page inside the target."""

    port: PortNumber = Field(description="port inside the target")
    path: HttpPath = Field("/", description="path of the GET")
    within: Deadline = Field(2.0, description="deadline for the answer")


class StatusSpec(Expectation):
    """A command or a page that tells the service's own numbers."""

    name: Name = Field("", description="its name in check ids; the command's last part or http where it is not given")
    command: tuple[Text, ...] | None = Field(None, min_length=1, description="argv, run inside the target")
    user: Line | None = Field(None, description="user that runs the command")
    within: Deadline = Field(5.0, description="deadline for the command")
    http: HttpStatus | None = Field(None, description="page to read instead of a command")
    expect: dict[Line, Expected] = Field(
        min_length=1, description="key → value, or a comparison such as '>= 1'; keys of JSON are dotted paths"
    )

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
