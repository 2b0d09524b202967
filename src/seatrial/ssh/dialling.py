"""Connecting one hop: TCP, banner, key exchange, the host's key, and only then who we are."""

import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import paramiko

from seatrial.deadline import Deadline
from seatrial.errors import CouldNotLook, TooLate
from seatrial.sanitise import clean
from seatrial.ssh.authentication import authenticate
from seatrial.ssh.identities import Identities
from seatrial.ssh.identity import kinds_known, objection
from seatrial.ssh.known import Entry, HostKey
from seatrial.ssh.line import Line
from seatrial.ssh.narrowing import narrow
from seatrial.ssh.offspring import Offspring
from seatrial.ssh.settings import Settings
from seatrial.ssh.shown import said_by, shown
from seatrial.ssh.tcp import connect
from seatrial.ssh.transport import KEEPALIVE_S, ChannelRefused, Transport
from seatrial.ssh.trouble import HopFailed, Obstacle, no_reach, no_route
from seatrial.ssh.wire import Proxy, Wire

_AGAIN_S = (0.1, 0.2, 0.4, 0.8, 1.0)
"""Waits before a connection is tried again that a server dropped before its banner (MaxStartups of sshd_config(5))."""

_PROHIBITED = 1


class Dropped(CouldNotLook):
    """A server hung up before it had said who it is."""


@dataclass(frozen=True, slots=True)
class Dialler:
    """Connects hops.

    :param offspring: runs a ProxyCommand.
    :param known: reads the host keys that are known of a hop.
    :param stopped: whether connections are no longer wanted.
    :param opened: told of every wire, to end it when nothing is wanted any more.
    """

    identities: Identities
    offspring: Offspring
    known: Callable[[Settings], Sequence[Entry]]
    stopped: Callable[[], bool]
    opened: Callable[[Callable[[], None]], None]

    def line(self, settings: Settings, via: Line | None) -> Line:
        """Connect and log in.

        :raises HopFailed: for anything that keeps us from it, told apart.
        """
        deadline = Deadline.within(settings.within_s)
        transport, wire, shown = self._met(settings, via, deadline)
        try:
            if obstacle := objection(settings, self._entries(settings), shown):
                raise HopFailed(obstacle)
            _check_size(settings, transport)
            authenticate(transport, settings, self.identities, deadline)
        except BaseException:
            _drop(transport, wire)
            raise
        transport.set_keepalive(KEEPALIVE_S)
        return Line(settings, transport, wire, shown.fingerprint, via)

    def key(self, settings: Settings, via: Line | None) -> HostKey:
        """The key that a host shows; nothing else is asked of it.

        :raises HopFailed: when it shows none.
        """
        transport, wire, shown = self._met(settings, via, Deadline.within(settings.within_s))
        _drop(transport, wire)
        return shown

    def _entries(self, settings: Settings) -> Sequence[Entry]:
        try:
            return self.known(settings)
        except CouldNotLook as error:
            raise HopFailed(Obstacle("host.identity", str(error))) from error

    def _met(self, settings: Settings, via: Line | None, deadline: Deadline) -> tuple[Transport, Wire, HostKey]:
        """Connect up to the host's key; a server that drops connections before its banner is tried again."""
        preferred = kinds_known(settings, self._entries(settings))
        tries = 0
        while True:
            tries += 1
            try:
                return self._once(settings, via, preferred, deadline)
            except Dropped as error:
                pause = _AGAIN_S[min(tries, len(_AGAIN_S)) - 1]
                if self.stopped() or time.monotonic() + pause >= deadline.at:
                    told = f"{tries} tries in {deadline.within_s:g} s; too many connections (MaxStartups)?"
                    raise no_reach(f"{error}, {told}") from error
                time.sleep(pause)

    def _once(
        self, settings: Settings, via: Line | None, preferred: Sequence[str], deadline: Deadline
    ) -> tuple[Transport, Wire, HostKey]:
        proxy = self._proxy(settings)
        wire = Wire(proxy.socket, proxy.close) if proxy else self._wire(settings, via, deadline)
        self.opened(wire.close)
        transport = Transport(wire)
        if via:
            via.kept.append(transport)
        try:
            narrow(transport, settings.algorithms, preferred)
            _handshake(transport, wire, deadline, lambda: _last_words(settings, proxy))
            key = transport.get_remote_server_key()
            return transport, wire, HostKey(key.get_name(), key.asbytes())
        except BaseException:
            _drop(transport, wire)
            raise

    def _proxy(self, settings: Settings) -> Proxy | None:
        if not settings.proxy_command:
            return None
        try:
            return Proxy(settings.proxy_command, self.offspring)
        except OSError as error:
            raise no_route(f"{shown('ProxyCommand', settings.proxy_command)}: {error.strerror}") from error

    def _wire(self, settings: Settings, via: Line | None, deadline: Deadline) -> Wire:
        if via:
            channel = _through(via, settings, deadline)
            via.kept.append(channel)
            return Wire(channel)
        sock = self._socket(settings, deadline)
        return Wire(sock, sock.close)

    def _socket(self, settings: Settings, deadline: Deadline) -> socket.socket:
        try:
            return connect(
                settings.host,
                settings.port,
                deadline,
                family=settings.family,
                source=settings.bind_address,
                stopped=self.stopped,
            )
        except socket.gaierror as error:
            raise no_reach(f"its name is not known: {error.strerror}") from error
        except (TimeoutError, TooLate) as error:
            raise no_reach(f"timed out {deadline.within_s:g} s") from error
        except OSError as error:
            raise no_reach((error.strerror or str(error)).lower()) from error


