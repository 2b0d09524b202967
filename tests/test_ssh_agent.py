"""An agent that answers slowly, without end, or too much: it has the deadline of the hop, and a cap."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from seatrial.deadline import Deadline
from seatrial.ssh.agent import Agent

Odd = Callable[[Callable[[socket.socket], None]], str]


@pytest.fixture
def odd(tmp_path: Path) -> Iterator[Odd]:
    """An agent that does this with each connection."""
    server, over = socket.socket(socket.AF_UNIX), threading.Event()
    server.bind(f"{tmp_path}/agent")
    server.listen()
    threads: list[threading.Thread] = []

    def start(does: Callable[[socket.socket], None]) -> str:
        def serve() -> None:
            sock, _ = server.accept()
            with sock, contextlib.suppress(OSError):
                sock.recv(100)
                does(sock)
                over.wait(20)

        threads.append(threading.Thread(target=serve, daemon=True))
        threads[-1].start()
        return f"{tmp_path}/agent"

    yield start
    over.set()
    for thread in threads:
        thread.join(5)
    server.close()


def drip(sock: socket.socket) -> None:
    sock.sendall((1000).to_bytes(4, "big"))
    while True:
        sock.sendall(b"\x0c")
        time.sleep(0.1)


def test_one_that_says_nothing_is_left_after_half_of_what_is_left(odd: Odd) -> None:
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        Agent(odd(lambda _: None), Deadline.within(1))
    assert 0.4 < time.monotonic() - began < 0.9


def test_one_that_answers_byte_by_byte_is_left_just_as_soon(odd: Odd) -> None:
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        Agent(odd(drip), Deadline.within(1))
    assert time.monotonic() - began < 0.9


def test_an_answer_that_says_to_be_too_long_is_not_read(odd: Odd) -> None:
    path = odd(lambda sock: sock.sendall((256 * 1024 + 1).to_bytes(4, "big")))
    with pytest.raises(OSError, match="the agent answers with 262145 bytes"):
        Agent(path, Deadline.within(10))


def test_more_keys_than_ssh_takes_are_refused(odd: Odd) -> None:
    body = b"\x0c" + (1_000_000).to_bytes(4, "big")
    path = odd(lambda sock: sock.sendall(len(body).to_bytes(4, "big") + body))
    with pytest.raises(OSError, match="more than 2048 keys"):
        Agent(path, Deadline.within(10))
