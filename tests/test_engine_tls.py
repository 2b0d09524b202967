"""An engine behind TLS: the same answers, the right names for what is wrong with certificates, and never plain text."""

import hashlib
import json
import os
import shutil
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from certificates import Authority, Pair
from cutting_proxy import CuttingProxy
from tls_front import TlsFront

from seatrial.errors import CouldNotLook, CutShort, TooLate, Unreachable, UsageError
from seatrial.spec.docker import DockerSpec, TlsSpec
from seatrial.spec.load import load
from seatrial.transports.engine import Engine, ExecResult
from seatrial.transports.engine_address import DEFAULT, EngineAddress, Tls, resolve

pytestmark = pytest.mark.once

SOCKET = "/var/run/docker.sock"
NO_CONFIG = {"DOCKER_CONFIG": "/nonexistent"}
VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The authority of the engine and of our own certificate."""
    return Authority(tmp_path_factory.mktemp("ours"), "ours")


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """One that neither side knows."""
    return Authority(tmp_path_factory.mktemp("foreign"), "foreign")


@pytest.fixture(scope="module")
def server(ours: Authority) -> Pair:
    """A right certificate of an engine."""
    return ours.server("server", "127.0.0.1", "localhost")


@pytest.fixture(scope="module")
def tls(ours: Authority) -> Tls:
    """What we should have."""
    pair = ours.client("client")
    return Tls(ours.ca, pair.cert, pair.key)


@pytest.fixture(params=VERSIONS, ids=lambda version: version.name)
def front(request: pytest.FixtureRequest, ours: Authority, server: Pair) -> Iterator[TlsFront]:
    """TLS in front of the real engine, once for each version; it wants to see our certificate."""
    with TlsFront(SOCKET, server, ours.ca, request.param) as front:
        yield front


@pytest.fixture
def engine(front: TlsFront, tls: Tls) -> Iterator[Engine]:
    with engine_at(front.port, tls) as engine:
        yield engine


def engine_at(port: int, tls: Tls | None, host: str = "127.0.0.1", timeout_s: float = 20) -> Engine:
    return Engine(EngineAddress(f"tcp://{host}:{port}", tls=tls), timeout_s=timeout_s)


@pytest.mark.docker
class TestSameAnswers:
    def test_lists_answers_and_logs_are_the_same_as_without(self, engine: Engine, up: Any) -> None:
        container = up("tls", ["sh", "-c", "seq 1 2000; exec sleep 600"])
        with Engine(EngineAddress(f"unix://{SOCKET}"), timeout_s=20) as plain:
            assert engine.version() == plain.version()
            assert engine.inspect(container.id) == plain.inspect(container.id)
            assert container.id in [each["Id"] for each in engine.containers()]
            assert whole_log(engine, container.id) == whole_log(plain, container.id)
        assert len(engine._idle) == 1

    def test_a_command_has_its_stdin_its_streams_and_its_status(self, engine: Engine, up: Any) -> None:
        container = up("tls", ["sleep", "600"])
        ran = engine.exec_marked(container.id, ["sh", "-c", "cat; echo err >&2; exit 3"], stdin=b"in\n")
        assert ran == ExecResult(3, b"in\n", b"err\n")

    @pytest.mark.parametrize("size", [0, 1, 16384, 3 << 20])
    def test_input_and_output_cross_at_the_same_time_and_nothing_is_lost(
        self, engine: Engine, up: Any, size: int
    ) -> None:
        data = os.urandom(size)
        assert engine.exec_marked(up("tls", ["sleep", "600"]).id, ["cat"], stdin=data).stdout == data

    def test_output_that_comes_before_the_end_of_the_input_is_not_lost(self, engine: Engine, up: Any) -> None:
        container = up("tls", ["sleep", "600"])
        for size in (10, 70_000, 700_000):
            script = "head -c 400000 /dev/zero & cat > /dev/null; wait"
            ran = engine.exec_marked(container.id, ["sh", "-c", script], stdin=bytes(size))
            assert ran.stdout == bytes(400_000)

    def test_endless_output_meets_its_cap_and_a_long_command_its_deadline(self, engine: Engine, up: Any) -> None:
        container = up("tls", ["sleep", "600"])
        with pytest.raises(CutShort, match="more than 3000000 bytes"):
            engine.exec(container.id, ["yes"], stdin=bytes(300_000), cap=3_000_000)
        with pytest.raises(TooLate):
            engine.exec_marked(container.id, ["sleep", "307"], deadline_s=0.7)

    def test_input_that_nobody_reads_is_no_error(self, engine: Engine, up: Any) -> None:
        assert engine.exec_marked(up("tls", ["sleep", "600"]).id, ["true"], stdin=bytes(1 << 20)).exit_code == 0


def whole_log(engine: Engine, container_id: str) -> bytes:
    until = time.monotonic() + 20
    while not (said := engine.logs(container_id, 0, 100_000)).endswith(b"2000\n") and time.monotonic() < until:
        time.sleep(0.05)
    return said


@pytest.mark.docker
class TestCut:
    @pytest.mark.parametrize("call", ["version", "exec", "exec_marked"])
    def test_an_answer_cut_anywhere_is_whole_or_an_error_even_between_two_frames(
        self, front: TlsFront, tls: Tls, up: Any, call: str
    ) -> None:
        """Without TLS an exec needs its mark; with it the end of the stream is seen to be missing."""
        container = up("tls", ["sleep", "600"])
        script = ["sh", "-c", "echo first; sleep 0.05; echo second"]
        right: Any = ExecResult(0, b"first\nsecond\n", b"")
        with CuttingProxy(("127.0.0.1", front.port), ("127.0.0.1", 0), http=False) as proxy:
            if call == "version":
                with engine_at(proxy.port, tls) as engine:
                    right = engine.version()
            whole = False
            for cut in range(0, 1 << 16, 101):
                proxy.reset(cut)
                with engine_at(proxy.port, tls) as engine:
                    try:
                        said: Any = (
                            engine.version() if call == "version" else getattr(engine, call)(container.id, script)
                        )
                    except CouldNotLook:
                        continue
                    assert said == right
                    whole = True
                    break
            assert whole

    def test_a_kept_connection_that_was_closed_is_replaced(self, engine: Engine) -> None:
        engine.version()
        engine._idle[0].sock.shutdown(socket.SHUT_RDWR)
        assert engine.version()["ApiVersion"]


@contextmanager
def answering(answer: bytes, *, stays: bool = False) -> Iterator[int]:
    """Something that is no TLS server: it sends these bytes to whoever has said something, and closes, or stays."""
    ended = threading.Event()

    def serve() -> None:
        peer, _ = listener.accept()
        with peer:
            peer.recv(65536)
            peer.sendall(answer)
            if stays:
                ended.wait(20)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            ended.set()
            thread.join(20)


class TestCertificates:
    """What is wrong with one is said in words, and nothing is asked."""

    def problem(self, port: int, tls: Tls | None, host: str = "127.0.0.1") -> str:
        with pytest.raises(Unreachable) as told, engine_at(port, tls, host) as engine:
            engine.version()
        return str(told.value)

    @pytest.mark.parametrize(
        ("days", "says"), [((-9, -2), "its certificate has expired"), ((2, 9), "its certificate is not valid yet")]
    )
    def test_one_out_of_its_time(self, ours: Authority, tls: Tls, days: tuple[int, int], says: str) -> None:
        with TlsFront(SOCKET, ours.server("late", "127.0.0.1", days=days)) as front:
            assert says in self.problem(front.port, tls)

    def test_one_for_another_name_whatever_its_subject_says(self, ours: Authority, tls: Tls) -> None:
        with TlsFront(SOCKET, ours.server("other", "engine.example", subject="localhost")) as front:
            assert "its certificate is not for '127.0.0.1'" in self.problem(front.port, tls)
            assert "its certificate is not for 'localhost'" in self.problem(front.port, tls, "localhost")

    def test_one_of_an_authority_that_is_not_ours(self, foreign: Authority, tls: Tls, ours: Authority) -> None:
        with TlsFront(SOCKET, foreign.server("foreign", "127.0.0.1")) as front:
            said = self.problem(front.port, tls)
            assert "its certificate is signed by none of those that are trusted" in said
            assert ours.ca in said
            assert "those of this system" in self.problem(front.port, replace(tls, ca=""))

    def test_one_that_is_not_for_servers(self, ours: Authority, tls: Tls) -> None:
        with TlsFront(SOCKET, ours.client("client-as-server")) as front:
            assert "not one for servers" in self.problem(front.port, tls)

    def test_none_of_ours_where_one_is_wanted(self, front: TlsFront, tls: Tls) -> None:
        said = self.problem(front.port, replace(tls, cert="", key=""))
        assert "it asks for a certificate of ours, and none was given; say cert and key" in said

    def test_one_of_ours_that_is_not_accepted(self, front: TlsFront, tls: Tls, foreign: Authority) -> None:
        pair = foreign.client("unknown")
        assert f"it refuses our certificate {pair.cert} (" in self.problem(front.port, Tls(tls.ca, pair.cert, pair.key))

    def test_one_of_ours_that_has_expired(self, front: TlsFront, tls: Tls, ours: Authority) -> None:
        pair = ours.client("old", days=(-9, -2))
        said = self.problem(front.port, Tls(tls.ca, pair.cert, pair.key))
        assert f"it refuses our certificate {pair.cert} (certificate expired)" in said

    def test_what_is_not_to_be_verified_is_not(self, front: TlsFront, tls: Tls, foreign: Authority) -> None:
        with engine_at(front.port, replace(tls, ca=foreign.ca, verify=False)) as engine:
            assert engine.version()["ApiVersion"]

    def test_a_certificate_that_is_trusted_itself_needs_no_other(self, foreign: Authority) -> None:
        pair = foreign.server("pinned", "127.0.0.1")
        with TlsFront(SOCKET, pair) as front, engine_at(front.port, Tls(ca=pair.cert)) as engine:
            assert engine.version()["ApiVersion"]


class TestNotTls:
    def test_a_plain_engine_where_tls_is_asked_for_is_not_asked(self, tls: Tls) -> None:
        says = "TLS was asked for, but plain HTTP is spoken there"
        with CuttingProxy(SOCKET, ("127.0.0.1", 0)) as proxy, pytest.raises(Unreachable, match=says):
            engine_at(proxy.port, tls).version()

    def test_something_else_is_told(self, tls: Tls) -> None:
        says = "TLS was asked for, but something else is spoken there"
        with answering(b"SSH-2.0-OpenSSH_9.2\r\n") as port, pytest.raises(Unreachable, match=says):
            engine_at(port, tls).version()

    def test_one_that_hangs_up_is_told(self, tls: Tls) -> None:
        with answering(b"") as port, pytest.raises(Unreachable, match="in the TLS handshake"):
            engine_at(port, tls).version()

    @pytest.mark.parametrize("beginning", [b"", b"\x16\x03\x03\x40\x00"])
    def test_a_handshake_that_never_ends_meets_the_deadline(self, tls: Tls, beginning: bytes) -> None:
        began, says = time.monotonic(), r"the TLS handshake was not complete within 0\.5 s"
        with answering(beginning, stays=True) as port, pytest.raises(TooLate, match=says):
            engine_at(port, tls, timeout_s=0.5).version()
        assert time.monotonic() - began < 5

    @pytest.mark.parametrize(
        "answer",
        [
            b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n",
            b"\x15\x03\x01\x00\x02\x02\x46",
        ],
        ids=["Go", "alert"],
    )
    def test_plain_http_to_a_tls_port_is_told(self, answer: bytes) -> None:
        says = r"TLS is spoken there and we spoke plain HTTP; say docker\.tls"
        with answering(answer) as port, pytest.raises(Unreachable, match=says):
            engine_at(port, None).version()

    def test_plain_http_to_one_that_only_hangs_up_is_told_as_a_guess(self) -> None:
        with answering(b"") as port, pytest.raises(CutShort, match=r"if TLS is spoken there, say docker\.tls"):
            engine_at(port, None).version()


def context(folder: Path, name: str, endpoint: dict[str, object], files: dict[str, str]) -> dict[str, str]:
    """A context as the docker command writes it."""
    digest = hashlib.sha256(name.encode()).hexdigest()
    meta = folder / "contexts" / "meta" / digest
    meta.mkdir(parents=True)
    written = {"Name": name, "Metadata": {}, "Endpoints": {"docker": {"SkipTLSVerify": False, **endpoint}}}
    (meta / "meta.json").write_text(json.dumps(written, separators=(",", ":")))
    for kind, path in files.items():
        copy(path, folder / "contexts" / "tls" / digest / "docker" / f"{kind}.pem")
    return {"DOCKER_CONFIG": str(folder), "DOCKER_CONTEXT": name}


def copy(path: str, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(path, to)


@pytest.fixture
def folder(tmp_path: Path, tls: Tls) -> Path:
    """What DOCKER_CERT_PATH names."""
    for kind in ("ca", "cert", "key"):
        copy(getattr(tls, kind), tmp_path / "certs" / f"{kind}.pem")
    return tmp_path / "certs"


class TestSaid:
    """Who says that TLS is spoken: the file, the environment as the docker command reads it, or a context."""

    def test_a_context_with_certificates_reaches_the_engine(self, tmp_path: Path, front: TlsFront, tls: Tls) -> None:
        host = {"Host": f"tcp://localhost:{front.port}"}
        environ = context(tmp_path, "far", host, {"ca": tls.ca, "cert": tls.cert, "key": tls.key})
        address = resolve(None, environ)
        assert address.tls is not None
        assert address.tls.verify
        with Engine(address, timeout_s=20) as engine:
            assert engine.version()["ApiVersion"]

    def test_a_context_that_does_not_verify_speaks_tls_all_the_same(self, tmp_path: Path) -> None:
        environ = context(tmp_path, "lax", {"Host": "tcp://h:2376", "SkipTLSVerify": True}, {})
        assert resolve(None, environ).tls == Tls(verify=False)

    def test_a_context_whose_certificates_are_gone_does_not_become_plain(self, tmp_path: Path, tls: Tls) -> None:
        environ = context(tmp_path, "far", {"Host": "tcp://h:2376"}, {"ca": tls.ca})
        next(tmp_path.rglob("ca.pem")).unlink()
        assert resolve(None, environ).tls == Tls()

    def test_a_context_counts_alone(self, tmp_path: Path, folder: Path) -> None:
        environ = context(tmp_path, "plain", {"Host": "tcp://h:2375"}, {})
        environ |= {"DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": str(folder)}
        assert resolve(None, environ).tls is None

    def test_the_environment_reaches_the_engine(self, front: TlsFront, folder: Path) -> None:
        environ = {**NO_CONFIG, "DOCKER_HOST": f"tcp://127.0.0.1:{front.port}", "DOCKER_TLS_VERIFY": "1"}
        with Engine(resolve(None, {**environ, "DOCKER_CERT_PATH": str(folder)}), timeout_s=20) as engine:
            assert engine.version()["ApiVersion"]

    @pytest.mark.parametrize(
        ("asking", "verify"),
        [
            ({"DOCKER_TLS_VERIFY": "1"}, True),
            ({"DOCKER_TLS_VERIFY": "0"}, True),
            ({"DOCKER_TLS": "1"}, False),
            ({"DOCKER_TLS": "1", "DOCKER_TLS_VERIFY": "1"}, True),
            ({"DOCKER_TLS_VERIFY": ""}, None),
            ({}, None),
        ],
    )
    def test_any_value_switches_it_on_as_in_the_docker_command(
        self, folder: Path, asking: dict[str, str], verify: bool | None
    ) -> None:
        environ = {**asking, "DOCKER_CERT_PATH": str(folder), **NO_CONFIG, "DOCKER_HOST": "tcp://h:2376"}
        found = resolve(None, environ).tls
        assert (found.verify if found else None) is verify
        assert resolve(DockerSpec(engine="tcp://h:2376"), environ).tls == found

    def test_without_a_path_the_files_are_beside_the_docker_commands_configuration(self, folder: Path) -> None:
        environ = {"DOCKER_TLS_VERIFY": "1", "DOCKER_HOST": "tcp://h:2376"}
        found = resolve(None, {**environ, "DOCKER_CONFIG": str(folder)}).tls
        assert found == Tls(*(str(folder / f"{kind}.pem") for kind in ("ca", "cert", "key")))
        shutil.copytree(folder, folder.parent / ".docker")
        found = resolve(None, {**environ, "HOME": str(folder.parent)}).tls
        assert found is not None
        assert found.ca == str(folder.parent / ".docker" / "ca.pem")

    def test_with_nothing_else_said_it_is_the_docker_commands_own_tls_port(self, folder: Path) -> None:
        environ = {**NO_CONFIG, "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": str(folder)}
        assert resolve(None, environ).url == "tcp://localhost:2376"
        assert resolve(None, NO_CONFIG).url == DEFAULT

    def test_a_unix_socket_has_none(self, folder: Path) -> None:
        environ = {**NO_CONFIG, "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": str(folder), "DOCKER_HOST": DEFAULT}
        assert resolve(None, environ).tls is None

    def test_a_missing_authority_is_named(self, folder: Path) -> None:
        (folder / "ca.pem").unlink()
        environ = {"DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": str(folder), "DOCKER_HOST": "tcp://h:2376"}
        with pytest.raises(UsageError, match=r"DOCKER_TLS_VERIFY is set, but there is no .*/certs/ca\.pem"):
            resolve(None, environ)

    def test_the_file_comes_first(self, tls: Tls) -> None:
        said = DockerSpec(engine="tcp://h:2376", tls=TlsSpec(ca=tls.ca, verify=True))
        environ = {"DOCKER_TLS": "1", "DOCKER_CERT_PATH": "/nonexistent", "DOCKER_HOST": "tcp://other:1"}
        assert resolve(said, environ).tls == Tls(ca=tls.ca)
        assert resolve(DockerSpec(tls=TlsSpec(verify=False)), environ).tls == Tls(verify=False)

    def test_tls_of_the_file_for_what_is_no_tcp_address_is_refused(self) -> None:
        with pytest.raises(UsageError, match=r"docker\.tls of the file is for .*, but the usual socket is 'unix://"):
            resolve(DockerSpec(tls=TlsSpec()), NO_CONFIG)

    def test_files_are_relative_to_the_deployment_file(self, tmp_path: Path, folder: Path) -> None:
        file = tmp_path / "deployment.yaml"
        file.write_text(
            "deployment: d\n"
            "docker: {engine: 'tcp://h:2376', tls: {ca: certs/ca.pem, cert: certs/cert.pem, key: certs/key.pem}}\n"
            "services: {a: {image: b, locate: {name: c}}}\n"
        )
        found = resolve(load(file, {}).docker, {}).tls
        assert found == Tls(*(str(folder / f"{kind}.pem") for kind in ("ca", "cert", "key")))


class TestFiles:
    """What is wrong with a file is told before anything is asked, and nothing of its content."""

    def problem(self, tls: Tls) -> str:
        spec = TlsSpec.model_construct(ca=tls.ca or None, cert=tls.cert or None, key=tls.key or None, verify=True)
        with pytest.raises(UsageError, match=r"^docker\.engine of the file: TLS cannot be spoken: ") as told:
            resolve(DockerSpec.model_construct(engine="tcp://h:2376", tls=spec), {})
        return str(told.value)

    def test_one_that_is_not_there(self, tls: Tls, tmp_path: Path) -> None:
        for kind, what in (("ca", "certificates to trust"), ("cert", "our certificate"), ("key", "its key")):
            said = self.problem(replace(tls, **{kind: f"{tmp_path}/none.pem"}))
            assert f"{tmp_path}/none.pem ({what}) cannot be read: No such file or directory" in said

    def test_one_that_holds_something_else(self, tls: Tls, tmp_path: Path) -> None:
        (tmp_path / "x.pem").write_text("-----BEGIN TRASH----- secret")
        for kind, says in (("ca", "no PEM certificate"), ("cert", "are no certificate with its key")):
            said = self.problem(replace(tls, **{kind: f"{tmp_path}/x.pem"}))
            assert says in said
            assert "secret" not in said

    def test_a_key_of_another_certificate(self, tls: Tls, ours: Authority) -> None:
        said = self.problem(replace(tls, key=ours.client("another").key))
        assert "are no certificate with its key: key values mismatch" in said

    def test_a_certificate_without_its_key(self, tls: Tls) -> None:
        assert "a certificate and its key go together" in self.problem(replace(tls, key=""))
        with pytest.raises(ValueError, match="only one of cert and key"):
            TlsSpec(cert="a.pem")

    def test_a_key_with_a_passphrase_asks_nobody_for_it(self, tls: Tls, ours: Authority) -> None:
        pair = ours.client("sealed", passphrase=b"open sesame")
        assert f"{pair.key} has a passphrase" in self.problem(replace(tls, cert=pair.cert, key=pair.key))

    def test_nothing_that_is_shown_holds_a_key(self, tls: Tls, front: TlsFront) -> None:
        secret = Path(tls.key).read_text().splitlines()[1]
        with engine_at(front.port, tls) as engine:
            engine.version()
            shown: list[Callable[[object], str]] = [repr, str]
            for one in (engine, engine.address, engine.address.tls, engine.dialler, engine._idle[0].sock):
                assert not any(secret in show(one) for show in shown)