def _through(via: Line, settings: Settings, deadline: Deadline) -> paramiko.Channel:
    try:
        return via.transport.open("direct-tcpip", deadline, (settings.host, settings.port))
    except ChannelRefused as error:
        if error.code == _PROHIBITED:
            why = "administratively prohibited (AllowTcpForwarding no, or PermitOpen without it)"
            raise no_reach(f"forwarding forbidden: {why}") from error
        raise no_reach(f"connect failed: {error.said.lower()}") from error
    except TooLate as error:
        raise no_reach(f"connect timed out {deadline.within_s:g} s") from error
    except CouldNotLook as error:
        via.doubt()
        raise no_reach(str(error)) from error


def _handshake(transport: Transport, wire: Wire, deadline: Deadline, of_proxy: Callable[[], str]) -> None:
    try:
        left = deadline.left()
        transport.banner_timeout = transport.handshake_timeout = left
        transport.start_client(timeout=left)
    except TooLate as error:
        raise no_reach(f"timed out {deadline.within_s:g} s") from error
    except (paramiko.SSHException, EOFError, OSError) as error:
        raise _why(transport, wire, of_proxy(), error, deadline) from error
    if not transport.initial_kex_done:
        raise _why(transport, wire, of_proxy(), TimeoutError(), deadline)


def _last_words(settings: Settings, proxy: Proxy | None) -> str:
    """What a ProxyCommand said; empty where there is none."""
    if proxy is None:
        return ""
    command = settings.proxy_command
    known = (command.split()[0], settings.name, settings.host, str(settings.port), settings.user)
    return said_by(command, proxy.said(), proxy.environ, known).strip("⏎ ") or "it said nothing"


def _why(transport: Transport, wire: Wire, of_proxy: str, error: BaseException, deadline: Deadline) -> CouldNotLook:
    """What a failed handshake means.

    :param of_proxy: what its ProxyCommand said, empty where it has none.
    """
    late = deadline.passed or isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)
    if of_proxy and not wire.got_any and not late:
        return no_reach(f"its ProxyCommand ended without a connection: {of_proxy}")
    if transport.remote_version:
        if told := transport.disagreement():
            return no_reach(told)
        when = f"timed out {deadline.within_s:g} s" if late else f"cut{transport.last_words}"
        return no_reach(f"key exchange {when}{'' if late or transport.last_words else f': {clean(error, 200)}'}")
    if wire.got_any and not _is_drop(wire.first):
        return no_reach(f"not an SSH server: it says {wire.first!r}")
    if late:
        return no_reach(f"timed out {deadline.within_s:g} s: it took the connection and sent no banner")
    return Dropped(f"it hung up before its banner{f': {wire.first}' if wire.got_any else ''}")


def _is_drop(first: str) -> bool:
    """What sshd writes in the place of its banner before it hangs up (``sshd.c``, ``drop_connection``)."""
    return first.startswith(("Exceeded MaxStartups", "Not allowed at this time"))


def _check_size(settings: Settings, transport: Transport) -> None:
    key = transport.get_remote_server_key()
    if key.get_name() == "ssh-rsa" and key.get_bits() < settings.algorithms.rsa_bits:
        least = settings.algorithms.rsa_bits
        raise no_reach(f"its RSA key has {key.get_bits()} bits, and RequiredRSASize asks for {least}")


def _drop(transport: Transport, wire: Wire) -> None:
    transport.packetizer.complete_handshake()  # ends a timer thread that would outlive the process's end
    transport.close()
    wire.close()
