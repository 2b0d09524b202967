"""What a Tomcat's ``server.xml`` says of its connectors (Apache Tomcat, Configuration Reference, The HTTP Connector).

A file with a document type is not read: entities can fetch other files, and grow without end.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NoReturn
from xml.parsers import expat

from seatrial.errors import CouldNotLook

_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_DEPTH = 100


@dataclass(frozen=True, slots=True)
class Connector:
    """One ``<Connector>``.

    :param port: where it listens, None where that cannot be told.
    :param written: its port as the file has it.
    :param http: whether it speaks HTTP, with or without TLS; else AJP.
    """

    port: int | None
    written: str
    http: bool
    tls: bool


def connectors(data: bytes, value_of: Callable[[str], str | None]) -> tuple[Connector, ...]:
    """The connectors in a ``server.xml``.

    :param value_of: the value of a system property, None where it is not known.
    :raises CouldNotLook: where the file is no XML, or has a document type.
    """
    found = _Reader()
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    parser.StartElementHandler = found.begin
    parser.EndElementHandler = found.end
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise CouldNotLook(f"it cannot be read as XML: {error}") from None
    offset = _number(replaced(found.offset, value_of))
    return tuple(_connector(each, tls, offset, value_of) for each, tls in zip(found.connectors, found.tls, strict=True))


def replaced(text: str, value_of: Callable[[str], str | None]) -> str:
    """A text with its ``${name}`` and ``${name:-default}`` replaced; those whose value is not known stay.

    As Tomcat does it (IntrospectionUtils.replaceProperties).
    """

    def one(found: re.Match[str]) -> str:
        name, sign, default = found[1].partition(":-")
        value = value_of(name)
        return value if value is not None else default if sign else found[0]

    return _VARIABLE.sub(one, text)


class _Reader:
    """Gathers what is asked of the elements, and nothing else."""

    def __init__(self) -> None:
        self.connectors: list[Mapping[str, str]] = []
        self.tls: list[bool] = []
        self.offset = "0"
        self._depth = 0

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _DEPTH:
            raise CouldNotLook(f"its elements are more than {_DEPTH} deep")
        if name == "Server":
            self.offset = attributes.get("portOffset", "0")
        if name == "Connector":
            self.connectors.append(attributes)
            self.tls.append(attributes.get("SSLEnabled", "").lower() == "true")
        if name == "SSLHostConfig" and self.tls:
            self.tls[-1] = True

    def end(self, _: str) -> None:
        self._depth -= 1


def _refuse(*_: object) -> NoReturn:
    raise CouldNotLook("it has a document type (DTD), which is not read")


def _connector(
    attributes: Mapping[str, str], tls: bool, offset: int | None, value_of: Callable[[str], str | None]
) -> Connector:
    written, protocol = attributes.get("port", ""), replaced(attributes.get("protocol", "HTTP/1.1"), value_of)
    port = _number(replaced(written, value_of))
    moved = None if port is None or offset is None else port + offset
    return Connector(moved, written, protocol.startswith("HTTP/") or ".http11." in protocol, tls)


def _number(text: str) -> int | None:
    bare = text.strip()
    return int(bare) if bare.isascii() and bare.isdigit() and len(bare) <= 5 else None
