"""Conversations with ports: what happened is told in words, and every wait ends."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from seatrial.deadline import Deadline
from seatrial.errors import Unreachable
from seatrial.locate.container import container
from seatrial.request import TalkRequest
from seatrial.snapshot import Talk, Unreadable
from seatrial.transports.dial import RECEIVED_CAP, Words, dial, talk
from seatrial.transports.dialler import Here
from seatrial.transports.engine import Engine
from seatrial.transports.engine_address import EngineAddress
from seatrial.transports.engine_socket import connect
from seatrial.transports.published import talk_to_published

pytestmark = pytest.mark.once

HERE = "127.0.0.1"


@pytest.fixture
def serve() -> Iterator[Callable[[Callable[[socket.socket], None]], int]]:
    """A TCP server that treats its first peer as told; returns its port."""
    threads, listeners = [], []

    def start(treat: Callable[[socket.socket], None]) -> int:
        listener = socket.create_server((HERE, 0))
        listener.settimeout(20)

        def run() -> None:
            with suppress(OSError):
                peer, _ = listener.accept()
                with peer:
                    peer.settimeout(20)
                    treat(peer)

        listeners.append(listener)
        threads.append(threading.Thread(target=run))
        threads[-1].start()
        return int(listener.getsockname()[1])

    yield start
    for thread in threads:
        thread.join(25)
    for listener in listeners:
        listener.close()


def test_a_port_where_nobody_listens_is_refused() -> None:
    with socket.socket() as free:
        free.bind((HERE, 0))
        port = free.getsockname()[1]
        assert talk(HERE, port, "tcp", Words()) == Talk(f"{HERE}:{port}", False, "refused")


def test_an_answer_ends_with_what_is_enough(serve: Callable[..., int]) -> None:
    def treat(peer: socket.socket) -> None:
        if peer.recv(100) == b"PING\n":
            peer.sendall(b"PO")
            peer.sendall(b"NG\nmore")
        peer.recv(1)

    port = serve(treat)
    said = talk(HERE, port, "tcp", Words(b"PING\n", b"PONG", reads=True))
    assert (said.connected, said.error, said.sent, said.closed) == (True, "", 5, False)
    assert said.received.startswith(b"PONG")


def test_without_enough_it_reads_until_the_other_side_closes(serve: Callable[..., int]) -> None:
    port = serve(lambda peer: peer.sendall(b"hello"))
    said = talk(HERE, port, "tcp", Words(reads=True))
    assert (said.received, said.closed, said.error) == (b"hello", True, "")


def test_silence_is_timed_out(serve: Callable[..., int]) -> None:
    port = serve(lambda peer: peer.recv(1))
    said = talk(HERE, port, "tcp", Words(enough=b"x", reads=True, within_s=0.2))
    assert (said.connected, said.error, said.received) == (True, "timed out", b"")


def test_an_endless_answer_is_capped(serve: Callable[..., int]) -> None:
    def treat(peer: socket.socket) -> None:
        with suppress(OSError):
            while True:
                peer.sendall(bytes(65536))

    said = talk(HERE, serve(treat), "tcp", Words(reads=True, within_s=20))
    assert (len(said.received), said.error) == (RECEIVED_CAP, "")


def test_one_that_closes_at_once_is_told_from_one_that_stays(serve: Callable[..., int]) -> None:
    assert talk(HERE, serve(lambda peer: None), "tcp", Words(linger_s=1.0)).closed  # noqa: ARG005
    stays = talk(HERE, serve(lambda peer: peer.recv(1)), "tcp", Words(linger_s=0.2))
    assert (stays.connected, stays.closed, stays.error) == (True, False, "")


def test_a_held_connection_is_open_while_it_is_held(serve: Callable[..., int]) -> None:
    ended = threading.Event()

    def treat(peer: socket.socket) -> None:
        peer.recv(1)
        ended.set()

    made = dial(HERE, serve(treat), "tcp", Words())
    try:
        assert made.talk.connected
        assert not ended.wait(0.1)
    finally:
        made.close()
    assert ended.wait(20)


@pytest.mark.docker
class TestPublished:
    ENGINE = EngineAddress("unix:///var/run/docker.sock")

    def published(self, up: Any, command: str, request: TalkRequest, host_ip: str = "127.0.0.1") -> Talk | Unreadable:
        made = up("published", ["sh", "-c", command], ports={"8080/tcp": (host_ip, None)})
        with Engine(self.ENGINE, timeout_s=20) as engine:
            ends = container(engine.inspect(made.id)).published
            until = time.monotonic() + 20
            while True:
                said = talk_to_published(Here(self.ENGINE), ends, request)
                if not isinstance(said, Talk) or not said.closed or "serve" not in command or time.monotonic() > until:
                    return said
                time.sleep(0.1)

    @pytest.mark.parametrize("host_ip", ["127.0.0.1", "0.0.0.0"])
    def test_a_proxy_with_nothing_behind_it_closes_at_once(self, up: Any, host_ip: str) -> None:
        said = self.published(up, "sleep 600", TalkRequest("8080/tcp", "tcp", 8080), host_ip)
        assert isinstance(said, Talk)
        assert (said.connected, said.closed or said.error == "reset", said.received) == (True, True, b"")
        assert said.where.startswith("127.0.0.1:")

    def test_a_listener_behind_it_stays(self, up: Any) -> None:
        listen = "IO::Socket::INET->new(LocalPort => 8080, Listen => 5) or die"
        command = f"exec perl -MIO::Socket::INET -e 'my $s = {listen}; sleep 600' serve"
        said = self.published(up, command, TalkRequest("8080/tcp", "tcp", 8080))
        assert isinstance(said, Talk)
        assert (said.connected, said.closed, said.error) == (True, False, "")

    def test_of_several_mappings_the_declared_one_is_dialled(self, up: Any) -> None:
        made = up("twice", ["sleep", "600"], ports={"8080/tcp": [("127.0.0.1", None), ("127.0.0.2", None)]})
        with Engine(self.ENGINE, timeout_s=20) as engine:
            ends = container(engine.inspect(made.id)).published
        asked = TalkRequest("8080/tcp", "tcp", 8080)
        for end in ends:
            for declared in (f"{end.host_ip}:{end.host_port}", end.host_port):
                said = talk_to_published(Here(self.ENGINE), ends, asked, declared)
                assert isinstance(said, Talk)
                assert said.where == f"{end.host_ip}:{end.host_port}"
        said = talk_to_published(Here(self.ENGINE), ends, asked, "127.0.0.3:1")
        assert said == Unreadable("8080/tcp is not published on 127.0.0.3:1")

    def test_a_port_that_is_not_published_is_said_to_be_none(self, up: Any) -> None:
        said = self.published(up, "sleep 600", TalkRequest("9/tcp", "tcp", 9))
        assert said == Unreadable("9/tcp is not published")


def test_udp_is_asked_with_an_empty_datagram_where_nothing_is_said() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((HERE, 0))
        server.settimeout(20)

        def answer() -> None:
            _, peer = server.recvfrom(100)
            server.sendto(b"here", peer)

        thread = threading.Thread(target=answer)
        thread.start()
        said = talk(HERE, server.getsockname()[1], "udp", Words(enough=b"here", reads=True, within_s=20))
        thread.join(20)
    assert (said.connected, said.received, said.error) == (True, b"here", "")


def test_udp_where_nobody_is_is_refused() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind((HERE, 0))
        port = free.getsockname()[1]
    assert talk(HERE, port, "udp", Words(b"x", b"y", reads=True)).error == "refused"


@pytest.fixture
def silent_resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: over.wait(30) and [])
    yield
    over.set()


@pytest.mark.usefixtures("silent_resolver")
def test_a_resolver_that_is_silent_keeps_an_engine_no_longer_than_its_deadline() -> None:
    began = time.monotonic()
    with pytest.raises(Unreachable, match=r"looking up its name took more than 0\.5 s"):
        connect(EngineAddress("tcp://engine.example:2375"), Deadline.within(0.5))
    assert time.monotonic() - began < 2


@pytest.mark.usefixtures("silent_resolver")
def test_a_resolver_that_is_silent_keeps_a_published_port_for_a_while_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seatrial.transports.dialler._NAME_S", 0.5)
    began = time.monotonic()
    with pytest.raises(Unreachable, match=r"the engine's host engine\.example: "):
        Here(EngineAddress("tcp://engine.example:2375")).address("0.0.0.0")
    assert time.monotonic() - began < 2


def test_ipv6_is_written_in_brackets() -> None:
    with socket.socket(socket.AF_INET6) as free:
        try:
            free.bind(("::1", 0))
        except OSError:
            pytest.skip("no IPv6 here")
        port = free.getsockname()[1]
        assert talk("::1", port, "tcp", Words()).where == f"[::1]:{port}"
