"""Conversations through TLS, by the reader and from here, with a real server."""

import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from seatrial.collector.inet import InetEnd
from seatrial.collector.talk import Talk
from seatrial.collector.talks import converse
from seatrial.spec.conversation import TlsSpec
from seatrial.transports.dial import Words, talk


def _certificate(folder: Path) -> Path:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "app.example.org")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=30))
    pem = made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    plain = serialization.NoEncryption()
    pem += key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    path = folder / "both.pem"
    path.write_bytes(pem)
    return path


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """Answers PONG through TLS until it is closed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_certificate(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_serve, args=(listener, context), daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def _serve(listener: socket.socket, context: ssl.SSLContext) -> None:
    while True:
        try:
            peer, _ = listener.accept()
        except OSError:
            return
        try:
            with context.wrap_socket(peer, server_side=True) as secured:
                secured.settimeout(2)
                if secured.recv(64):
                    secured.sendall(b"PONG")
        except OSError:
            peer.close()


def _read(port: int, *, send: bytes, enough: bytes) -> Talk:
    asked = {"port": port, "proto": "tcp", "send": send.hex(), "enough": enough.hex(), "reads": True, "within_s": 3}
    made = Talk((0, 0), {**asked, "tls": True, "server_name": "app.example.org"}, InetEnd("127.0.0.1", port, False))
    made.open()
    converse([made], lambda _: 0)
    return made


def test_the_reader_speaks_through_tls_and_brings_the_certificate(port: int) -> None:
    made = _read(port, send=b"PING", enough=b"PONG")
    assert (made.error, made.received) == ("", b"PONG")
    shown = x509.load_der_x509_certificate(bytes.fromhex(made.certificate))
    assert "app.example.org" in shown.subject.rfc4514_string()


def test_the_reader_ends_with_the_handshake_where_nothing_more_is_asked(port: int) -> None:
    made = _read(port, send=b"", enough=b"")
    assert (made.error, made.received, bool(made.certificate)) == ("", b"", True)


def test_the_reader_calls_a_server_without_tls_a_failed_handshake() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_plain, args=(listener,), daemon=True).start()
        made = _read(listener.getsockname()[1], send=b"PING", enough=b"PONG")
    assert made.error.startswith("TLS handshake: ")
    assert made.certificate == ""


def _plain(listener: socket.socket) -> None:
    peer, _ = listener.accept()
    with peer:
        peer.recv(999)
        peer.sendall(b"HTTP/1.0 400 No\r\n\r\n")


def test_from_here_the_same_is_said_and_brought(port: int) -> None:
    words = Words(b"PING", b"PONG", True, 3.0, tls=True, server_name="app.example.org")
    made = talk("127.0.0.1", port, "tcp", words)
    assert (made.error, made.received, bool(made.certificate)) == ("", b"PONG", True)
    assert talk("127.0.0.1", port, "tcp", Words(reads=True, tls=True)).certificate == made.certificate


def test_from_here_a_server_without_tls_is_a_failed_handshake() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_plain, args=(listener,), daemon=True).start()
        made = talk("127.0.0.1", listener.getsockname()[1], "tcp", Words(b"PING", b"PONG", True, 3.0, tls=True))
    assert made.error.startswith("TLS handshake: ")


def test_a_name_that_cannot_be_asked_for_is_no_crash(port: int) -> None:
    asked = {"proto": "tcp", "send": "", "enough": "", "reads": True, "within_s": 3, "tls": True, "server_name": "a..b"}
    made = Talk((0, 0), asked, InetEnd("127.0.0.1", port, False))
    made.open()
    converse([made], lambda _: 0)
    assert "cannot be asked for under that name" in made.error
    words = Words(reads=True, within_s=3.0, tls=True, server_name="a..b")
    assert "cannot be asked for under that name" in talk("127.0.0.1", port, "tcp", words).error


def test_a_host_name_in_other_letters_is_asked_for_as_certificates_hold_it() -> None:
    assert TlsSpec.model_validate({"name": "münchen.example"}).name == "xn--mnchen-3ya.example"
