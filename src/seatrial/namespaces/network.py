"""The network of a stack: one bridge, and a pair of virtual cables for each service."""

import subprocess
from collections.abc import Iterable, Mapping

from seatrial.namespaces.plan import PlacedService

NETWORK = "10.77.0"
"""The first three numbers of all addresses; it is a network of its own, so it collides with nothing."""

_WITHIN_S = 20
_MAC = "02:5e:a7:00:00"


def make_bridge(ip: str) -> None:
    """Make the bridge in this network namespace.

    Its address is fixed: one that it borrows from its members changes when a member goes, and then every neighbour
    sends to the old one for a while.

    :param ip: the program.
    :raises OSError: where ip(8) fails.
    """
    lines = [
        "link set lo up",
        "link add name demo type bridge",
        f"link set demo address {_MAC}:01 up",
        f"addr add {NETWORK}.1/24 dev demo",
    ]
    _run(ip, lines)


def plug_in(ip: str, services: Mapping[int, PlacedService]) -> None:
    """Lay a cable from the bridge to each service.

    :param services: by the pid of their first process.
    :raises OSError: where ip(8) fails.
    """
    lines = []
    for pid, service in services.items():
        number = int(service.address.rpartition(".")[2])
        lines.append(f"link add name v{number} type veth peer name eth0 address {_MAC}:{number:02x} netns {pid}")
        lines.append(f"link set v{number} master demo up")
    _run(ip, lines)


def come_up(ip: str, address: str) -> None:
    """Give this service's end of the cable its address.

    :raises OSError: where ip(8) fails.
    """
    _run(ip, ["link set lo up", f"addr add {address}/24 dev eth0", "link set eth0 up"])


def _run(ip: str, lines: Iterable[str]) -> None:
    done = subprocess.run(
        [ip, "-batch", "-"], input="\n".join(lines), text=True, capture_output=True, timeout=_WITHIN_S, check=False
    )
    if done.returncode:
        raise OSError(f"{ip} -batch: {done.stderr.strip() or f'ended with {done.returncode}'}")
