"""The hosts through which another one is reached, as ``-J`` of ssh(1) takes them."""

import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator

from seatrial.spec.inventory.host_names import host_name, user_name

NONE = "none"
"""Says that no jump host is used, whatever is said elsewhere."""

MOST_HOPS = 8

_HOP = re.compile(r"(?:(?P<user>[^@]*)@)?(?:\[(?P<six>[^\[\]]*)\]|(?P<host>[^@:\[\]]*))(?::(?P<port>[^:]*))?")
_ALLOWED = "write [user@]host[:port], several with commas, an IPv6 address in [ ], or none"


@dataclass(frozen=True, slots=True)
class Hop:
    """One jump host.

    :param host: its name in the inventory, an alias of the configuration of ssh, or its address.
    :param user: empty where it is not said.
    :param port: 0 where it is not said.
    """

    host: str
    user: str = ""
    port: int = 0


def hops(text: str) -> tuple[Hop, ...]:
    """Read ``a,user@b:2222``, nearest first; ``none`` and nothing are no hops.

    :raises ValueError: for what is no jump host, and for too many of them.
    """
    if text.strip(" ").lower() in ("", NONE):
        return ()
    parts = text.split(",")
    if len(parts) > MOST_HOPS:
        raise ValueError(f"found {len(parts)} jump hosts; allowed: at most {MOST_HOPS}")
    return tuple(_hop(part.strip(" ")) for part in parts)


def jump(text: str) -> str:
    """Check what is said of jump hosts, and write it without blanks.

    :raises ValueError: for what is no jump host.
    """
    told = hops(text)
    if not text.strip(" "):
        raise ValueError(f"{text!r} is no jump host; {_ALLOWED}")
    return ",".join(map(_written, told)) or NONE


def _hop(text: str) -> Hop:
    found = _HOP.fullmatch(text)
    try:
        if not found or (found["six"] is not None and ":" not in found["six"]):
            raise ValueError("it is none")
        user = "" if found["user"] is None else user_name(found["user"])
        return Hop(host_name(found["six"] or found["host"]), user, _port(found["port"]))
    except ValueError:
        raise ValueError(f"{text[:80]!r} is no jump host; {_ALLOWED}") from None


def _port(text: str | None) -> int:
    if text is None:
        return 0
    if not re.fullmatch("[0-9]{1,5}", text) or not 1 <= int(text) <= 65535:
        raise ValueError("it is none")
    return int(text)


def _written(hop: Hop) -> str:
    host = f"[{hop.host}]" if ":" in hop.host else hop.host
    return (f"{hop.user}@" if hop.user else "") + host + (f":{hop.port}" if hop.port else "")


Jump = Annotated[str, AfterValidator(jump)]
