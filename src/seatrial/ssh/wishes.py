"""What a deployment file says about SSH, where its hosts do not say it themselves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from seatrial.errors import UsageError
from seatrial.spec.ssh import SshSpec

SECRET_CAP = 64 * 1024
"""Most bytes of a file that holds a passphrase."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """The ``ssh:`` section with its paths and its passphrase in place.

    :param config: configuration file as ``ssh -F`` takes it; OpenSSH's own default files else.
    :param known_hosts: instead of those that the configuration names.
    :param jump: as ``ssh -J`` takes it, or ``none``.
    :param identities: files of private keys, instead of those that the configuration names.
    :param passphrase_in: the variable of the environment that holds it, empty for none.
    :param sudo: whether what reads a host runs below ``sudo -n``.
    :param within_s: deadline for connecting, banner, key exchange and authentication of each hop.
    """

    config: Path | None = None
    known_hosts: Path | None = None
    user: str = ""
    port: int = 0
    jump: str = ""
    identities: tuple[Path, ...] = ()
    passphrase: str | None = field(default=None, repr=False)
    passphrase_in: str = ""
    sudo: bool = False
    within_s: float = 10.0

    def without_secret(self, environ: Mapping[str, str]) -> dict[str, str]:
        """An environment for commands of the configuration, which have no business with the passphrase."""
        return {name: value for name, value in environ.items() if name != self.passphrase_in}


def wishes(spec: SshSpec, environ: Mapping[str, str]) -> Wishes:
    """What a deployment file says, its passphrase read.

    :raises UsageError: when the passphrase is not where the file says.
    """
    return Wishes(
        config=Path(spec.config) if spec.config else None,
        known_hosts=Path(spec.known_hosts) if spec.known_hosts else None,
        user=spec.user or "",
        port=spec.port or 0,
        jump=spec.jump or "",
        identities=tuple(map(Path, spec.identity)),
        passphrase=_secret(spec.passphrase, environ) if spec.passphrase else None,
        passphrase_in=_variable(spec.passphrase or ""),
        sudo=spec.sudo,
        within_s=spec.within,
    )


def _variable(reference: str) -> str:
    kind, _, where = reference.partition(":")
    return where if kind == "env" else ""


def _secret(reference: str, environ: Mapping[str, str]) -> str:
    kind, _, where = reference.partition(":")
    if kind == "env":
        if where not in environ:
            raise UsageError(f"the environment has no {where}, which ssh: {{passphrase}} names; set it, or give a file")
        return environ[where]
    try:
        with open(where, encoding="utf-8") as file:
            return file.read(SECRET_CAP).rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not text in UTF-8"
        raise UsageError(f"{where}, which ssh: {{passphrase}} names, cannot be read: {why}") from error
