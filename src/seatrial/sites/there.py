"""The machine on which an engine runs, where that is behind SSH."""

from seatrial.deadline import Deadline
from seatrial.host import Access
from seatrial.transports.declared import ENGINE_SOCKET
from seatrial.transports.dialler import Dialler
from seatrial.transports.engine_address import EngineAddress
from seatrial.transports.remote import Remote
from seatrial.transports.remote_engine import RemoteDialler


class ThereHarbour:
    """An engine on a host behind SSH.

    :param remote: that host.
    """

    def __init__(self, address: EngineAddress, remote: Remote) -> None:
        self.address, self.reader = address, remote
        self.dialler: Dialler = RemoteDialler(remote)
        self._socket = ""

    @property
    def access(self) -> Access:
        """How the host was reached."""
        return self.reader.access

    def usable(self) -> str:
        """Empty, or why its /proc cannot be read in full."""
        return self.reader.usable()

    def begin(self) -> None:
        """Start to connect."""
        self.reader.begin()

    def arrive(self, deadline: Deadline) -> None:
        """Connect, unless it is connected, before its engine is asked for anything.

        :raises NotReached: where it cannot be, or where it is another machine than the inventory means.
        """
        self._socket = self.reader.arrive(deadline)

    def explained(self, problem: str) -> str:
        """Why its engine could not be asked, with what the host tells of it."""
        host, user = self.reader.host.name, self.access.user
        if self._socket == "closed":
            remedy = "add it to the group of that socket, or give ssh: {sudo: true}"
            return f"{problem}: {ENGINE_SOCKET} on {host} is closed to {user}; {remedy}"
        if self._socket == "absent":
            return f"{problem}: {host} has no {ENGINE_SOCKET}; does an engine run there?"
        return problem
