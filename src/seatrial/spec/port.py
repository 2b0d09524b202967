"""The ports on which every instance must listen."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, field_validator, model_validator

from seatrial.spec.conversation import Conversation as Conversation
from seatrial.spec.expectation import Expectation
from seatrial.spec.port_list import LONGEST, allowed, moved, written
from seatrial.spec.scalars import Address, Deadline, Name, PortNumber, Publication, UnixAddress


def _allowed(value: Any) -> Any:
    allowed(value)
    return str(value)


Allowed = Annotated[str, BeforeValidator(_allowed), WithJsonSchema({"type": ["integer", "string"]})]

_OF_A_PORT = ("port", "to", "proto", "bind", "published", "opens_within", "reach", "families")
"""Keys that do not go with `unix`."""

_OF_ANY = (*_OF_A_PORT, "unix", "owner", "answer")
"""Keys that do not go with `only`."""


class PortSpec(Expectation):
    """A port or unix socket on which every instance must listen, or that there are no other ports."""

    port: PortNumber = Field(0, description="port number inside the target; as text also inside:host, or two ranges")
    to: PortNumber | None = Field(None, description="last port of a range that begins with `port`; each is one port")
    proto: Literal["tcp", "udp"] = Field("tcp", description="protocol")
    unix: UnixAddress | None = Field(
        None,
        description="instead of a port: path of a unix socket, @name of an abstract one; both also as text",
    )
    only: Literal[True] | None = Field(None, description="instead of a port: no other port has a listener")
    allow: tuple[Allowed, ...] = Field((), description="with only: further ports, as 5005 or 6000-6010/udp")
    bind: Address | None = Field(
        None, description="exact bind address; where it is not given, any that peers can reach (not loopback)"
    )
    owner: Name | None = Field(None, description="name of the declared process that must hold the socket")
    answer: Conversation | None = Field(None, description="what must come back; else only that it accepts")
    published: Publication | None = Field(
        None, description="host port, address:port, or true for any, on which the engine publishes it"
    )
    opens_within: Deadline | None = Field(None, description="how long after its start it may take to listen")
    reach: Annotated[Literal[True] | None, Field(description="it can be reached from the engine's host")] = None
    families: tuple[Literal[4, 6], ...] = Field((), description="IP versions that must be answered, each dialled")

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, data: Any) -> Any:
        if isinstance(data, int) and not isinstance(data, bool):
            return {"port": data}
        return written(data) if isinstance(data, str) else data

    @field_validator("families")
    @classmethod
    def _each_once(cls, families: tuple[int, ...]) -> tuple[int, ...]:
        if len(set(families)) < len(families):
            raise ValueError("has an IP version twice")
        return families

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        given = self.model_fields_set
        if self.only and (wrong := [key for key in _OF_ANY if key in given]):
            raise ValueError(f"has both only and {wrong[0]}; give {wrong[0]} to an item of its own")
        if self.unix and (wrong := [key for key in _OF_A_PORT if key in given]):
            raise ValueError(f"has both unix and {wrong[0]}; a unix socket takes owner and answer")
        if not given & {"port", "only", "unix"}:
            raise ValueError("key 'port' is missing; give port, unix: PATH, or only: true")
        if self.allow and not self.only:
            raise ValueError("has allow without only; give only: true")
        if self.proto == "udp" and (self.families or self.reach) and not self.answer:
            raise ValueError("over UDP only an answer proves anything; give answer")
        if self.answer and self.answer.tls and self.proto == "udp":
            raise ValueError("has tls over UDP; TLS needs TCP")
        return self

    @model_validator(mode="after")
    def _range_fits(self) -> Self:
        if self.to is not None and not self.port <= self.to < self.port + LONGEST:
            raise ValueError(f"goes to {self.to}; allowed: from {self.port}, at most {LONGEST} ports")
        moved(self.published, (self.to or self.port) - self.port)
        return self

    @property
    def name(self) -> str:
        """``8080/tcp`` or ``/run/app.sock``, its key in check ids."""
        if self.only or self.unix:
            return self.unix or "only"
        return f"{self.port}-{self.to}/{self.proto}" if self.to else f"{self.port}/{self.proto}"

    def each(self) -> Iterator["PortSpec"]:
        """Itself, or each port of its range."""
        if self.to is None:
            yield self
            return
        for by in range(self.to - self.port + 1):
            yield self.model_copy(update={"port": self.port + by, "to": None, "published": moved(self.published, by)})


def family_key(name: str, version: int) -> str:
    """Under what the connection over one IP version is filed."""
    return f"{name}:ipv{version}"


def reach_key(name: str) -> str:
    """Under what the connection from the engine's host is filed."""
    return f"{name}:reach"


def expanded(ports: Iterable[PortSpec]) -> tuple[PortSpec, ...]:
    """All ports, those of ranges one by one."""
    return tuple(one for port in ports for one in port.each())


Ports = Annotated[tuple[PortSpec, ...], AfterValidator(expanded)]
"""The ports of a service, as many as there are."""
