"""paramiko's transport, with what it does not tell: why a channel was refused, what the server offered and said last.

paramiko 5.1 keeps one exception for all channels of a connection, so that a thread may take another one's. The methods
that are extended here are its own (``paramiko/transport.py``); the tests of this package hold them to it.
"""

import logging
import struct
import threading
from collections.abc import Sequence
from typing import Any

import paramiko
from paramiko.common import (
    MSG_CHANNEL_CLOSE,
    MSG_CHANNEL_DATA,
    MSG_CHANNEL_EOF,
    MSG_CHANNEL_EXTENDED_DATA,
    MSG_CHANNEL_REQUEST,
    MSG_CHANNEL_WINDOW_ADJUST,
)

from seatrial.deadline import Deadline
from seatrial.errors import CouldNotLook, TooLate
from seatrial.sanitise import clean

_LOG = "seatrial.ssh.paramiko"
"""A log of its own, which nobody reads: what matters of it is told by errors. That of a user's paramiko is theirs."""

logging.getLogger(_LOG).addHandler(logging.NullHandler())
logging.getLogger(_LOG).propagate = False
logging.getLogger(_LOG).setLevel(logging.CRITICAL)

KEEPALIVE_S = 15
_KEY_EXCHANGE_S = 5.0
_OF_A_CHANNEL = (
    MSG_CHANNEL_CLOSE,
    MSG_CHANNEL_DATA,
    MSG_CHANNEL_EOF,
    MSG_CHANNEL_EXTENDED_DATA,
    MSG_CHANNEL_REQUEST,
    MSG_CHANNEL_WINDOW_ADJUST,
)
_OFFERS = (
    ("key exchange", "kex_algo_list", "preferred_kex"),
    ("host key", "server_key_algo_list", "preferred_keys"),
    ("cipher", "client_encrypt_algo_list", "preferred_ciphers"),
    ("MAC", "client_mac_algo_list", "preferred_macs"),
)


class ChannelRefused(CouldNotLook):
    """The server refused a channel (RFC 4254, 5.1).

    :ivar code: 1 administratively prohibited, 2 connect failed, 3 unknown type, 4 resource shortage.
    :ivar said: the server's own words.
    """

    def __init__(self, code: int, said: str) -> None:
        self.code, self.said = code, said
        super().__init__(f"channel refused: {said}")


class Transport(paramiko.Transport):
    """One SSH connection."""

    def __init__(self, wire: Any) -> None:
        super().__init__(wire)
        self.set_log_channel(_LOG)
        self.clear_to_send_timeout = _KEY_EXCHANGE_S
        self.parting = ""
        self._order = threading.Lock()
        self._closed_channels: set[int] = set()
        self._asked = threading.local()
        self._refusals: dict[int, tuple[int, str]] = {}
        self._offered: dict[str, Any] = {}

    @property
    def preferred_keys(self) -> Sequence[str]:
        """Kinds of host keys; certificates of hosts are not among them, since nothing here checks one."""
        return tuple(self._filter_algorithm("keys"))  # type: ignore[attr-defined]

    def open(self, kind: str, deadline: Deadline, target: tuple[str, int] | None = None) -> paramiko.Channel:
        """Open a channel.

        :raises ChannelRefused: when the server refuses it.
        :raises TooLate: at the deadline.
        :raises CouldNotLook: when the connection is cut.
        """
        left = deadline.left()
        self._asked.chanid = None
        try:
            return self.open_channel(kind, target, ("127.0.0.1", 0) if target else None, timeout=left)
        except (paramiko.SSHException, EOFError, OSError) as error:
            refusal = self._refusals.pop(self._asked.chanid, None)
            if refusal:
                raise ChannelRefused(*refusal) from error
            if deadline.passed and self.is_active():
                raise TooLate(f"no answer within {deadline.within_s:g} s") from error
            raise CouldNotLook(f"the connection was cut{self.last_words}") from error

    @property
    def last_words(self) -> str:
        """What the server said when it ended the connection, behind a colon."""
        return f": {self.parting}" if self.parting else ""

    def disagreement(self) -> str:
        """What both sides offered where they have nothing in common."""
        for name, theirs, ours in _OFFERS:
            offered, wanted = self._offered.get(theirs, ()), getattr(self, ours)
            if offered and not set(offered) & set(wanted):
                return f"no common {name}: it offers {', '.join(offered)}; allowed here: {', '.join(wanted)}"
        return ""

    def _send_message(self, data: Any) -> None:
        """Send it, unless it is for a channel that we have closed.

        paramiko checks that before it takes its turn to send, and may close the channel between the two; sshd ends the
        whole connection then, with all other channels ("nonexistent channel").
        """
        with self._order:
            kind, channel = _channel_of(data.asbytes())
            if kind in _OF_A_CHANNEL:
                if channel in self._closed_channels:
                    return
                if kind == MSG_CHANNEL_CLOSE:
                    self._closed_channels.add(channel)
            super()._send_message(data)  # type: ignore[misc]

    def _parse_channel_open_success(self, m: paramiko.Message) -> None:
        m.get_int()
        self._closed_channels.discard(m.get_int())  # the server numbers them, and takes a number again
        m.rewind()
        super()._parse_channel_open_success(m)  # type: ignore[misc]

    def _parse_channel_open_failure(self, m: paramiko.Message) -> None:
        chanid, code, said = m.get_int(), m.get_int(), m.get_binary()
        self._refusals[chanid] = (code, clean(said, 200))
        m.rewind()
        super()._parse_channel_open_failure(m)  # type: ignore[misc]

    def _next_channel(self) -> int:
        self._asked.chanid = chanid = super()._next_channel()  # type: ignore[misc]
        return int(chanid)

    def _parse_disconnect(self, m: paramiko.Message) -> None:
        m.get_int()
        self.parting = clean(m.get_binary(), 200)

    def _really_parse_kex_init(self, m: paramiko.Message, ignore_first_byte: bool = False) -> dict[str, Any]:
        parsed: dict[str, Any] = super()._really_parse_kex_init(m, ignore_first_byte)  # type: ignore[misc]
        self._offered = {name: tuple(value) for name, value in parsed.items() if isinstance(value, list)}
        return parsed


def _channel_of(data: bytes) -> tuple[int, int]:
    """Type of a message, and the receiver's number of the channel that it is for (RFC 4254, 5)."""
    return data[0], struct.unpack_from(">I", data, 1)[0] if len(data) >= 5 else -1
