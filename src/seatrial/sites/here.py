"""The machine on which an engine runs, where that is asked from here."""

from seatrial.deadline import Deadline
from seatrial.host import Access
from seatrial.transports.dialler import Dialler, Here
from seatrial.transports.engine_address import EngineAddress
from seatrial.transports.proc import ProcReader


class HereHarbour:
    """An engine that is asked from here, and whose containers may run on this machine.

    :param reader: of this machine.
    """

    def __init__(self, address: EngineAddress, reader: ProcReader) -> None:
        self.address, self.reader = address, reader
        self.dialler: Dialler = Here(address)
        self.access: Access | None = None

    def usable(self) -> str:
        """Empty, or why this machine's /proc cannot be read in full."""
        return self.reader.usable()

    def begin(self) -> None:
        """Start the reader early: it is ready when the engine has answered."""
        if not self.reader.usable():
            self.reader.start()

    def arrive(self, deadline: Deadline) -> None:
        """We are here."""

    def explained(self, problem: str) -> str:
        """Why the engine could not be asked: all is said."""
        return problem
