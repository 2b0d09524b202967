"""Which algorithms a connection may use: those of the configuration, and first the kinds of host key that are known."""

from collections.abc import Iterable, Sequence

from seatrial.ssh.settings import Algorithms
from seatrial.ssh.transport import Transport
from seatrial.ssh.trouble import no_route

# Two names of one method (RFC 8731); paramiko knows the older.
_SAME = {"curve25519-sha256": "curve25519-sha256@libssh.org"}
_RSA = ("rsa-sha2-512", "rsa-sha2-256")


def narrow(transport: Transport, allowed: Algorithms, known: Sequence[str]) -> None:
    """Let a transport use only what is allowed.

    :param known: kinds of keys that are known of the host.
    :raises HopFailed: where nothing that is allowed is known here, by the name of the option.
    """
    options = transport.get_security_options()
    options.kex = _both("KexAlgorithms", allowed.kex, options.kex)
    options.ciphers = _both("Ciphers", allowed.ciphers, options.ciphers)
    options.digests = _both("MACs", allowed.macs, options.digests)
    kinds = _both("HostKeyAlgorithms", allowed.host_keys, options.key_types)
    options.key_types = kinds if allowed.host_keys else _first(known, kinds)


def _both(option: str, allowed: Iterable[str], ours: Sequence[str]) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(_SAME.get(name, name) for name in allowed))
    both = tuple(name for name in names if name in ours) if names else tuple(ours)
    if not both:
        raise no_route(f"{option} {','.join(names)}: none of them can be used here; known: {', '.join(ours)}")
    return both


def _first(known: Iterable[str], kinds: Sequence[str]) -> tuple[str, ...]:
    wanted = [name for kind in known for name in (_RSA if kind == "ssh-rsa" else (kind,)) if name in kinds]
    return tuple(dict.fromkeys((*wanted, *kinds)))
