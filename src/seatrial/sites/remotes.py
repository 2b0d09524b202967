"""All hosts that one run reaches over SSH, each once, whatever runs on them."""

import threading
from collections.abc import Mapping

from seatrial.deadline import Deadline
from seatrial.spec.deployment import DeploymentSpec
from seatrial.spec.inventory.host import Host
from seatrial.ssh.fleet import Fleet
from seatrial.ssh.link import Link
from seatrial.ssh.wishes import wishes
from seatrial.transports.remote import Remote


class Remotes:
    """The hosts of a deployment, connected when they are first asked for.

    :param environ: environment in which keys, agent and passphrases are looked for.
    """

    def __init__(self, deployment: DeploymentSpec, environ: Mapping[str, str]) -> None:
        self._wishes, self._environ = wishes(deployment.ssh, environ), environ
        self._fleet: Fleet | None = None
        self._inventory = {host.name: host for host in deployment.inventory}
        self._sudo = bool(deployment.ssh.sudo)
        self._known: dict[Host, Remote] = {}
        self._lock = threading.Lock()

    def of(self, host: Host) -> Remote:
        """What reads a host, the same for all that ask for it."""
        return self._known.setdefault(host, Remote(self, host, sudo=self._sudo))

    def named(self, name: str, user: str = "", port: int = 0) -> Remote:
        """What reads a host that is only named: the one of the inventory, else what OpenSSH calls so."""
        return self.of(self._inventory.get(name) or Host(name, user=user, port=port))

    def begin(self, host: Host) -> None:
        """Start to connect; returns at once."""
        self._connections().begin([host])

    def reach(self, host: Host, deadline: Deadline) -> Link:
        """The connection to a host.

        :raises NotReached: where it cannot be reached, or must not be.
        """
        return self._connections().reach(host, deadline)

    def over(self) -> None:
        """A look is over, or another one begins."""
        for remote in list(self._known.values()):
            remote.over()

    def end(self) -> None:
        """End all connections; who asks again is connected anew."""
        self.over()
        with self._lock:
            fleet, self._fleet = self._fleet, None
        if fleet is not None:
            fleet.end()

    def _connections(self) -> Fleet:
        with self._lock:
            if self._fleet is None:
                self._fleet = Fleet(self._wishes, self._inventory.values(), self._environ)
            return self._fleet
