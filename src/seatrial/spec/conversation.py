"""What is said to a port, and what must come back."""

from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from seatrial.spec.expectation import Model
from seatrial.spec.scalars import Deadline, Duration, HttpPath, Line, Text

HeaderName = Annotated[Line, Field(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")]
"""A token (RFC 9110, 5.6.2)."""


def _host_name(text: str) -> str:
    """As certificates hold it: letters of other scripts as xn--… (RFC 5890)."""
    try:
        return text.encode("idna").decode("ascii")
    except UnicodeError:
        raise ValueError(
            f"{text!r} is no host name; allowed: labels of 1 to 63 letters, with dots between, as app.example.org"
        ) from None


HostName = Annotated[Line, Field(max_length=255), AfterValidator(_host_name)]


class TlsSpec(Model):
    """What a TLS handshake must show; whether a chain of trust leads to the certificate is not asked."""

    name: HostName | None = Field(None, description="host name to ask for (SNI), which the certificate must cover")
    valid_for: Duration | None = Field(None, description="how long the certificate must still be valid")


def _tls(value: Any) -> Any:
    if value is True:
        return {}
    if value is False:
        raise ValueError("false asks for nothing; leave tls out, or give true or {name: HOST, valid_for: 14d}")
    return value


class Conversation(Model):
    """What is said to a port and what must come back."""

    send: str = Field("", description="text to send after connecting; \\n and \\r\\n as YAML writes them")
    expect: Text | None = Field(None, description="text that the answer must hold")
    http: HttpPath | None = Field(None, description="path for an HTTP GET, instead of send and expect")
    status: int = Field(200, ge=100, le=599, strict=True, description="status that the HTTP answer must have")
    headers: dict[HeaderName, Line] = Field({}, description="header of the HTTP answer → value that it must have")
    tls: Annotated[TlsSpec | None, BeforeValidator(_tls)] = Field(
        None, description="true, or what the handshake must show; everything else is then said through TLS"
    )
    within: Deadline = Field(2.0, description="deadline for the answer")

    @model_validator(mode="after")
    def _asks_one_thing(self) -> Self:
        if self.http is None and self.expect is None and (self.tls is None or self.send):
            raise ValueError("expects nothing; give expect (with or without send), tls, or http with a path")
        if self.http is not None and self.send:
            raise ValueError("has both http and send; give one of them")
        if self.http is None and "status" in self.model_fields_set:
            raise ValueError("has a status without http; give http with a path")
        if self.http is None and self.headers:
            raise ValueError("has headers without http; give http with a path")
        return self
