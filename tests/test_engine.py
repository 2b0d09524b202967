"""The raw Engine client: a whole right answer or an error, never a shorter answer."""

import hashlib
import json
import os
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cutting_proxy import CuttingProxy

from seatrial.errors import CouldNotLook, CutShort, Refused, TooLate, Unreachable, UsageError
from seatrial.spec.docker import DockerSpec
from seatrial.transports.engine import Engine, ExecResult
from seatrial.transports.engine_address import DEFAULT, EngineAddress, SshAddress, resolve
from seatrial.transports.frames import Demultiplexer
from seatrial.transports.marked import new_nonce

pytestmark = pytest.mark.once

SOCKET = "/var/run/docker.sock"
NO_CONFIG = {"DOCKER_CONFIG": "/nonexistent"}


@pytest.fixture
def engine() -> Iterator[Engine]:
    with Engine(EngineAddress(f"unix://{SOCKET}"), timeout_s=20) as engine:
        yield engine


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[CuttingProxy]:
    with CuttingProxy(SOCKET, tmp_path / "e.sock") as proxy:
        yield proxy


@pytest.fixture
def behind(proxy: CuttingProxy) -> Iterator[Engine]:
    with Engine(EngineAddress(proxy.url), timeout_s=20) as engine:
        yield engine


def context(folder: Path, name: str, host: str) -> dict[str, str]:
    digest = hashlib.sha256(name.encode()).hexdigest()
    meta = folder / "contexts" / "meta" / digest
    meta.mkdir(parents=True)
    (meta / "meta.json").write_text(json.dumps({"Name": name, "Endpoints": {"docker": {"Host": host}}}))
    return {"DOCKER_CONFIG": str(folder)}


class TestAddress:
    def test_the_file_comes_before_the_environment(self) -> None:
        found = resolve(DockerSpec(engine="tcp://10.0.0.1:2375"), {"DOCKER_HOST": "unix:///other.sock"})
        assert (found.url, found.host_port, found.socket_path) == ("tcp://10.0.0.1:2375", ("10.0.0.1", 2375), "")

    def test_docker_host_comes_before_the_context(self, tmp_path: Path) -> None:
        environ = {"DOCKER_HOST": "unix:///a.sock", "DOCKER_CONTEXT": "x", **context(tmp_path, "x", "unix:///b.sock")}
        assert resolve(None, environ).url == "unix:///a.sock"

    def test_the_context_of_the_environment_comes_before_the_one_in_the_config(self, tmp_path: Path) -> None:
        environ = context(tmp_path, "one", "unix:///one.sock") | context(tmp_path, "two", "unix:///two.sock")
        (tmp_path / "config.json").write_text('{"currentContext": "one"}')
        assert resolve(None, environ).url == "unix:///one.sock"
        assert resolve(None, {**environ, "DOCKER_CONTEXT": "two"}).url == "unix:///two.sock"

    def test_the_usual_socket_is_last_and_all_that_was_tried_is_told(self) -> None:
        found = resolve(None, NO_CONFIG)
        assert found.url == DEFAULT
        assert [line.partition(":")[0] for line in found.tried] == [
            "docker.engine of the file",
            "DOCKER_HOST",
            "docker context",
            "the usual socket",
        ]

    def test_the_default_context_is_the_usual_socket(self) -> None:
        assert resolve(None, {**NO_CONFIG, "DOCKER_CONTEXT": "default"}).url == DEFAULT

    @pytest.mark.parametrize(
        ("url", "says"),
        [
            ("ssh://root:secret@host", "DOCKER_HOST is 'ssh://root:secret@host'"),
            ("ssh://host/run/docker.sock", "without a path"),
            ("ssh://-oProxyCommand=touch", "do not begin with '-'"),
            ("ssh://a@-l", "do not begin with '-'"),
            ("ssh://-l@host", "do not begin with '-'"),
            ("ssh://a b", r"ssh://[user@]host[:port]"),
            ("ssh://host\n", r"ssh://[user@]host[:port]"),
            ("ssh://$(x)", r"ssh://[user@]host[:port]"),
            ("ssh://host:0", r"ssh://[user@]host[:port]"),
            ("ssh://host:99999", r"ssh://[user@]host[:port]"),
            ("ssh://", r"ssh://[user@]host[:port]"),
            ("npipe:////./pipe/docker", "only unix:///path, tcp://host:port and ssh://"),
            ("/var/run/docker.sock", "only unix:///path"),
            ("unix://relative.sock", "must be absolute"),
            ("tcp://host", "tcp://host:port"),
            ("tcp://host:99999", "tcp://host:port"),
            ("tcp://host:2375/prefix", "without a path"),
        ],
    )
    def test_what_cannot_be_used_is_refused_by_name(self, url: str, says: str) -> None:
        with pytest.raises(UsageError, match=re.escape(says)):
            resolve(None, {**NO_CONFIG, "DOCKER_HOST": url})

    @pytest.mark.parametrize(
        ("url", "host", "user", "port"),
        [
            ("ssh://engine-1", "engine-1", "", 0),
            ("ssh://deploy@10.0.0.1:2222", "10.0.0.1", "deploy", 2222),
            ("ssh://me@[fd00::1]:22", "fd00::1", "me", 22),
        ],
    )
    def test_an_engine_behind_ssh_has_its_host(self, tmp_path: Path, url: str, host: str, user: str, port: int) -> None:
        assert resolve(None, {**NO_CONFIG, "DOCKER_HOST": url}).ssh == SshAddress(host, user, port)
        environ = {"DOCKER_CONTEXT": "far", **context(tmp_path, "far", url)}
        assert resolve(None, environ).ssh == SshAddress(host, user, port)
        assert resolve(None, NO_CONFIG).ssh is None

    def test_an_engine_behind_ssh_is_not_dialled_straight(self) -> None:
        with pytest.raises(Unreachable, match="behind SSH cannot be dialled straight"):
            Engine(EngineAddress("ssh://far")).version()

    def test_a_context_that_is_not_there_is_refused(self) -> None:
        with pytest.raises(UsageError, match="docker context 'gone' names no engine"):
            resolve(None, {**NO_CONFIG, "DOCKER_CONTEXT": "gone"})

    def test_a_broken_config_is_refused_not_ignored(self, tmp_path: Path) -> None:
        (tmp_path / "config.json").write_text("{")
        with pytest.raises(UsageError, match=r"config\.json cannot be read"):
            resolve(None, {"DOCKER_CONFIG": str(tmp_path)})


