"""What the kernel tells of a whole network: lost connections, and the ports that it gives to clients."""

from seatrial.errors import CouldNotLook, CutShort
from seatrial.parsers.frames import Frames


def overflows(frames: Frames) -> int | None:
    """``ListenOverflows`` of ``/proc/net/netstat`` (proc(5): a line of names, a line of values); None where not read.

    :raises CouldNotLook: where it is not there.
    """
    if frames.find("netstat") is None:
        return None
    lines = [line.split() for line in frames.read("netstat").decode("ascii", "replace").splitlines()]
    names, values = (*(line for line in lines if line[:1] == ["TcpExt:"]), [], [])[:2]
    told = dict(zip(names, values, strict=False)).get("ListenOverflows", "")
    if not told.isdecimal():
        raise CouldNotLook("/proc/net/netstat has no ListenOverflows")
    return int(told)


def client_ports(frames: Frames) -> tuple[int, int]:
    """``net.ipv4.ip_local_port_range`` of the target's network (ip(7)).

    :raises CouldNotLook: where it could not be read.
    """
    words = frames.read("clientports").split()
    if len(words) != 2 or not all(word.isdigit() for word in words):
        raise CutShort("ip_local_port_range is no pair of ports")
    return int(words[0]), int(words[1])
