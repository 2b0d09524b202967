"""The ports on which every instance must listen."""

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from seatrial.spec.expectation import Expectation, Model
from seatrial.spec.scalars import Address, Deadline, HttpPath, Name, PortNumber, Publication, Text


class Conversation(Model):
    """What is said to a port and what must come back."""

    send: str = Field("", description="text to send after connecting; \\n and \\r\\n as YAML writes them")
    expect: Text | None = Field(None, description="text that the answer must hold")
    http: HttpPath | None = Field(None, description="path for an HTTP GET, instead of send and expect")
    status: int = Field(200, ge=100, le=599, strict=True, description="status that the HTTP answer must have")
    within: Deadline = Field(2.0, description="deadline for the answer")

    @model_validator(mode="after")
    def _asks_one_thing(self) -> Self:
        if self.http is None and self.expect is None:
            raise ValueError("expects nothing; give expect (with or without send), or http with a path")
        if self.http is not None and self.send:
            raise ValueError("has both http and send; give one of them")
        if self.http is None and "status" in self.model_fields_set:
            raise ValueError("has a status without http; give http with a path")
        return self


class PortSpec(Expectation):
    """A port on which every instance must listen."""

    port: PortNumber = Field(description="port number inside the target")
    proto: Literal["tcp", "udp"] = Field("tcp", description="protocol")
    bind: Address | None = Field(
        None, description="exact bind address; where it is not given, any that peers can reach (not loopback)"
    )
    owner: Name | None = Field(None, description="name of the declared process that must hold the socket")
    answer: Conversation | None = Field(None, description="what must come back; else only that it accepts")
    published: Publication | None = Field(
        None, description="host port, address:port, or true for any, on which the engine publishes it"
    )

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, data: Any) -> Any:
        if isinstance(data, int) and not isinstance(data, bool):
            return {"port": data}
        if isinstance(data, str):
            number, _, proto = data.partition("/")
            return {"port": int(number) if number.isdecimal() else number, **({"proto": proto} if proto else {})}
        return data

    @property
    def name(self) -> str:
        """``8080/tcp``, its key in check ids."""
        return f"{self.port}/{self.proto}"
