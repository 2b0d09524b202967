"""Host keys that are known: the format of known_hosts in sshd(8), SSH_KNOWN_HOSTS FILE FORMAT."""

import base64
import binascii
import fnmatch
import hashlib
import hmac
import os
import re
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from seatrial.errors import CouldNotLook

CAP = 16 * 1024 * 1024
"""Most bytes of a file that are read."""

_WILD = re.compile(r"[*?!|]")

REVOKED, AUTHORITY = "@revoked", "@cert-authority"


@dataclass(frozen=True, slots=True)
class HostKey:
    """A public key as a server shows it.

    :param kind: ``ssh-ed25519``, ``ssh-rsa``, …
    """

    kind: str
    blob: bytes = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """``SHA256:…`` as OpenSSH tells it."""
        return "SHA256:" + base64.b64encode(hashlib.sha256(self.blob).digest()).decode().rstrip("=")

    def line(self, known_as: str) -> str:
        """Its line in a known_hosts file."""
        return f"{known_as} {self.kind} {base64.b64encode(self.blob).decode()}\n"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a known_hosts file.

    :param marker: ``@revoked``, ``@cert-authority`` or empty.
    :param patterns: names with wildcards, or one hashed name.
    :param where: ``file:line``.
    :param is_plain: its patterns hold neither a wildcard, nor a hash, nor a ``!``; they are in small letters then. Each
        of a thousand hosts is looked for among a thousand such entries.
    """

    marker: str
    patterns: tuple[str, ...]
    key: HostKey
    where: str
    is_plain: bool = False

    def names(self, name: str) -> bool:
        """Whether it is about this host."""
        if self.is_plain:
            return name in self.patterns
        found = False
        for pattern in self.patterns:
            if pattern.startswith("!") and _fits(pattern[1:], name):
                return False
            found = found or _fits(pattern, name)
        return found


class KnownHosts:
    """Reads known_hosts files, each again only when it has changed."""

    def __init__(self) -> None:
        self._read: dict[str, tuple[tuple[int, int], tuple[Entry, ...]]] = {}
        self._lock = threading.Lock()

    def entries(self, files: Iterable[str]) -> tuple[Entry, ...]:
        """All entries of these files, in order; a file that does not exist holds none.

        :raises CouldNotLook: for one that exists and cannot be read.
        """
        return tuple(entry for file in files for entry in self._of(file))

    def _of(self, file: str) -> tuple[Entry, ...]:
        with self._lock:  # fifty hosts ask at the same moment
            stamp = _stamp(file)
            if file not in self._read or self._read[file][0] != stamp:
                self._read[file] = (stamp, tuple(_read(Path(file))))
            return self._read[file][1]


def about(known: Sequence[Entry], name: str) -> tuple[Entry, ...]:
    """The entries about one host."""
    return tuple(entry for entry in known if entry.names(name))


def _stamp(file: str) -> tuple[int, int]:
    try:
        found = os.stat(file)
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_size)


def _read(path: Path) -> Iterable[Entry]:
    try:
        with path.open("rb") as file:
            data = file.read(CAP + 1)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise CouldNotLook(f"{path} cannot be read: {error.strerror}") from error
    if len(data) > CAP:
        raise CouldNotLook(f"{path} has more than {CAP} bytes")
    lines = data.decode(errors="replace").splitlines()
    parsed = (_entry(line.split(), f"{path}:{number}") for number, line in enumerate(lines, 1))
    return [entry for entry in parsed if entry]


def _entry(words: Sequence[str], where: str) -> Entry | None:
    """One line, or nothing for what is none; ssh(1) passes over those too."""
    marker = words[0] if words and words[0].startswith("@") else ""
    words = words[1:] if marker else words
    if len(words) < 3 or words[0].startswith("#"):
        return None
    try:
        blob = base64.b64decode(words[2], validate=True)
    except (binascii.Error, ValueError):
        return None
    if blob[4 : 4 + len(words[1])] != words[1].encode():  # a key begins with its own kind (RFC 4253, 6.6)
        return None
    is_plain = not _WILD.search(words[0])
    patterns = (words[0].lower() if is_plain else words[0]).split(",")
    return Entry(marker, tuple(patterns), HostKey(words[1], blob), where, is_plain)


def _fits(pattern: str, name: str) -> bool:
    if pattern.startswith("|1|"):
        return _is_hash_of(pattern, name)
    return fnmatch.fnmatchcase(name, pattern.lower().replace("[", "[[]"))


def _is_hash_of(pattern: str, name: str) -> bool:
    try:
        _, _, salt, digest = pattern.split("|")
        return hmac.compare_digest(hmac.digest(base64.b64decode(salt), name.encode(), "sha1"), base64.b64decode(digest))
    except (binascii.Error, ValueError):
        return False
