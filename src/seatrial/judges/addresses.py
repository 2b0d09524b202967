"""Which peers a bound address answers."""

from ipaddress import IPv4Address, IPv6Address, ip_address

from seatrial.instance import Instance, Published
from seatrial.snapshot import Listener

Address = IPv4Address | IPv6Address


def parsed(text: str) -> Address | None:
    """An address, IPv4 inside IPv6 as IPv4; None for what is none."""
    try:
        address = ip_address(text.strip("[]"))
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def is_loopback(text: str) -> bool:
    """True for 127.0.0.0/8 and ::1."""
    address = parsed(text)
    return address is not None and address.is_loopback


def is_wildcard(text: str) -> bool:
    """True for 0.0.0.0 and ::."""
    address = parsed(text)
    return address is not None and address.is_unspecified


def same(one: str, other: str) -> bool:
    """Whether two texts are one address."""
    return one == other or (parsed(one) is not None and parsed(one) == parsed(other))


def is_declared(item: Published, declared: int | str | bool | None) -> bool:
    """Whether a published port is the one that a deployment file means: any, that host port, or that address and port.

    :param declared: ``published`` of a port, as the file has it.
    """
    if declared is True:
        return True
    address, _, port = str(declared).rpartition(":")
    if str(item.host_port) != port:
        return False
    return not address or same(address, item.host_ip or "0.0.0.0")


def families(listener: Listener) -> set[int]:
    """IP versions that a listener answers; a dual-stack ``::`` answers both, see ``IPV6_V6ONLY`` in ipv6(7)."""
    address = parsed(listener.address)
    if address is None or address.version == 4:
        return {4}
    return {4, 6} if address.is_unspecified and not listener.v6only else {6}


def families_of(instance: Instance) -> set[int]:
    """IP versions at which peers know it."""
    found = {parsed(text) for text in instance.addresses.values()}
    return {address.version for address in found if address is not None}


def peers_at(instance: Instance, port: int) -> str:
    """``172.17.0.2:8080``: where peers dial."""
    there = [f"[{text}]:{port}" if ":" in text else f"{text}:{port}" for text in instance.addresses.values() if text]
    return ", ".join(there) or f"the {instance.noun}'s address, port {port}"