class TestFrames:
    STREAM = b"\x01\0\0\0\0\0\0\x03abc" + b"\x02\0\0\0\0\0\0\x02ER" + b"\x01\0\0\0\0\0\0\0" + b"\x01\0\0\0\0\0\0\x01d"

    def test_bytes_one_by_one_give_the_same_as_all_at_once(self) -> None:
        for step in range(1, len(self.STREAM)):
            output = Demultiplexer(100)
            for start in range(0, len(self.STREAM), step):
                output.feed(self.STREAM[start : start + step])
            output.end()
            assert (output.stdout, output.stderr) == (b"abcd", b"ER")

    def test_merged_keeps_the_order(self) -> None:
        output = Demultiplexer(100, merged=True)
        output.feed(self.STREAM)
        assert output.stdout == b"abcERd"

    def test_an_end_inside_a_frame_is_cut_short(self) -> None:
        whole = {0, 11, 21, 29, len(self.STREAM)}
        for length in set(range(len(self.STREAM))) - whole:
            output = Demultiplexer(100)
            output.feed(self.STREAM[:length])
            with pytest.raises(CutShort):
                output.end()

    def test_more_than_the_cap_is_an_error(self) -> None:
        with pytest.raises(CutShort, match="more than 3 bytes"):
            Demultiplexer(3).feed(self.STREAM)

    def test_an_error_of_the_engine_inside_the_stream_is_an_error(self) -> None:
        with pytest.raises(Refused, match="disk on fire"):
            Demultiplexer(100).feed(b"\x03\0\0\0\0\0\0\x0cdisk on fire")

    def test_a_stream_without_frames_is_not_taken_for_one(self) -> None:
        with pytest.raises(CutShort, match="multiplexed"):
            Demultiplexer(100).feed(b"plain text of a terminal")


