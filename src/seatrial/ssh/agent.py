"""Keys of an agent, asked over its socket (OpenSSH's PROTOCOL.agent); it signs, and no key leaves it."""

import errno
import socket
import struct

from paramiko.agent import AgentKey, AgentSSH
from paramiko.message import Message

from seatrial.deadline import Deadline
from seatrial.errors import TooLate
from seatrial.sanitise import clean

CAP = 256 * 1024
"""Longest answer in bytes, and most keys in one: those of ssh(1), MAX_AGENT_REPLY_LEN of ``authfd.c`` and the next."""

MOST_KEYS = 2048

_IDENTITIES = 12
"""SSH_AGENT_IDENTITIES_ANSWER, which begins with their number."""


class Agent(AgentSSH):
    """A connection to an agent, for one authentication.

    Telling its keys may take half of what is left until the deadline, so that one that hangs leaves time for other
    keys; signing may take all of it, since a person may be asked.

    :param path: of its socket.
    :raises OSError: when nothing answers there, or not in time.
    """

    def __init__(self, path: str, deadline: Deadline) -> None:
        super().__init__()
        self._deadline = Deadline.within(deadline.left() / 2)
        self._sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._sock.settimeout(self._left())
            self._sock.connect(path)
            self._connect(self._sock)  # type: ignore[attr-defined]
            self._deadline = deadline
        except BaseException:
            self._sock.close()
            raise

    def close(self) -> None:
        """End the connection; its keys sign no more."""
        self._sock.close()

    def _send_message(self, msg: bytes | Message) -> tuple[int, Message]:
        """Ask it; paramiko's own way takes any length of an answer."""
        data = msg if isinstance(msg, bytes) else msg.asbytes()
        self._sock.settimeout(self._left())
        self._sock.sendall(struct.pack(">I", len(data)) + data)
        (size,) = struct.unpack(">I", self._exactly(4))
        if not 0 < size <= CAP:
            raise OSError(f"the agent answers with {size} bytes")
        answer = Message(self._exactly(size))
        kind, body = ord(answer.get_byte()), answer.get_remainder()
        if kind == _IDENTITIES and int.from_bytes(body[:4], "big") > MOST_KEYS:
            raise OSError(f"the agent tells of more than {MOST_KEYS} keys")
        return kind, Message(body)

    def _exactly(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            self._sock.settimeout(self._left())
            piece = self._sock.recv(size - len(data))
            if not piece:
                raise OSError("the agent hung up")
            data += piece
        return bytes(data)

    def _left(self) -> float:
        try:
            return self._deadline.left()
        except TooLate as error:
            raise TimeoutError(errno.ETIMEDOUT, f"no answer within {self._deadline.within_s:.2g} s") from error


def named(key: AgentKey) -> str:
    """What a key of an agent is called in messages."""
    return f"agent key {clean(key.comment, 60)!r}" if key.comment else "agent key"
