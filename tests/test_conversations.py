"""Conversations through something else: what is dialled there is told as what is dialled from here."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from seatrial.deadline import Deadline
from seatrial.errors import CouldNotLook, Unreachable
from seatrial.instance import Published
from seatrial.request import TalkRequest, TargetRequest
from seatrial.snapshot import Listener, Talk, Unreadable
from seatrial.transports.conversations import conversations, told
from seatrial.transports.dialler import Here
from seatrial.transports.engine_address import EngineAddress
from seatrial.transports.engine_socket import TimedSocket, timed
from seatrial.transports.published import talk_to_published

HERE = "127.0.0.1"
FAR = "10.255.255.1"
"""An address that only the relay knows: it stands for a container behind another host."""


class Relay:
    """A way that carries TCP only: one end of a pair of sockets, whose other end a thread joins to a connection.

    :param trouble: what keeps it from dialling anything.
    :ivar dialled: addresses and ports, as they were asked for.
    """

    udp = False

    def __init__(self, trouble: CouldNotLook | None = None) -> None:
        self._trouble = trouble
        self.dialled: list[tuple[str, int]] = []
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    def engine(self, deadline: Deadline) -> TimedSocket:
        """Whatever listens on port 1."""
        return timed(self.inside(FAR, 1, deadline), deadline)

    def address(self, host_ip: str) -> str:
        """The host's name for a wildcard."""
        return host_ip.replace("0.0.0.0", "far-host")

    def published(self, host_ip: str, port: int, deadline: Deadline) -> socket.socket:
        """Of the host."""
        return self.inside(host_ip, port, deadline)

    def inside(self, address: str, port: int, deadline: Deadline) -> socket.socket:
        """Of a container."""
        self.dialled.append((address, port))
        if self._trouble:
            raise self._trouble
        far = socket.create_connection((HERE, port), deadline.left())
        far.settimeout(20)
        near, ours = socket.socketpair()
        self._open += [near, far]
        for one, other in ((near, far), (far, near)):
            self._threads.append(threading.Thread(target=join, args=(one, other)))
            self._threads[-1].start()
        return ours

    def end(self) -> None:
        """Close everything; whoever asked has closed its own ends."""
        for thread in self._threads:
            thread.join(20)
        for sock in self._open:
            sock.close()


def join(source: socket.socket, to: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65536):
            to.sendall(piece)
    with suppress(OSError):
        to.shutdown(socket.SHUT_WR)


@pytest.fixture
def relay() -> Iterator[Relay]:
    relay = Relay()
    yield relay
    relay.end()


@pytest.fixture
def serve() -> Iterator[Callable[[bytes], int]]:
    """A server that answers whoever asks it with these bytes, and closes; it gives its port."""
    ended: list[tuple[socket.socket, threading.Thread]] = []

    def run(listener: socket.socket, answer: bytes) -> None:
        with suppress(OSError):
            while True:
                peer, _ = listener.accept()
                with peer:
                    peer.settimeout(20)
                    if peer.recv(100):
                        peer.sendall(answer)

    def start(answer: bytes) -> int:
        listener = socket.create_server((HERE, 0))
        ended.append((listener, threading.Thread(target=run, args=(listener, answer))))
        ended[-1][1].start()
        return int(listener.getsockname()[1])

    yield start
    for listener, thread in ended:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(20)


def free_port() -> int:
    with socket.socket() as free:
        free.bind((HERE, 0))
        return int(free.getsockname()[1])


def asked(port: int, proto: str = "tcp", *, reads: bool = True) -> TalkRequest:
    return TalkRequest(f"{port}/{proto}", proto, port, send=b"hi\n", reads=reads, within_s=5)


def talks(relay: Relay, *requests: TalkRequest) -> dict[str, Talk | Unreadable]:
    target = TargetRequest("a.0", "c" * 64, 1, addresses=(FAR,), talks=requests)
    with conversations(target, (), relay) as held:
        return told(held, lambda _address, _port: 0)