class TestUnreachable:
    def test_no_socket_says_what_was_tried(self, tmp_path: Path) -> None:
        address = resolve(None, {**NO_CONFIG, "DOCKER_HOST": f"unix://{tmp_path}/no.sock"})
        with pytest.raises(
            Unreachable, match=r"no such socket.*tried: docker\.engine of the file: not set; DOCKER_HOST"
        ):
            Engine(address).containers()

    def test_nobody_behind_the_socket_is_told(self, tmp_path: Path) -> None:
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(str(tmp_path / "s"))
        with pytest.raises(Unreachable, match="nobody listens there"):
            Engine(EngineAddress(f"unix://{tmp_path}/s")).version()

    @pytest.mark.skipif(os.geteuid() != 0, reason="gives up root for a moment")
    def test_missing_rights_name_the_user_and_the_owner(self, tmp_path: Path) -> None:
        with socket.socket(socket.AF_UNIX) as closed:
            closed.bind(str(tmp_path / "s"))
            closed.listen()
            os.chmod(tmp_path / "s", 0o660)
            with as_nobody(tmp_path), pytest.raises(Unreachable) as told:
                Engine(EngineAddress(f"unix://{tmp_path}/s")).version()
        assert "you are uid 65534" in str(told.value)
        assert "the socket belongs to uid 0 and group root, mode 0660" in str(told.value)

    def test_tcp_with_nobody_there_is_unreachable(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
            with pytest.raises(Unreachable, match="nobody listens there"):
                Engine(EngineAddress(f"tcp://127.0.0.1:{port}")).version()


@contextmanager
def as_nobody(folder: Path) -> Iterator[None]:
    """Have no rights for a while."""
    for parent in [folder, *folder.parents][:3]:
        os.chmod(parent, 0o755)
    groups = os.getgroups()
    os.setgroups([])
    os.setegid(65534)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Callable[[bytes], Engine]]:
    """An engine that answers every connection with the same bytes and closes."""
    threads, engines = [], []

    def serve(listener: socket.socket, answer: bytes) -> None:
        with listener:
            while True:
                try:
                    peer, _ = listener.accept()
                except OSError:
                    return
                with peer:
                    if not peer.recv(65536):
                        return
                    peer.sendall(answer)

    def start(answer: bytes) -> Engine:
        path = tmp_path / f"{len(threads)}.sock"
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(path))
        listener.listen()
        threads.append((threading.Thread(target=serve, args=(listener, answer)), path))
        threads[-1][0].start()
        engines.append(Engine(EngineAddress(f"unix://{path}")))
        return engines[-1]

    yield start
    for engine in engines:
        engine.close()
    for thread, path in threads:
        with socket.socket(socket.AF_UNIX) as last:
            last.connect(str(path))
        thread.join(10)


class TestAnswers:
    @pytest.mark.parametrize(
        ("answer", "kind"),
        [
            (b"", CutShort),
            (b"HTTP/1.1 200 OK\r\n", CutShort),
            (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[]", CutShort),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[]", CutShort),
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n", CutShort),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n[]", CutShort),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", CutShort),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n[]", CutShort),
            (b"ICY 200 OK\r\n\r\n", CutShort),
            (b'HTTP/1.1 500 Oh\r\nContent-Length: 16\r\n\r\n{"message":"no"}', Refused),
            (b"HTTP/1.1 403 No\r\nContent-Length: 5\r\n\r\n<bad>", Refused),
        ],
    )
    def test_anything_but_a_whole_answer_is_an_error(
        self, server: Callable[[bytes], Engine], answer: bytes, kind: type[Exception]
    ) -> None:
        with pytest.raises(kind):
            server(answer).containers()

    @pytest.mark.parametrize(
        "body",
        [
            b"{}",
            b"[1]",
            b'[{"Path": "/etc"}]',
            b'[{"Path": "/etc", "Kind": "new"}]',
            b'[{"Path": "/etc", "Kind": 0}',
        ],
    )
    def test_a_list_of_changes_that_is_not_whole_is_an_error(
        self, server: Callable[[bytes], Engine], body: bytes
    ) -> None:
        with pytest.raises(CutShort):
            server(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)).changes("c")

    def test_a_list_of_changes_beyond_the_cap_is_an_error(self, server: Callable[[bytes], Engine]) -> None:
        with pytest.raises(CutShort):
            server(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n[]").changes("c")

    def test_a_refusal_holds_the_engines_words_and_status(self, server: Callable[[bytes], Engine]) -> None:
        answer = b'HTTP/1.1 500 Oh\r\nContent-Length: 30\r\n\r\n{"message":"disk \\u001b[31mfull"}'
        with pytest.raises(Refused) as told:
            server(answer.replace(b"30", b"%d" % len(answer.partition(b"\r\n\r\n")[2]))).containers()
        assert told.value.status == 500
        assert "disk" in str(told.value)
        assert "\x1b" not in str(told.value)

    def test_bytes_that_trickle_meet_one_deadline_for_the_whole_call(self, tmp_path: Path) -> None:
        stop = threading.Event()

        def trickle() -> None:
            peer, _ = listener.accept()
            with peer:
                peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
                while not stop.wait(0.05):
                    peer.sendall(b"x")

        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(tmp_path / "s"))
            listener.listen()
            thread = threading.Thread(target=trickle)
            thread.start()
            try:
                with pytest.raises(TooLate), Engine(EngineAddress(f"unix://{tmp_path}/s"), timeout_s=0.5) as engine:
                    engine.containers()
            finally:
                stop.set()
                thread.join(10)


