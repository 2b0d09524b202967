"""The certificates by which an engine behind TLS and we know each other."""

import ssl
from dataclasses import dataclass

from seatrial.errors import UsageError
from seatrial.sanitise import clean


@dataclass(frozen=True, slots=True)
class Tls:
    """How an engine behind TLS is spoken to: paths of PEM files, whose content is never told.

    :param ca: certificates that may have signed the engine's; empty means those that this system trusts.
    :param cert: our certificate, empty where the engine asks for none.
    :param key: its key, without a passphrase.
    :param verify: whether the engine must have a certificate of ``ca`` for the name by which it is called.
    """

    ca: str = ""
    cert: str = ""
    key: str = ""
    verify: bool = True

    def context(self) -> ssl.SSLContext:
        """What a connection is made with, as the docker command makes it.

        It trusts any certificate of ``ca`` as Go does (``x509.CertPool``), and names of the subject count for nothing.

        :raises UsageError: when a file cannot be used.
        """
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        made.minimum_version = ssl.TLSVersion.TLSv1_2
        made.hostname_checks_common_name = False
        if self.verify:
            made.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
            _trust(made, self.ca)
        else:
            made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
        if self.cert or self.key:
            _own(made, self.cert, self.key)
        return made


def _trust(context: ssl.SSLContext, ca: str) -> None:
    if not ca:
        return context.load_default_certs()
    _check_readable(ca, "certificates to trust")
    try:
        context.load_verify_locations(ca)
    except (OSError, ValueError) as error:
        raise UsageError(f"{ca}: no PEM certificate could be read from it: {_reason(error)}") from error


def _own(context: ssl.SSLContext, cert: str, key: str) -> None:
    if not (cert and key):
        raise UsageError(f"{cert or key}: a certificate and its key go together; only one of them was given")
    for path, what in ((cert, "our certificate"), (key, "its key")):
        _check_readable(path, what)
    try:
        context.load_cert_chain(cert, key, _no_passphrase)
    except _Encrypted:
        raise UsageError(f"{key} has a passphrase, which the docker command does not take either") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"{cert} and {key} are no certificate with its key: {_reason(error)}") from error


def _check_readable(path: str, what: str) -> None:
    try:
        with open(path, "rb"):
            pass
    except OSError as error:
        raise UsageError(f"{path} ({what}) cannot be read: {error.strerror}") from error


class _Encrypted(Exception):
    """OpenSSL asks for a passphrase; without an answer of ours it would ask the terminal."""


def _no_passphrase() -> str:
    raise _Encrypted


def _reason(error: Exception) -> str:
    reason = error.reason if isinstance(error, ssl.SSLError) else None
    return clean(reason or error, 200).replace("_", " ").lower()
