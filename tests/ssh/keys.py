"""Key pairs of tests, made where they are needed."""

import base64
import hashlib
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A key pair as OpenSSH writes it.

    :param private: the text of the private key's file.
    :param public: ``type base64``.
    """

    private: str
    public: str

    @property
    def fingerprint(self) -> str:
        """``SHA256:…`` as ssh-keygen tells it."""
        return fingerprint(self.public)


def key_pair(kind: str = "ed25519", passphrase: str = "") -> KeyPair:
    """Make a key pair.

    :param kind: ``ed25519`` or ``ecdsa``.
    :param passphrase: encrypts the private one.
    """
    key = ed25519.Ed25519PrivateKey.generate() if kind == "ed25519" else ec.generate_private_key(ec.SECP256R1())
    hidden = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, hidden).decode()
    return KeyPair(private, key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode())


def fingerprint(public: str) -> str:
    """``SHA256:…`` of ``type base64``."""
    digest = hashlib.sha256(base64.b64decode(public.split()[1])).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")
