"""ZooKeeper's connect string: ``host:port,host:port`` with an optional ``/chroot`` at the end."""

from dataclasses import dataclass

from seatrial.errors import CouldNotLook

DEFAULT_PORT = 2181


@dataclass(frozen=True, slots=True)
class ConnectString:
    """The servers and the chroot.

    :param servers: host and port of each.
    :param chroot: empty, or ``/prod`` without a slash at its end.
    """

    servers: tuple[tuple[str, int], ...]
    chroot: str


def connect_string(text: str) -> ConnectString:
    """Read a connect string.

    :raises CouldNotLook: when it is none.
    """
    hosts, slash, chroot = text.partition("/")
    servers = tuple(_server(each.strip(), text) for each in hosts.split(","))
    return ConnectString(servers, f"{slash}{chroot}".rstrip("/"))


def _server(text: str, whole: str) -> tuple[str, int]:
    if text.startswith("["):
        host, _, port = text[1:].partition("]")
        port = port.removeprefix(":")
    else:
        host, _, port = text.partition(":")
    number = port or str(DEFAULT_PORT)
    if not host or not (number.isascii() and number.isdigit()) or not 0 < int(number) < 65536:
        raise CouldNotLook(f"zookeeper hosts {whole!r}: {text!r} is no host:port")
    return host, int(number)
