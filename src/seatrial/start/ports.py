"""Published ports, in compose's short and long form."""

import ipaddress
import re

from seatrial.start.fields import Field
from seatrial.start.model import Port
from seatrial.start.notation import choice, whole

_SHORT = re.compile(
    r"(?:(?:(?P<ip>\[[0-9A-Fa-f:.]+\]|[\d.]+):)?(?P<published>\d+(?:-\d+)?)?:)?"
    r"(?P<target>\d+(?:-\d+)?)(?:/(?P<protocol>\w+))?"
)
_number = whole(1, 65535)
_protocol = choice("tcp", "udp", "sctp")


def ports(field: Field) -> tuple[Port, ...]:
    """Read the list of ports of one service."""
    none: tuple[Port, ...] = ()
    found = [port for item in field.items() for port in (_long(item) if item.mapped else item.read(_short, none))]
    if len({(port.target, port.protocol, port.host_ip, port.published) for port in found}) < len(found):
        field.complain("a port is listed twice")
    return tuple(found)


def _short(text: str) -> tuple[Port, ...]:
    found = _SHORT.fullmatch(text)
    if not found:
        raise ValueError(
            f"{text!r} is no port; write 80, 8080:80, 8080:80/udp, 127.0.0.1::80, 127.0.0.1:8080:80 or 80-81"
        )
    host_ip = _address((found["ip"] or "").strip("[]"))
    protocol = _protocol(found["protocol"] or "tcp")
    targets = _range(found["target"])
    published = _range(found["published"]) if found["published"] else [0] * len(targets)
    if len(published) != len(targets):
        raise ValueError(f"{text!r}: the two ranges differ in length")
    pairs = zip(targets, published, strict=True)
    return tuple(Port(target, outer, host_ip, protocol) for target, outer in pairs)


def _long(field: Field) -> tuple[Port, ...]:
    keys = field.keys(("target", "published", "host_ip", "protocol"))
    if "target" not in keys:
        field.complain("target is missing: the port inside the container")
        return ()
    target = keys["target"].read(_number, 0)
    published = keys["published"].read(_number, 0) if "published" in keys else 0
    host_ip = keys["host_ip"].read(_address, "") if "host_ip" in keys else ""
    return (Port(target, published, host_ip, keys["protocol"].read(_protocol, "") if "protocol" in keys else "tcp"),)


def _range(text: str) -> list[int]:
    low, _, high = text.partition("-")
    first, last = _number(low), _number(high or low)
    if last < first:
        raise ValueError(f"the range {text} runs backwards")
    return list(range(first, last + 1))


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text)) if text else ""
    except ValueError:
        raise ValueError(f"{text!r} is no IP address") from None
