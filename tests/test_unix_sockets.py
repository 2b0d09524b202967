"""Unix sockets: the kernel's two lists of them, and connections to them, with real ones."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from seatrial.collector.kernel import diag_socket
from seatrial.collector.paths import Root
from seatrial.collector.talk import Talk
from seatrial.collector.talks import converse
from seatrial.collector.unix import UnixEnd, dump_unix, file_of_stat
from seatrial.errors import CouldNotLook
from seatrial.parsers.sockets import Bound, byte_order
from seatrial.parsers.unix_sockets import of_unix_diag, of_unix_table

KINDS = {"stream": socket.SOCK_STREAM, "seqpacket": socket.SOCK_SEQPACKET}


@pytest.fixture(params=KINDS)
def listener(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[socket.socket]:
    """One that listens in a folder, and takes two that nobody accepts."""
    with socket.socket(socket.AF_UNIX, KINDS[request.param]) as made:
        made.bind(str(tmp_path / "app.sock"))
        made.listen(1)
        yield made


@pytest.fixture
def abstract() -> Iterator[socket.socket]:
    """One that listens under a name without a file."""
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(f"\0seatrial-test-{os.getpid()}")
        made.listen(1)
        yield made


def _diag() -> bytes:
    with diag_socket() as diag:
        return dump_unix(diag)


def _order() -> str:
    return byte_order(Path("/proc/self/exe").read_bytes()[:6])


def _named(found: tuple[Bound, ...], sock: socket.socket) -> Bound:
    name = sock.getsockname()
    wanted = name if isinstance(name, str) else "@" + name[1:].decode()
    [one] = [item for item in found if item.address == wanted]
    return one


def _end(path: str, kind: int = socket.SOCK_STREAM) -> UnixEnd:
    return UnixEnd(Root("/proc/self"), os.fsencode(path), kind)


def _talk(end: UnixEnd, **more: object) -> Talk:
    asked = {"proto": "unix", "send": "", "enough": "", "reads": False, "within_s": 0.5, **more}
    made = Talk((0, 0), asked, end)
    with diag_socket() as diag:
        made.open()
        converse([made], lambda talk: talk.end.waiting(diag))
    return made


def test_both_lists_of_the_kernel_name_a_listener_and_its_inode(listener: socket.socket) -> None:
    inode = os.fstat(listener.fileno()).st_ino
    listed = _named(of_unix_diag(_diag(), _order()), listener)
    assert listed.file == file_of_stat(os.stat(listener.getsockname()))
    assert (listed.proto, listed.inode, listed.queue, listed.backlog) == ("unix", inode, 0, 1)
    assert _named(of_unix_table(Path("/proc/net/unix").read_bytes()), listener).inode == inode


def test_both_lists_name_an_abstract_listener(abstract: socket.socket) -> None:
    inode = os.fstat(abstract.fileno()).st_ino
    assert _named(of_unix_diag(_diag(), _order()), abstract).inode == inode
    assert _named(of_unix_table(Path("/proc/net/unix").read_bytes()), abstract).inode == inode


def test_what_is_bound_and_does_not_listen_is_in_neither(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(tmp_path / "app.sock"))
        for found in (of_unix_diag(_diag(), _order()), of_unix_table(Path("/proc/net/unix").read_bytes())):
            assert str(tmp_path / "app.sock") not in {item.address for item in found}


@pytest.mark.parametrize("cut", [1, 20, 40])
def test_a_cut_list_is_no_shorter_list(listener: socket.socket, cut: int) -> None:
    assert listener.getsockname()
    with pytest.raises(CouldNotLook):
        of_unix_diag(_diag()[:-cut], _order())
    with pytest.raises(CouldNotLook):
        of_unix_table(Path("/proc/net/unix").read_bytes().partition(b"\n")[2])


def test_a_line_of_another_form_is_not_passed_over() -> None:
    with pytest.raises(CouldNotLook, match="not as proc"):
        of_unix_table(b"Num RefCount Protocol Flags Type St Inode Path\n0000: what is this?\n")


def test_a_connection_that_nobody_takes_waits_in_the_queue(listener: socket.socket) -> None:
    made = _talk(_end(listener.getsockname(), listener.type))
    assert (made.connected, made.queue) == (True, 1)


def test_a_full_queue_is_waited_for_until_the_deadline(listener: socket.socket) -> None:
    peers = [socket.socket(socket.AF_UNIX, listener.type) for _ in range(2)]
    for peer in peers:
        peer.connect(listener.getsockname())
    made = _talk(_end(listener.getsockname(), listener.type))
    assert (made.connected, made.error) == (False, "timed out")
    for peer in peers:
        peer.close()


def test_an_abstract_listener_is_dialled_by_its_name(abstract: socket.socket) -> None:
    made = _talk(_end("@" + abstract.getsockname()[1:].decode()))
    assert (made.connected, made.queue) == (True, 1)


def test_a_file_that_a_dead_server_left_behind_refuses(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(tmp_path / "app.sock"))
    assert _talk(_end(str(tmp_path / "app.sock"))).error == "refused"


def test_a_path_at_which_nothing_is_says_so(tmp_path: Path) -> None:
    assert _talk(_end(str(tmp_path / "app.sock"))).error == "no such file or directory"


def test_a_path_may_be_longer_than_an_address(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    deep.mkdir(parents=True)
    fd = os.open(deep, os.O_PATH)
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(f"/proc/self/fd/{fd}/app.sock")
        made.listen(1)
        made_talk = _talk(_end(str(deep / "app.sock")))
        assert (made_talk.connected, made_talk.queue) == (True, 1)
    os.close(fd)


def test_a_socket_that_was_renamed_is_known_by_its_file(listener: socket.socket, tmp_path: Path) -> None:
    os.rename(listener.getsockname(), tmp_path / "renamed.sock")
    made = _talk(_end(str(tmp_path / "renamed.sock"), listener.type))
    assert (made.connected, made.queue) == (True, 1)


def test_a_relative_file_is_no_abstract_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as made:
        made.bind("@app")
        made.listen(1)
        assert {item.address for item in of_unix_diag(_diag(), _order())} & {"@app", "./@app"} == {"./@app"}
