"""The options of a host where there is no ssh(1), as paramiko reads them.

It takes Include for an ordinary option, and dials the alias; so files that hold Include or Match are refused.
"""

import getpass
import re
from io import StringIO
from pathlib import Path

from seatrial.ssh.destination import Destination
from seatrial.ssh.options import Found
from seatrial.ssh.trouble import no_route

CAP = 1024 * 1024
_KEYWORD = re.compile(r"\s*(include|match)\b", re.IGNORECASE)
_WAYS = ("proxyjump", "proxycommand")
_NO_COMMAND = re.compile(r"^([ \t]*proxycommand(?:[ \t]*=[ \t]*|[ \t]+))none[ \t]*$", re.IGNORECASE | re.MULTILINE)
_KEYS = ("id_rsa", "id_ecdsa", "id_ecdsa_sk", "id_ed25519", "id_ed25519_sk")


def usual() -> Found:
    """The options that a host has when no configuration says anything (ssh_config(5))."""
    return {
        "user": (getpass.getuser(),),
        "port": ("22",),
        "addressfamily": ("any",),
        "identityfile": tuple(f"~/.ssh/{key}" for key in _KEYS),
        "globalknownhostsfile": ("/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2",),
        "userknownhostsfile": ("~/.ssh/known_hosts ~/.ssh/known_hosts2",),
        "pubkeyauthentication": ("yes",),
        "proxyusefdpass": ("no",),
        "sessiontype": ("default",),
        "stdinnull": ("no",),
        "forkafterauthentication": ("no",),
        "nohostauthenticationforlocalhost": ("no",),
        "verifyhostkeydns": ("no",),
    }


def effective(destination: Destination, config: Path | None) -> Found:
    """The effective options of a host.

    :param config: a file; the default ones else, where they exist.
    :raises HopFailed: for a file that cannot be read or holds what only OpenSSH follows.
    """
    from paramiko import ConfigParseError, SSHConfig

    reader = SSHConfig()
    try:
        for file in [config] if config else _defaults():
            reader.parse(StringIO(_NO_COMMAND.sub(r'\1"none"', _read(file))))
        told = reader.lookup(destination.name)
    except (ConfigParseError, ValueError, KeyError) as error:
        raise no_route(f"{config or '~/.ssh/config'} cannot be read: {error}") from error
    known = _known(destination)
    found = {"hostname": (destination.name,), **{name: _values(value) for name, value in told.items()}}
    return {**usual(), **_one_way({**known, **found, **known})}


def _one_way(said: Found) -> Found:
    """Of ProxyJump and ProxyCommand only the one that is said first counts, even as ``none`` (ssh_config(5))."""
    ways = [name for name in said if name in _WAYS]
    return {name: values for name, values in said.items() if name not in ways[1:]}


def _defaults() -> list[Path]:
    return [file for file in (Path("~/.ssh/config").expanduser(), Path("/etc/ssh/ssh_config")) if file.exists()]


def _read(file: Path) -> str:
    try:
        with file.open(encoding="utf-8") as stream:
            text = stream.read(CAP)
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not text in UTF-8"
        raise no_route(f"{file} cannot be read: {why}") from error
    for number, line in enumerate(text.splitlines(), 1):
        if found := _KEYWORD.match(line):
            told = f"{found[1].capitalize()} is only followed where ssh(1) is installed; install it, or leave it out"
            raise no_route(f"{file}:{number}: {told}")
    return text


def _values(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else (str(value),)


def _known(destination: Destination) -> dict[str, tuple[str, ...]]:
    pairs = {
        "hostname": destination.address,
        "user": destination.user,
        "port": destination.port,
        "proxyjump": destination.jump,
    }
    return {name: (str(value),) for name, value in pairs.items() if value}
