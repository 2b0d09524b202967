"""The engine's multiplexed stream: stdout and stderr of a container or exec without a terminal, in one stream.

Engine API, ``POST /containers/{id}/attach``, "Stream format": frames of an 8-byte header (stream number, three zero
bytes, big-endian length) and that many bytes. Number 3 is an error of the engine itself (``stdcopy.Systemerr``).
"""

from dataclasses import dataclass, field

from seatrial.errors import CutShort, Refused
from seatrial.sanitise import clean

_HEADER = 8
_STDOUT, _STDERR, _ENGINE = 1, 2, 3


@dataclass(slots=True)
class Demultiplexer:
    """Takes a multiplexed stream piece by piece.

    :param cap: bytes of stdout and stderr together after which it gives up.
    :param merged: put both into ``stdout``, in the order in which they come.
    """

    cap: int
    merged: bool = False
    stdout: bytearray = field(default_factory=bytearray)
    stderr: bytearray = field(default_factory=bytearray)
    _rest: bytearray = field(default_factory=bytearray)
    _inside: int = 0
    _stream: int = 0

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the stream.

        :raises CutShort: when there are more than ``cap``, or they are no such stream.
        :raises Refused: when the engine reports an error in the stream.
        """
        self._rest += data
        while self._take():
            pass
        if len(self.stdout) + len(self.stderr) > self.cap:
            raise CutShort(f"more than {self.cap} bytes of output; the rest was not read")

    def end(self) -> None:
        """Say that the stream ended.

        :raises CutShort: when it ended inside a frame.
        """
        if self._inside or self._rest:
            raise CutShort("the stream ended in the middle of a frame")

    def _take(self) -> bool:
        if self._inside == 0:
            return self._take_header()
        piece = bytes(self._rest[: self._inside])
        del self._rest[: len(piece)]
        self._inside -= len(piece)
        if self._stream == _ENGINE:
            raise Refused(f"the engine ended the stream: {clean(piece)}")
        (self.stderr if self._stream == _STDERR and not self.merged else self.stdout).extend(piece)
        return bool(self._rest)

    def _take_header(self) -> bool:
        if len(self._rest) < _HEADER:
            return False
        self._stream, zeros, length = self._rest[0], bytes(self._rest[1:4]), int.from_bytes(self._rest[4:_HEADER])
        if self._stream > _ENGINE or zeros != b"\0\0\0":
            raise CutShort("the stream is not the engine's multiplexed format")
        del self._rest[:_HEADER]
        self._inside = length
        return bool(self._rest)