@pytest.mark.docker
class TestRealEngine:
    def test_every_call_is_noted(self, engine: Engine) -> None:
        engine.version()
        engine.containers()
        assert engine.calls == ["GET /version", "GET /containers/json?all=1"]

    def test_one_connection_serves_call_after_call_and_a_closed_one_is_replaced(self, behind: Engine) -> None:
        behind.version()
        kept = behind._idle[0]
        behind.version()
        assert behind._idle == [kept]
        kept.sock.shutdown(socket.SHUT_RDWR)
        assert behind.version()["ApiVersion"]

    def test_threads_share_an_engine(self, engine: Engine, up: Callable[..., Any]) -> None:
        container = up("threads", ["sleep", "600"])
        with ThreadPoolExecutor(4) as pool:
            ran = list(pool.map(lambda n: engine.exec_marked(container.id, ["echo", str(n)]).stdout, range(8)))
        assert ran == [b"%d\n" % n for n in range(8)]

    def test_changes_are_told_with_their_kind_and_none_is_an_empty_list(self, engine: Engine, up: Any) -> None:
        box = up("changed", ["sleep", "600"], init=False)
        assert engine.changes(box.id) == ()
        assert box.exec_run(["touch", "/left-behind"])[0] == 0
        assert engine.changes(box.id) == (("/left-behind", 1),)

    def test_an_image_that_is_not_there_is_refused_with_404(self, engine: Engine) -> None:
        assert engine.image_id("debian:bookworm-slim").startswith("sha256:")
        with pytest.raises(Refused, match="nosuch") as told:
            engine.image_id("nosuch/thing:1")
        assert told.value.status == 404

    def test_a_command_has_its_stdin_its_user_its_streams_and_its_status(self, engine: Engine, up: Any) -> None:
        container = up("exec", ["sleep", "600"])
        script = "cat; id -u; echo err >&2; exit 3"
        for run in (engine.exec, engine.exec_marked):
            ran = run(container.id, ["sh", "-c", script], user="33", stdin=b"in\n")
            assert ran == ExecResult(3, b"in\n33\n", b"err\n")

    def test_large_input_and_output_cross_at_the_same_time(self, engine: Engine, up: Any) -> None:
        container = up("large", ["sleep", "600"])
        data = os.urandom(1 << 20)
        assert engine.exec_marked(container.id, ["cat"], stdin=data).stdout == data

    def test_input_that_nobody_reads_is_no_error(self, engine: Engine, up: Any) -> None:
        container = up("unread", ["sleep", "600"])
        assert engine.exec_marked(container.id, ["true"], stdin=bytes(1 << 20)).exit_code == 0

    @pytest.mark.parametrize(
        ("argv", "expected"),
        [
            (["printf", "no newline"], (0, b"no newline")),
            (["printf", "\\n\\n"], (0, b"\n\n")),
            (["exit", "7"], (7, b"")),
            (["exec", "false"], (1, b"")),
            (["sh", "-c", "kill -9 $$"], (137, b"")),
            (["echo", "$HOME; exit 9", "*"], (0, b"$HOME; exit 9 *\n")),
            (["no-such-command"], (127, b"")),
        ],
    )
    def test_the_mark_changes_nothing_of_output_and_status(
        self, engine: Engine, up: Any, argv: list[str], expected: tuple[int, bytes]
    ) -> None:
        ran = engine.exec_marked(up("mark", ["sleep", "600"]).id, argv)
        assert (ran.exit_code, ran.stdout) == expected

    def test_a_command_that_kills_its_shell_is_cut_short(self, engine: Engine, up: Any) -> None:
        container = up("suicide", ["sleep", "600"])
        with pytest.raises(CutShort, match="no end mark"):
            engine.exec_marked(container.id, ["sh", "-c", "echo all is well; kill -9 $PPID"])

    def test_the_nonce_is_in_no_command_line_and_no_environment(self, engine: Engine, up: Any) -> None:
        container = up("nonce", ["sleep", "600"])
        ran = engine.exec_marked(container.id, ["sh", "-c", "cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ; echo $n"])
        assert b"IFS= read -r n" in ran.stdout
        assert not [word for word in ran.stdout.split(b"\0") if len(word) == 32 and word.isalnum()]

    def test_a_command_over_its_deadline_is_too_late(self, engine: Engine, up: Any) -> None:
        container = up("late", ["sleep", "600"])
        with pytest.raises(TooLate, match=r"within 0\.7 s"):
            engine.exec_marked(container.id, ["sleep", "30"], deadline_s=0.7)

    @pytest.mark.parametrize("user", ["", "1500"])
    def test_nothing_of_a_command_over_its_deadline_runs_on(self, engine: Engine, up: Any, user: str) -> None:
        container = up("ended", ["sleep", "600"])
        script = "sleep 307 & (setsid sleep 307 & ) ; trap '' TERM HUP INT; sleep 307"
        for _ in range(2):
            with pytest.raises(TooLate) as told:
                engine.exec_marked(container.id, ["sh", "-c", script], user=user, deadline_s=1.0)
            assert str(told.value) == "no complete answer within 1 s"
            assert programs(container) == ["sleep 600"]

    def test_a_command_that_ends_while_what_it_started_holds_its_output_leaves_nothing(
        self, engine: Engine, up: Any
    ) -> None:
        container = up("held", ["sleep", "600"])
        with pytest.raises(TooLate):
            engine.exec_marked(container.id, ["sh", "-c", "sleep 307 & echo fine"], deadline_s=1.0)
        assert programs(container) == ["sleep 600"]

    @pytest.mark.parametrize("deadline_s", [0.02, 0.04, 0.06, 0.08])
    def test_a_command_that_starts_after_its_deadline_is_ended_or_told(
        self, engine: Engine, up: Any, deadline_s: float
    ) -> None:
        container = up("early", ["sleep", "600"])
        with pytest.raises(TooLate) as told:
            engine.exec(container.id, ["sleep", "307"], deadline_s=deadline_s)
        time.sleep(1)
        assert programs(container) == ["sleep 600"] or "it may still run in the container" in str(told.value)

    def test_a_command_with_too_much_output_is_ended_and_nothing_else_is(self, engine: Engine, up: Any) -> None:
        container = up("yes", ["sleep", "600"])
        decoy = "export SEATRIAL_LOOK=0123456789abcdef; exec sleep 500"
        container.exec_run(["sh", "-c", decoy], detach=True)
        container.exec_run(["sleep", "400"], detach=True)
        with pytest.raises(CutShort, match="more than 1000 bytes"):
            engine.exec(container.id, ["sh", "-c", "yes; sleep 307"], cap=1000)
        assert programs(container) == ["sleep 400", "sleep 500", "sleep 600"]

    def test_ending_a_command_is_noted_and_a_command_that_ended_needs_none(self, engine: Engine, up: Any) -> None:
        container = up("noted", ["sleep", "600"])
        engine.exec_marked(container.id, ["false"])
        assert not [call for call in engine.calls if "to end" in call]
        with pytest.raises(TooLate):
            engine.exec_marked(container.id, ["sleep", "307"], deadline_s=1.0)
        assert [call for call in engine.calls if call.endswith("(to end sleep)")]

    def test_a_command_that_cannot_be_ended_is_told_with_the_first_error(self, engine: Engine, up: Any) -> None:
        container = up("nogrep", ["sleep", "600"])
        engine.exec(container.id, ["sh", "-c", "rm -f /bin/grep /usr/bin/grep"])
        with pytest.raises(TooLate, match=r"^no complete answer .*may still run.*: there is no grep in it$"):
            engine.exec_marked(container.id, ["sleep", "307"], deadline_s=1.0)

    def test_a_container_that_is_paused_meanwhile_is_asked_once(self, engine: Engine, up: Any) -> None:
        container = up("freeze", ["sleep", "600"])
        freeze = threading.Timer(0.5, container.pause)
        freeze.start()
        try:
            with pytest.raises(TooLate, match=r"may still run.*is paused"):
                engine.exec_marked(container.id, ["sleep", "307"], deadline_s=1.5)
        finally:
            freeze.join()
            container.unpause()
        assert sum("(to end sleep)" in call for call in engine.calls) == 1

    def test_a_container_that_ends_meanwhile_leaves_nothing_to_end(self, engine: Engine, up: Any) -> None:
        container = up("gone", ["sleep", "600"])
        stop = threading.Timer(0.5, container.kill)
        stop.start()
        with pytest.raises(CouldNotLook) as told:
            engine.exec_marked(container.id, ["sleep", "307"], deadline_s=3.0)
        stop.join()
        assert "may still run" not in str(told.value)

    def test_output_beyond_its_cap_is_an_error(self, engine: Engine, up: Any) -> None:
        container = up("flood", ["sleep", "600"])
        with pytest.raises(CutShort, match="more than 1000 bytes"):
            engine.exec(container.id, ["sh", "-c", "yes | head -c 5000"], cap=1000)

    def test_an_image_without_a_shell_is_refused_by_name(self, engine: Engine, up: Any) -> None:
        container = up("noshell", ["sleep", "600"])
        engine.exec(container.id, ["rm", "/bin/sh", "/usr/bin/sh"])
        with pytest.raises(Refused, match="the image has no shell"):
            engine.exec_marked(container.id, ["true"])

    def test_an_unknown_user_is_refused(self, engine: Engine, up: Any) -> None:
        with pytest.raises(Refused, match="unable to find user nobody-here"):
            engine.exec_marked(up("nouser", ["sleep", "600"]).id, ["true"], user="nobody-here")

    def test_a_paused_container_is_refused(self, engine: Engine, up: Any) -> None:
        container = up("paused", ["sleep", "600"])
        container.pause()
        try:
            with pytest.raises(Refused, match="is paused") as told:
                engine.exec_marked(container.id, ["true"])
            assert told.value.status == 409
        finally:
            container.unpause()

    @pytest.mark.parametrize("tty", [False, True])
    def test_a_log_is_whole_or_an_error(self, engine: Engine, up: Any, tty: bool) -> None:
        container = up("log", ["sh", "-c", "echo one; sleep 1.2; echo two; sleep 600"], tty=tty)
        end = "\r\n" if tty else "\n"
        whole = f"one{end}two{end}".encode()
        waited = time.monotonic() + 20
        while (said := engine.logs(container.id, 0, 1000)) != whole and time.monotonic() < waited:
            time.sleep(0.05)
        assert said == whole
        stamped = engine.logs(container.id, 0, 1000, timestamps=True)
        second = stamped.splitlines()[1].split()[0].decode()
        assert second.endswith("Z")
        with pytest.raises(CutShort, match="more than 3 bytes"):
            engine.logs(container.id, 0, 3)

    def test_a_log_of_lines_of_one_byte_is_not_longer_than_its_bytes(self, engine: Engine, up: Any) -> None:
        container = up("lines", ["sh", "-c", "yes '' | head -n 40000; echo end; sleep 600"])
        waited = time.monotonic() + 20
        while not (said := engine.logs(container.id, 0, 50_000)).endswith(b"end\n") and time.monotonic() < waited:
            time.sleep(0.05)
        assert said == b"\n" * 40_000 + b"end\n"

    def test_an_engine_over_tcp_is_the_same(self, up: Any) -> None:
        container = up("tcp", ["sleep", "600"])
        with CuttingProxy(SOCKET, ("127.0.0.1", 0)) as proxy, Engine(EngineAddress(proxy.url)) as engine:
            assert engine.inspect(container.id)["Id"] == container.id
            assert engine.exec_marked(container.id, ["cat"], stdin=b"over").stdout == b"over"

    def test_a_mute_engine_is_too_late(self, proxy: CuttingProxy) -> None:
        proxy.hangs, proxy.cut_after = True, 100
        with Engine(EngineAddress(proxy.url), timeout_s=0.5) as engine, pytest.raises(TooLate):
            engine.containers()


