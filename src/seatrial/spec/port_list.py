"""One line for many ports: ``9000-9063:19000-19063/udp``, ports inside the target, then those of the engine's host."""

import re
from typing import Any

from seatrial.spec.scalars import publication

LONGEST = 1024
"""Most ports of one line."""

_PORTS = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?(?::(?:(\[[0-9A-Fa-f:.]+\]|[0-9.]+):)?(\d{1,5})(?:-(\d{1,5}))?)?")


def written(text: str) -> dict[str, Any]:
    """The keys of what a short form means; one that is none is left for ``port`` to refuse.

    :raises ValueError: where the two ranges do not fit each other.
    """
    if text.startswith(("/", "@")):
        return {"unix": text}
    ports, _, proto = text.partition("/")
    found = _PORTS.fullmatch(ports)
    told: dict[str, Any] = {"proto": proto} if proto else {}
    if found is None:
        return {"port": ports, **told}
    first, last, address, host, host_last = found.groups()
    if host and _length(first, last) != _length(host, host_last):
        raise ValueError(
            f"{text!r} has {_length(first, last)} ports inside and {_length(host, host_last)} on the host; "
            "write inside:host (compose writes host:inside), each as long as the other"
        )
    published = publication(f"{address}:{host}" if address else int(host)) if host else None
    return {
        "port": int(first),
        **({"to": int(last)} if last else {}),
        **({"published": published} if published else {}),
        **told,
    }


def _length(first: str, last: str | None) -> int:
    return int(last or first) - int(first) + 1


def moved(published: int | str | bool | None, by: int) -> int | str | bool | None:
    """Where the port is published that is so many further in its range.

    :raises ValueError: where there is no such port.
    """
    if published is None or isinstance(published, bool) or not by:
        return published
    address, colon, port = str(published).rpartition(":")
    if int(port) + by > 65535:
        raise ValueError(f"published {published} and {by} further is no port; the last one is 65535")
    return f"{address}:{int(port) + by}" if colon else int(port) + by


def allowed(text: str | int) -> tuple[int, int, str]:
    """First and last port and protocol of ``5005``, ``6000-6010/udp``; empty for both protocols.

    :raises ValueError: for anything else.
    """
    found = re.fullmatch(r"(\d{1,5})(?:-(\d{1,5}))?(?:/(tcp|udp))?", str(text))
    first, last = (int(found[1]), int(found[2] or found[1])) if found and not isinstance(text, bool) else (0, 0)
    if not 1 <= first <= last <= 65535:
        raise ValueError(f"{text!r} is no port; write 5005, 5005/tcp or 6000-6010/udp")
    return first, last, (found and found[3]) or ""