class TestInside:
    def test_an_answer_comes_back_under_the_containers_own_address(
        self, relay: Relay, serve: Callable[[bytes], int]
    ) -> None:
        port = serve(b"hello")
        said = talks(relay, asked(port))[f"{port}/tcp"]
        assert said == Talk(f"{FAR}:{port}", True, sent=3, received=b"hello", closed=True)
        assert relay.dialled == [(FAR, port)]

    def test_a_port_where_nobody_listens_is_refused_there(self, relay: Relay) -> None:
        port = free_port()
        assert talks(relay, asked(port)) == {f"{port}/tcp": Talk(f"{FAR}:{port}", False, "refused")}

    def test_a_connection_without_words_is_held_and_its_queue_is_read(
        self, relay: Relay, serve: Callable[[bytes], int]
    ) -> None:
        port = serve(b"")
        said = talks(relay, TalkRequest("x", "tcp", port))["x"]
        assert isinstance(said, Talk)
        assert (said.connected, said.queue_after) == (True, 0)

    def test_what_could_not_be_dialled_is_unreadable_and_the_others_are_not(self) -> None:
        relay = Relay(Unreachable("the bastion is gone"))
        said = talks(relay, asked(5), asked(6, reads=False))
        assert said == {"5/tcp": Unreadable("the bastion is gone"), "6/tcp": Unreadable("the bastion is gone")}

    def test_datagrams_are_not_sent_from_somewhere_else_instead(self, relay: Relay) -> None:
        said = talks(relay, asked(53, "udp"))["53/udp"]
        assert isinstance(said, Unreadable)
        assert said.reason == "53/udp cannot be asked from here: the way there goes through SSH, which carries TCP only"
        assert relay.dialled == []

    def test_a_listener_on_loopback_alone_is_not_dialled(self, relay: Relay) -> None:
        target = TargetRequest("a.0", "c" * 64, 1, addresses=(FAR,), talks=(asked(80),))
        bound = Listener("tcp", 4, HERE, 80, 1, (), 0)
        with conversations(target, (bound,), relay) as held:
            said = told(held, lambda _address, _port: 0)["80/tcp"]
        assert isinstance(said, Unreadable)
        assert "bound to loopback" in said.reason


class TestPublished:
    def test_a_published_port_is_dialled_on_the_engines_host(self, relay: Relay, serve: Callable[[bytes], int]) -> None:
        port = serve(b"hello")
        said = talk_to_published(relay, [Published(8080, "tcp", "0.0.0.0", port)], asked(8080))
        assert said == Talk(f"far-host:{port}", True, sent=3, received=b"hello", closed=True)
        assert relay.dialled == [("0.0.0.0", port)]

    def test_what_could_not_be_dialled_is_unreadable(self) -> None:
        relay = Relay(Unreachable("the bastion is gone"))
        ends = [Published(8080, "tcp", "0.0.0.0", 19000)]
        assert talk_to_published(relay, ends, asked(8080)) == Unreadable("the bastion is gone")

    def test_datagrams_are_told_to_be_impossible(self, relay: Relay) -> None:
        said = talk_to_published(relay, [Published(53, "udp", "0.0.0.0", 19053)], asked(53, "udp"))
        assert isinstance(said, Unreadable)
        assert said.reason.startswith("19053/udp cannot be asked from here")

    def test_a_wildcard_of_an_engine_elsewhere_is_its_host_and_an_unknown_host_is_unreadable(self) -> None:
        assert Here(EngineAddress("tcp://127.0.0.2:2375")).address("0.0.0.0") == "127.0.0.2"
        assert Here(EngineAddress("tcp://127.0.0.2:2375")).address("127.0.0.9") == "127.0.0.9"
        assert Here().address("") == HERE
        lost = Here(EngineAddress("tcp://nobody.invalid:2375"))
        said = talk_to_published(lost, [Published(1, "tcp", "", 2)], asked(1))
        assert said == Unreadable("the engine's host nobody.invalid: its name is unknown here")


def test_a_socket_that_is_taken_over_has_one_deadline_for_all() -> None:
    near, far = socket.socketpair()
    with far, timed(near, Deadline.within(0.2)) as sock:
        far.sendall(b"x")
        assert sock.recv(10) == b"x"
        assert sock.received(10) is None
        with pytest.raises((TimeoutError, CouldNotLook)):
            sock.recv(10)
