"""The keys that are offered to a server, in the order in which ssh(1) offers them."""

import copy
import os
import re
import stat
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import paramiko
from paramiko.pkey import PublicBlob, UnknownKeyType

from seatrial.sanitise import clean
from seatrial.ssh.agent import Agent, named
from seatrial.ssh.known import HostKey
from seatrial.ssh.settings import Settings

CAP = 256 * 1024
"""Most bytes of a file with a key."""

_BEGIN = 4096
_PUBLIC = re.compile(rb"\s*(?:ssh-|ecdsa-|sk-|---- BEGIN SSH2 PUBLIC|-----BEGIN (?:RSA )?PUBLIC)")
_PRIVATE = re.compile(rb"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----")


@dataclass(frozen=True, slots=True)
class Identity:
    """A key that can be offered.

    :param name: file, or what the agent calls it.
    """

    name: str
    key: paramiko.PKey = field(repr=False)

    def __str__(self) -> str:
        return f"{self.name} {HostKey('', self.key.asbytes()).fingerprint}"


class Unusable(Exception):
    """A key cannot be offered; says why."""


class Identities:
    """Reads keys, each file once for a whole run.

    :param passphrase: of keys that are encrypted.
    """

    def __init__(self, passphrase: str | None) -> None:
        self._passphrase = passphrase.encode() if passphrase is not None else None
        self._read: dict[str, paramiko.PKey | str] = {}
        self._lock = threading.Lock()

    def offered(self, settings: Settings, agent: Agent | None, unusable: list[str]) -> Iterator[Identity]:
        """Each key to try: those of the agent that the configuration names, its others, then those of files.

        :param unusable: gets what is configured and cannot be offered, and why.
        """
        own = self._of_files(settings, unusable)
        wanted = {key.asbytes() for _, key in own if key} | {
            blob for blob in map(_public_blob, settings.identities) if blob
        }
        held = [(named(key), key) for key in agent.get_keys()] if agent else []
        chosen = [(name, key) for name, key in held if key.asbytes() in wanted]
        others = [] if settings.identities_only else [pair for pair in held if pair not in chosen]
        in_agent = {key.asbytes() for _, key in held}
        files = [(name, key) for name, key in own if key and key.asbytes() not in in_agent]
        for name, key in (*chosen, *others, *files):
            yield from _with_certificates(Identity(name, key), settings)

    def _of_files(self, settings: Settings, unusable: list[str]) -> list[tuple[str, paramiko.PKey | None]]:
        own: list[tuple[str, paramiko.PKey | None]] = []
        for file in settings.identities:
            found = self._of_file(file)
            if isinstance(found, paramiko.PKey):
                own.append((file, found))
            elif found or settings.identities_said:
                unusable.append(f"{file}: {found or 'there is no such file'}")
        return own

    def _of_file(self, file: str) -> paramiko.PKey | str:
        """A key, or why there is none; empty where there is no such file."""
        with self._lock:
            if file not in self._read:
                try:
                    self._read[file] = _loaded(Path(file), self._passphrase)
                except Unusable as error:
                    self._read[file] = str(error)
            return self._read[file]


def _loaded(path: Path, passphrase: bytes | None) -> paramiko.PKey:
    _check_mode(path)
    try:
        return _parsed(path, None)
    except (TypeError, paramiko.PasswordRequiredException):  # what cryptography raises for one that is encrypted
        if passphrase is None:
            raise Unusable("it is encrypted; give ssh.passphrase, or add it to an agent") from None
    try:
        return _parsed(path, passphrase)
    except Unusable:
        raise Unusable("it is encrypted, and the passphrase that was given does not open it") from None


def _parsed(path: Path, passphrase: bytes | None) -> paramiko.PKey:
    try:
        key: paramiko.PKey = paramiko.PKey.from_path(path, passphrase)  # type: ignore[arg-type]
    except (TypeError, paramiko.PasswordRequiredException):
        raise
    except UnknownKeyType as error:
        raise Unusable("keys of its kind cannot be used here") from error
    except OSError as error:
        raise Unusable(f"it cannot be read: {error.strerror}") from error
    except (ValueError, paramiko.SSHException, ArithmeticError) as error:
        raise Unusable("it is no private key that can be read here") from error
    key.public_blob = None
    return key


def _check_mode(path: Path) -> None:
    """Hold a file to what ssh(1) asks of it: a regular file of ours that nobody else may read."""
    try:
        found = path.stat()
    except FileNotFoundError:
        raise Unusable("") from None
    except OSError as error:
        raise Unusable(f"it cannot be read: {error.strerror}") from error
    if not stat.S_ISREG(found.st_mode) or found.st_size > CAP:
        raise Unusable("it is no file of a key")
    _check_kind(path)
    if found.st_uid == os.getuid() and found.st_mode & 0o077:
        raise Unusable(
            f"others may read it (mode {stat.S_IMODE(found.st_mode):04o}), so ssh would not use it; chmod 600"
        )


def _check_kind(path: Path) -> None:
    """Tell a public key, and what is no key at all, before a mode is complained of."""
    try:
        begin = path.read_bytes()[:_BEGIN]
    except OSError as error:
        raise Unusable(f"it cannot be read: {error.strerror}") from error
    if _PUBLIC.match(begin):
        private = path.with_suffix("") if path.suffix == ".pub" else None
        other = f"name the private one{f', {private}' if private else ''}, or add that to an agent"
        raise Unusable(f"it is a public key; {other}")
    if not _PRIVATE.search(begin):
        raise Unusable("it is no private key that can be read here")


def _public_blob(file: str) -> bytes:
    """The public half beside a private key's file, which may be encrypted or in the agent only."""
    for name in (f"{file}.pub", file):
        try:
            if Path(name).stat().st_size < CAP:
                return bytes(PublicBlob.from_file(name).key_blob)
        except (OSError, ValueError, UnicodeDecodeError):
            continue
    return b""


def _with_certificates(identity: Identity, settings: Settings) -> Iterator[Identity]:
    """A key with each certificate that is about it, then the key alone."""
    files: Sequence[str] = (*settings.certificates, *(f"{file}-cert.pub" for file in settings.identities))
    for file in dict.fromkeys(files):
        if certified := _certified(identity.key, file):
            yield Identity(f"{identity.name} with {file}", certified)
    yield identity


def _certified(key: paramiko.PKey, file: str) -> paramiko.PKey | None:
    try:
        if Path(file).stat().st_size > CAP:
            return None
        blob = PublicBlob.from_file(file)
        inner = paramiko.PKey.from_type_string(blob.key_type.partition("-cert-")[0], blob.key_blob)
    except (OSError, ValueError, UnicodeDecodeError, UnknownKeyType, paramiko.SSHException):
        return None
    if inner.asbytes() != key.asbytes():
        return None
    certified = copy.copy(key)
    certified.public_blob = blob
    return certified


def described(identities: Sequence[Identity]) -> str:
    """Keys by their names and fingerprints."""
    return clean(", ".join(map(str, identities)), 1000)