def programs(container: Any) -> list[str]:
    """What runs in a container, by its command lines."""
    lines = [row[-1] for row in container.top(ps_args="-eo pid,args")["Processes"]]
    return sorted(line for line in lines if "init" not in line)


@pytest.mark.docker
class TestCut:
    """Cut at every 64th byte, each answer is the whole right one or an error."""

    CALLS = (
        "version",
        "containers",
        "inspect",
        "image_id",
        "logs",
        "exec_marked",
    )

    @pytest.mark.parametrize("call", CALLS)
    def test_every_call_cut_anywhere_is_whole_or_an_error(
        self, call: str, proxy: CuttingProxy, engine: Engine, up: Any
    ) -> None:
        container = up("cut", ["sh", "-c", "seq 1 120; seq 1 50 >&2; exec sleep 600"])
        ask = asking(call, container.id)
        right, size = steady(lambda: ask(engine)), 1 << 20
        whole = False
        for cut in range(0, size, 64):
            proxy.reset(cut)
            with Engine(EngineAddress(proxy.url), timeout_s=20) as behind:
                try:
                    assert ask(behind) == right
                    whole = True
                    break
                except CouldNotLook:
                    continue
        assert whole

    def test_an_answer_cut_in_the_middle_of_a_run_is_an_error_and_the_next_is_right(
        self, proxy: CuttingProxy, behind: Engine
    ) -> None:
        right = behind.version()
        proxy.cut_after = 100
        with pytest.raises(CutShort):
            behind.version()
        proxy.cut_after = None
        assert behind.version() == right

    def test_a_stream_cut_between_two_frames_needs_the_mark(self, proxy: CuttingProxy, behind: Engine, up: Any) -> None:
        container = up("naive", ["sleep", "600"])
        behind.exec(container.id, ["true"])
        header = proxy.sizes[1]
        script = ["sh", "-c", "sleep 0.2; echo first; sleep 0.2; echo second"]
        proxy.reset(header + len(b"\x01\0\0\0\0\0\0\x06first\n"), only=1)
        assert behind.exec(container.id, script).stdout == b"first\n"
        frames = (f"\n{new_nonce()}\n".encode(), b"first\n")
        proxy.reset(header + sum(8 + len(frame) for frame in frames), only=1)
        with pytest.raises(CutShort, match="no end mark"):
            behind.exec_marked(container.id, script)


def asking(call: str, container_id: str) -> Callable[[Engine], object]:
    def ask(engine: Engine) -> object:
        if call == "inspect":
            return engine.inspect(container_id)
        if call == "image_id":
            return engine.image_id("debian:bookworm-slim")
        if call == "logs":
            return engine.logs(container_id, 0, 100_000)
        if call == "exec_marked":
            return engine.exec_marked(container_id, ["sh", "-c", "seq 1 100; echo err >&2; exit 5"])
        if call == "containers":
            return next(row["Names"] for row in engine.containers() if row["Id"] == container_id)
        return engine.version()

    return ask


def steady(ask: Callable[[], Any]) -> Any:
    """The answer once it is twice the same: what a container just printed may still be on its way."""
    before = ask()
    for _ in range(50):
        time.sleep(0.05)
        before, last = ask(), before
        if before == last:
            break
    return before
