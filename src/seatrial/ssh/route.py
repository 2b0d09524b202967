"""The way to a host: its jump hosts and itself, nearest first."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from seatrial.spec.inventory.host import Host
from seatrial.spec.inventory.jump import MOST_HOPS, Hop, hops
from seatrial.ssh.destination import Destination
from seatrial.ssh.effective import Reader
from seatrial.ssh.offspring import Offspring
from seatrial.ssh.settings import Settings
from seatrial.ssh.trouble import no_route
from seatrial.ssh.wishes import Wishes

Route = tuple[Settings, ...]

_BRACKETS = re.compile(r"\[([^][:]*)\]")
"""``ssh -G`` also writes them round IPv4 addresses."""


class Routes:
    """Finds the way to hosts.

    :param inventory: a jump that is named in it has its address, port, user and jump from there.
    :param offspring: runs ssh(1), and whoever made it ends that.
    """

    def __init__(
        self,
        wishes: Wishes,
        inventory: Iterable[Host],
        environ: Mapping[str, str],
        offspring: Offspring | None = None,
    ) -> None:
        self._wishes = wishes
        self._hosts = {host.name: host for host in inventory}
        self._reader = Reader(wishes, environ, offspring or Offspring(wishes.without_secret(environ)))

    def to(self, host: Host) -> Route:
        """The way to a host.

        :raises HopFailed: when its settings cannot be read or followed.
        """
        jump = host.jump or self._usual_jump(host.name)
        wanted = Destination(
            host.name, host.address, host.port or self._wishes.port, host.user or self._wishes.user, jump
        )
        return self._found(wanted, ())

    def _usual_jump(self, name: str) -> str:
        """The jump of the ``ssh:`` section, but not for a host that is itself one of its hops."""
        return "" if name in {hop.host for hop in hops(self._wishes.jump)} else self._wishes.jump

    def _found(self, wanted: Destination, seen: tuple[tuple[str, int, str], ...]) -> Route:
        settings = self._reader.settings(wanted)
        called = (settings.host, settings.port, settings.user)
        if called in seen or len(seen) >= MOST_HOPS:
            chain = " → ".join((*(host for host, _, _ in reversed(seen)), settings.host))
            raise no_route(f"ProxyJump goes round in a circle, or through more than {MOST_HOPS} hosts: {chain}")
        if not settings.jump:
            return (settings,)
        *before, last = _hops(settings.jump)
        return (*self._found(self._hop(last, before), (called, *seen)), replace(settings, jump=""))

    def _hop(self, hop: Hop, before: list[Hop]) -> Destination:
        """A jump host; what ``-J a,b`` says before it counts more than its own jump, as for ssh(1)."""
        host = self._hosts.get(hop.host, Host(hop.host))
        jump = ",".join(map(_written, before)) or host.jump
        wanted = Destination(host.name, host.address, hop.port or host.port, hop.user or host.user, jump).checked()
        if not wanted.user and self._wishes.user and not self._reader.said_user(wanted):
            return replace(wanted, user=self._wishes.user)
        return wanted


def _hops(jump: str) -> list[Hop]:
    try:
        return list(hops(_BRACKETS.sub(r"\1", jump.replace("ssh://", ""))))
    except ValueError as error:
        raise no_route(f"ProxyJump {jump}: {error}") from error


def _written(hop: Hop) -> str:
    host = f"[{hop.host}]" if ":" in hop.host else hop.host
    return (f"{hop.user}@" if hop.user else "") + host + (f":{hop.port}" if hop.port else "")
