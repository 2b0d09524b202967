"""Certificates of all kinds for tests, made anew, as files in a folder."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


@dataclass(frozen=True)
class Pair:
    """A certificate and its key."""

    cert: str
    key: str


class Authority:
    """Signs certificates.

    :param folder: where its own and all others are put.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, _name(name)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.ca = str(_write(folder / f"{name}-ca.pem", self._signed(self.name, self._key.public_key(), ca=True)))

    def server(self, label: str, *names: str, days: tuple[int, int] = (-1, 2), subject: str = "engine") -> Pair:
        """A certificate for a server.

        :param names: DNS names and IP addresses that it is for.
        :param days: begin and end of its validity, in days from now.
        """
        return self._issue(label, subject, ExtendedKeyUsageOID.SERVER_AUTH, names, days)

    def client(self, label: str, *, days: tuple[int, int] = (-1, 2), passphrase: bytes = b"") -> Pair:
        """A certificate of ours."""
        return self._issue(label, "client", ExtendedKeyUsageOID.CLIENT_AUTH, (), days, passphrase)

    def _issue(
        self,
        label: str,
        subject: str,
        usage: x509.ObjectIdentifier,
        names: tuple[str, ...],
        days: tuple[int, int],
        passphrase: bytes = b"",
    ) -> Pair:
        key = ec.generate_private_key(ec.SECP256R1())
        cert = self._signed(_name(subject), key.public_key(), names=names, usage=usage, days=days)
        sealed: KeySerializationEncryption = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, sealed)
        return Pair(
            str(_write(self.folder / f"{label}-cert.pem", cert)), str(_write(self.folder / f"{label}-key.pem", pem))
        )

    def _signed(
        self,
        subject: x509.Name,
        public: ec.EllipticCurvePublicKey,
        *,
        names: tuple[str, ...] = (),
        usage: x509.ObjectIdentifier | None = None,
        days: tuple[int, int] = (-1, 2),
        ca: bool = False,
    ) -> bytes:
        now = datetime.now(UTC)
        made = (
            x509.CertificateBuilder(self.name, subject, public, x509.random_serial_number())
            .not_valid_before(now + timedelta(days=days[0]))
            .not_valid_after(now + timedelta(days=days[1]))
            .add_extension(x509.BasicConstraints(ca, None), critical=True)
        )
        if names:
            made = made.add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
        if usage:
            made = made.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        return made.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path
