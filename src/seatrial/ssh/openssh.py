"""OpenSSH's own answer to how a host is reached: ``ssh -G`` of ssh(1), which contacts nothing."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from seatrial.sanitise import clean
from seatrial.ssh.destination import Destination
from seatrial.ssh.offspring import Offspring
from seatrial.ssh.options import Found, parsed
from seatrial.ssh.trouble import no_route

WITHIN_S = 10.0
"""A ``Match exec`` of the configuration runs a command of the user's."""

CAP = 256 * 1024
_NOTHING = Path(os.devnull)


def client(environ: Mapping[str, str]) -> str:
    """The path of ssh(1), empty where there is none."""
    return shutil.which("ssh", path=environ.get("PATH", os.defpath)) or ""


def usual(ssh: str, offspring: Offspring) -> Found:
    """The options that a host has when no configuration says anything."""
    return effective(ssh, Destination("localhost"), _NOTHING, offspring)


def effective(ssh: str, destination: Destination, config: Path | None, offspring: Offspring) -> Found:
    """The effective options of a host.

    :param config: as ``ssh -F`` takes it; the default files else.
    :param offspring: what starts it; its environment is whole but for secrets, since a configuration may name any
        variable.
    :raises HopFailed: when ssh does not tell them, with its own words.
    """
    argv = [ssh, "-G", *(("-F", str(config)) if config else ()), *_options(destination), "--", destination.name]
    return parsed(_told(argv, offspring))


def _options(destination: Destination) -> Sequence[str]:
    """What is known better than by the configuration: the first value of an option counts (ssh_config(5))."""
    options: list[str] = []
    if destination.address:
        options += ["-o", f"HostName={destination.address.replace('%', '%%')}"]
    if destination.user:
        options += ["-l", destination.user]
    if destination.port:
        options += ["-p", str(destination.port)]
    if destination.jump:
        options += ["-o", f"ProxyJump={destination.jump}"]
    return options


def _told(argv: Sequence[str], offspring: Offspring) -> str:
    """What it prints; into a file, since a command of the configuration may hold its pipes open."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        try:
            code = _ran(argv, offspring, out.fileno(), err.fileno())
        except OSError as error:
            raise no_route(f"{argv[0]} cannot be run: {error.strerror}") from error
        out.seek(0)
        err.seek(0)
        if code:
            said = clean(err.read(CAP), 300).strip("⏎ ") or f"exit code {code}"
            raise no_route(f"ssh -G {argv[-1]} fails: {said}")
        return out.read(CAP).decode(errors="replace")


def _ran(argv: Sequence[str], offspring: Offspring, out: int, err: int) -> int:
    child = offspring.start(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
    try:
        return child.wait(WITHIN_S)
    except subprocess.TimeoutExpired:
        raise no_route(f"ssh -G {argv[-1]} told nothing within {WITHIN_S:g} s; a Match exec that hangs?") from None
    finally:
        offspring.end(child)
