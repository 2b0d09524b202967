"""Tokens and variables in the values of ssh_config(5), TOKENS and ENVIRONMENT VARIABLES there."""

import getpass
import os
import re
import socket
from collections.abc import Mapping

from seatrial.ssh.shown import shown
from seatrial.ssh.trouble import no_route

_TOKEN = re.compile(r"%(.?)")
_VARIABLE = re.compile(r"\$\{([^}]*)\}")


def known_tokens(name: str, host: str, port: int, user: str, alias: str) -> dict[str, str]:
    """What each token stands for that needs no more than this.

    :param name: as the host was called.
    :param host: its HostName.
    :param user: who logs in there.
    :param alias: its HostKeyAlias, empty where it has none.
    """
    here = socket.gethostname()
    return {
        "%": "%",
        "d": os.path.expanduser("~"),
        "h": host,
        "i": str(os.getuid()),
        "k": alias or name,
        "L": here.partition(".")[0],
        "l": here,
        "n": name,
        "p": str(port),
        "r": user,
        "u": getpass.getuser(),
    }


def expanded(option: str, value: str, tokens: Mapping[str, str]) -> str:
    """A value with its tokens replaced.

    :param option: whose value it is, for the message.
    :raises HopFailed: for a token that is not known here.
    """

    def replaced(match: re.Match[str]) -> str:
        if match[1] not in tokens:
            told = shown(option, value) if option.endswith("Command") else f"{option} {value}"
            raise no_route(f"{told}: {match[0]} cannot be followed here; known: %{' %'.join(sorted(tokens))}")
        return tokens[match[1]]

    return _TOKEN.sub(replaced, value)


def path(option: str, value: str, tokens: Mapping[str, str], environ: Mapping[str, str]) -> str:
    """A path with ``~``, ``${NAME}`` and tokens replaced.

    :raises HopFailed: for a variable that is not set, or a token that is not known here.
    """

    def variable(match: re.Match[str]) -> str:
        if match[1] not in environ:
            raise no_route(f"{option} {value}: the environment has no {match[1]}")
        return environ[match[1]].replace("%", "%%")

    return os.path.expanduser(expanded(option, _VARIABLE.sub(variable, value), tokens))
