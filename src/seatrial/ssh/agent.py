"""Keys of an agent, asked over its socket (OpenSSH's PROTOCOL.agent); it signs, and no key leaves it."""

import socket
import struct

from paramiko.agent import AgentKey, AgentSSH
from paramiko.message import Message

from seatrial.sanitise import clean

WITHIN_S = 10.0
CAP = 4 * 1024 * 1024


class Agent(AgentSSH):
    """A connection to an agent, for one authentication.

    :param path: of its socket.
    :raises OSError: when nothing answers there.
    """

    def __init__(self, path: str) -> None:
        super().__init__()
        self._sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._sock.settimeout(WITHIN_S)
            self._sock.connect(path)
            self._connect(self._sock)  # type: ignore[attr-defined]
        except BaseException:
            self._sock.close()
            raise

    def close(self) -> None:
        """End the connection; its keys sign no more."""
        self._sock.close()

    def _send_message(self, msg: bytes | Message) -> tuple[int, Message]:
        """Ask it; paramiko's own way takes any length of an answer."""
        data = msg if isinstance(msg, bytes) else msg.asbytes()
        self._sock.sendall(struct.pack(">I", len(data)) + data)
        (size,) = struct.unpack(">I", self._exactly(4))
        if not 0 < size <= CAP:
            raise OSError(f"the agent answers with {size} bytes")
        answer = Message(self._exactly(size))
        return ord(answer.get_byte()), answer

    def _exactly(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            piece = self._sock.recv(size - len(data))
            if not piece:
                raise OSError("the agent hung up")
            data += piece
        return bytes(data)


def named(key: AgentKey) -> str:
    """What a key of an agent is called in messages."""
    return f"agent key {clean(key.comment, 60)!r}" if key.comment else "agent key"
