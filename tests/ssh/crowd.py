"""Many hosts behind one bastion: each port of a server counts for one."""

import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from seatrial.deadline import Deadline
from seatrial.errors import SeatrialError
from seatrial.spec.inventory.host import Host
from seatrial.ssh.fleet import Fleet
from seatrial.ssh.wishes import Wishes

from .berth import Berth
from .harbour import Harbour

FIRST_PORT = 2200
PORTS = 15
"""Of one server; sshd listens on 16 sockets at most (MAX_LISTEN_SOCKS)."""

PROBE = b"x" * 20_000
WITHIN_S = 60


@dataclass(frozen=True, slots=True)
class Crowd:
    """Servers that stand for many hosts.

    :param hosts: all of them, for an inventory.
    """

    harbour: Harbour
    hosts: tuple[Host, ...]

    def fleet(self) -> Fleet:
        """New connections to them."""
        wishes = Wishes(config=self.harbour.ssh_config, jump="bastion", within_s=WITHIN_S)
        return Fleet(wishes, (), {**os.environ, "SSH_AUTH_SOCK": ""})


def crowd(harbour: Harbour, count: int) -> Crowd:
    """Start servers that listen on so many ports in all."""
    hosts: list[Host] = []
    lines: list[str] = []
    for at in range(0, count, PORTS):
        ports = list(range(FIRST_PORT, FIRST_PORT + min(PORTS, count - at)))
        berth = harbour.target(f"crowd-{at}", Port=ports, AddressFamily="inet", MaxStartups=100)
        hosts += [Host(f"{berth.name}-{port}", berth.address, port) for port in ports]
        lines += [_known(berth, port) for port in ports]
    harbour.trust(*harbour.berths.values())
    with harbour.known_hosts.open("a") as file:
        file.writelines(lines)
    return Crowd(harbour, tuple(hosts))


def lost(fleet: Fleet, hosts: Sequence[Host], *, closes: bool = False) -> list[str]:
    """Run one probe on each of these hosts, all at once; why some did not answer.

    :param closes: whether each also opens a channel on the jump host's connection, and closes it while others work.
    """
    problems: list[str] = []
    lock = threading.Lock()

    def probe(host: Host) -> None:
        try:
            link = fleet.reach(host, Deadline.within(WITHIN_S))
            if closes:
                link.dial_beside(host.port, Deadline.within(WITHIN_S)).close()
            ran = link.run("wc -c", stdin=PROBE, deadline=Deadline.within(WITHIN_S), cap=1000)
            if ran.stdout.strip() != str(len(PROBE)).encode():
                raise SeatrialError(f"answered {ran}")
        except (SeatrialError, OSError) as error:
            with lock:
                problems.append(f"{host.name}: {error}")

    fleet.begin(hosts)
    with ThreadPoolExecutor(len(hosts)) as pool:
        list(pool.map(probe, hosts))
    return problems


def _known(berth: Berth, port: int) -> str:
    return f"[{berth.address}]:{port} {berth.host_key}\n"
