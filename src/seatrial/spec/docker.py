"""Where a Docker Engine is."""

import re
from typing import Annotated, ClassVar, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from seatrial.spec.expectation import Model
from seatrial.spec.inventory.host_names import host_address, host_name
from seatrial.spec.scalars import Line

SSH = "ssh://"
_FORMS = "allowed: unix:///path, tcp://host:port or ssh://NAME"


def engine_url(text: str) -> str:
    """Check where an engine is said to be.

    :raises ValueError: for anything but ``unix:///path``, ``tcp://host:port`` and ``ssh://NAME``.
    """
    scheme, _, rest = text.partition("://")
    if scheme == "unix" and rest.startswith("/") and rest.isprintable():
        return text
    if scheme == "tcp" and _is_host_and_port(text, rest):
        return text
    if scheme != "ssh":
        raise ValueError(f"{text[:80]!r} is no address of an engine; {_FORMS}")
    if re.search("[@/:]", rest):
        raise ValueError(f"{text[:80]!r}: write ssh://NAME; user and port are said in hosts.named, ssh: or ssh's files")
    host_name(rest)
    return text


def _is_host_and_port(text: str, rest: str) -> bool:
    try:
        parts = urlsplit(text)
        host_address(parts.hostname or "")
        return bool(parts.port) and re.fullmatch(r"(\[[^\]/@]+\]|[^:/@?#]+):[0-9]+/?", rest) is not None
    except ValueError:
        return False


EngineUrl = Annotated[Line, AfterValidator(engine_url)]


class TlsSpec(Model):
    """How an engine behind TLS and we know each other; all files are PEM."""

    FILES: ClassVar = ("ca", "cert", "key")

    ca: Line | None = Field(None, description="certificates that may have signed its own; those of this system else")
    cert: Line | None = Field(None, description="our certificate, where it asks for one")
    key: Line | None = Field(None, description="the key of that certificate, without a passphrase")
    verify: bool = Field(True, strict=True, description="whether its certificate must be right; false accepts any")

    @model_validator(mode="after")
    def _certificate_and_key_go_together(self) -> Self:
        if bool(self.cert) != bool(self.key):
            raise ValueError("gives only one of cert and key; a certificate is of use only with its key")
        return self


class DockerSpec(Model):
    """Where the Docker Engine is."""

    engine: EngineUrl | None = Field(
        None,
        description="unix:///path, tcp://host:port, or ssh://NAME for the engine of a host in `hosts`; "
        "DOCKER_HOST, the docker context or the usual socket else",
    )
    tls: TlsSpec | None = Field(
        None, description="for tcp://, how TLS is spoken; DOCKER_TLS_VERIFY and DOCKER_CERT_PATH, or the context else"
    )

    @model_validator(mode="after")
    def _tls_is_for_tcp(self) -> Self:
        if self.tls and self.engine and not self.engine.startswith("tcp://"):
            raise ValueError(f"gives tls for {self.engine}; TLS is for tcp://host:port only")
        return self
