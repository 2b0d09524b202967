"""The exec vehicle in real containers: what it reads, whom it talks to, and what it cannot see."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cutting_proxy import CuttingProxy

from seatrial.request import LogRequest, TalkRequest, TargetRequest, Window
from seatrial.snapshot import Inside, Listener, LogFact, Talk, Unreadable
from seatrial.transports.conversations import conversations, told
from seatrial.transports.engine import Engine
from seatrial.transports.engine_address import EngineAddress
from seatrial.transports.exec import look

pytestmark = pytest.mark.once

SOCKET = "/var/run/docker.sock"
WINDOW = Window(samples=2, over_s=0.1, deadline_s=30)

SERVICE = """
use IO::Socket::INET;
$0 = "relayd"; $SIG{CHLD} = "IGNORE";
my ($bind, $mode) = @ARGV;
my $s = IO::Socket::INET->new(LocalAddr => $bind, LocalPort => 9000, Listen => 5, ReuseAddr => 1) or die $!;
sleep 600 if $mode eq "deaf";
sub tell_it { return if $mode ne "tells"; open my $log, ">>", "/tmp/told.log"; print $log @_; close $log; }
while (my $peer = $s->accept) {
    my $said = <$peer>;
    tell_it($said);
    print $peer "PONG $said" if defined $said;
    close $peer;
}
"""


@pytest.fixture
def engine() -> Iterator[Engine]:
    with Engine(EngineAddress(f"unix://{SOCKET}"), timeout_s=20) as engine:
        yield engine


@pytest.fixture
def service(up: Callable[..., Any], engine: Engine) -> Callable[..., TargetRequest]:
    """Start a container whose perl listens on 9000/tcp; returns what to ask of it."""

    def start(name: str = "svc", user: int = 0, bind: str = "0.0.0.0", mode: str = "echo") -> TargetRequest:
        # setpriv, since a process that only changes its uid is closed even to that user (prctl(2), PR_SET_DUMPABLE).
        become = ["setpriv", "--reuid", str(user), "--regid", str(user), "--clear-groups"] if user else []
        made = up(name, [*become, "perl", "-e", SERVICE, bind, mode])
        address = made.attrs["NetworkSettings"]["Networks"]["bridge"]["IPAddress"]
        ready = ["sh", "-c", "until grep -q ':2328 ' /proc/net/tcp; do sleep 0.05; done"]
        engine.exec_marked(made.id, ready, deadline_s=20)
        return TargetRequest(name, made.id, made.attrs["State"]["Pid"], (address,))

    return start


def look_at(engine: Engine, request: TargetRequest) -> Inside:
    found = look(engine, [request], WINDOW)[request.slot]
    assert isinstance(found, Inside), found
    return found


def listener(found: Inside) -> Listener:
    assert not isinstance(found.listeners, Unreadable)
    return next(one for one in found.listeners if one.port == 9000)


ACCEPTS = TalkRequest("9000/tcp", "tcp", 9000)
ASKS = TalkRequest("ask", "tcp", 9000, b"PING\n", b"PONG PING", reads=True)


@pytest.mark.docker
class TestReading:
    def test_processes_files_logs_and_users_are_read(self, engine: Engine, service: Any) -> None:
        request = service()
        write = "echo 17 >/run/x.pid; mkdir /var/log/x; printf 'fine\\nan ERROR here\\n' >/var/log/x/a.log"
        engine.exec_marked(request.container_id, ["sh", "-c", write])
        asked = replace(
            request,
            files=("/run/x.pid", "/no/such"),
            heads=("/run/x.pid",),
            logs=(LogRequest("log", "/var/log/x/*.log", ("ERROR",)),),
        )
        found = look_at(engine, asked)
        assert not isinstance(found.processes, Unreadable)
        assert [one.comm for one in found.processes if one.comm == "relayd"] == ["relayd"]
        assert all(one.comm not in ("sh", "cat", "sleep") for one in found.processes)
        assert [found.files[path].kind for path in asked.files] == ["regular", "missing"]
        assert found.files["/run/x.pid"].head == b"17\n"
        assert isinstance(found.logs["log"], LogFact)
        assert [hit.text for hit in found.logs["log"].files[0].hits] == ["an ERROR here"]
        assert found.users["www-data"] == 33
        assert found.vehicle == "exec"
        assert found.identity == found.identity_last

    def test_one_exec_is_enough_where_nothing_is_hidden(self, engine: Engine, service: Any) -> None:
        request = service()
        before = len(engine.calls)
        look_at(engine, request)
        assert sum(call.endswith("/start") for call in engine.calls[before:]) == 1

    def test_a_process_of_another_user_is_seen_as_that_user(self, engine: Engine, service: Any) -> None:
        found = look_at(engine, service(user=1500))
        assert not isinstance(found.processes, Unreadable)
        daemon = next(one for one in found.processes if one.comm == "relayd")
        assert daemon.uid == 1500
        assert str(daemon.exe).startswith("/usr/bin/perl")
        assert listener(found).owners == (daemon.pid,)

    def test_what_fails_for_one_container_is_told_for_its_slot_only(
        self, engine: Engine, service: Any, up: Any
    ) -> None:
        good = service("good")
        paused, bare = up("paused", ["sleep", "600"]), up("bare", ["sleep", "600"])
        engine.exec(bare.id, ["rm", "/bin/sh", "/usr/bin/sh"])
        paused.pause()
        try:
            asked = [good, TargetRequest("paused", paused.id, 1), TargetRequest("bare", bare.id, 1)]
            found = look(engine, [*asked, TargetRequest("gone", "f" * 64, 1)], WINDOW)
        finally:
            paused.unpause()
        assert list(found) == ["good", "paused", "bare", "gone"]
        assert isinstance(found["good"], Inside)
        assert "is paused" in str(found["paused"])
        assert "the image has no shell" in str(found["bare"])
        assert "(404)" in str(found["gone"])
        assert sum(isinstance(one, Unreadable) for one in found.values()) == 3

    def test_a_look_that_takes_too_long_is_unreadable(self, engine: Engine, service: Any) -> None:
        request = service()
        found = look(engine, [request], Window(samples=2, over_s=20, deadline_s=0.5))
        assert "no complete answer within" in str(found[request.slot])
        assert "may still run" not in str(found[request.slot])
        left = engine.exec_marked(request.container_id, ["sh", "-c", "cat /proc/[0-9]*/comm"]).stdout.split()
        assert set(left) == {b"docker-init", b"relayd", b"sh"}

    def test_an_answer_that_is_cut_anywhere_is_never_a_shorter_one(
        self, engine: Engine, service: Any, tmp_path: Path
    ) -> None:
        request = service()
        right = look_at(engine, request)
        with CuttingProxy(SOCKET, tmp_path / "e.sock") as proxy:
            with Engine(EngineAddress(proxy.url), timeout_s=20) as behind:
                look_at(behind, request)
            for cut in range(0, proxy.sizes[1], max(proxy.sizes[1] // 24, 64)):
                proxy.reset(cut, only=1)
                with Engine(EngineAddress(proxy.url), timeout_s=20) as behind:
                    found = look(behind, [request], WINDOW)[request.slot]
                if isinstance(found, Inside):
                    assert len(found.processes) == len(right.processes)  # type: ignore[arg-type]


@pytest.mark.docker
class TestTalking:
    def test_a_service_that_accepts_has_an_empty_queue_and_answers(self, engine: Engine, service: Any) -> None:
        request = service()
        talks = look_at(engine, replace(request, talks=(ACCEPTS, ASKS))).talks
        accepted, answered = talks["9000/tcp"], talks["ask"]
        assert isinstance(accepted, Talk)
        assert isinstance(answered, Talk)
        assert (accepted.connected, accepted.where, accepted.error) == (True, f"{request.addresses[0]}:9000", "")
        assert (answered.received.startswith(b"PONG PING"), answered.error, answered.queue_after) == (True, "", None)

    def test_a_queue_that_is_never_emptied_is_counted(self, engine: Engine, service: Any) -> None:
        talk = look_at(engine, replace(service(mode="deaf"), talks=(ACCEPTS,))).talks["9000/tcp"]
        assert isinstance(talk, Talk)
        assert (talk.connected, talk.queue_after) == (True, 1)

    def test_a_queue_is_emptied_by_a_service_that_accepts(self, engine: Engine, service: Any) -> None:
        talk = look_at(engine, replace(service(user=1500), talks=(ACCEPTS,))).talks["9000/tcp"]
        assert isinstance(talk, Talk)
        assert talk.queue_after == 0

    def test_a_port_that_is_bound_to_loopback_is_not_dialled(self, engine: Engine, service: Any) -> None:
        found = look_at(engine, replace(service(bind="127.0.0.1"), talks=(ACCEPTS,)))
        assert found.talks["9000/tcp"] == Unreadable("bound to loopback (127.0.0.1); the exec vehicle cannot dial it")
        assert listener(found).address == "127.0.0.1"

    def test_a_port_on_which_nothing_listens_is_refused(self, engine: Engine, service: Any) -> None:
        talk = look_at(engine, replace(service(), talks=(TalkRequest("7/tcp", "tcp", 7),))).talks["7/tcp"]
        assert isinstance(talk, Talk)
        assert (talk.connected, talk.error, talk.queue_after) == (False, "refused", None)

    def test_a_log_is_read_before_our_own_connections_could_write_to_it(self, engine: Engine, service: Any) -> None:
        log = LogRequest("log", "/tmp/told.log", ("PING",))
        request = replace(service(mode="tells"), logs=(log,), talks=(ASKS,))
        assert look_at(engine, request).logs["log"] == LogFact("/tmp/told.log", ())
        assert look_at(engine, request).logs["log"] != LogFact("/tmp/told.log", ())


class TestAddresses:
    OURS = ("192.0.2.1",)

    def told(self, bound: str, family: int = 4, v6only: bool | None = None, ours: tuple[str, ...] = OURS) -> str:
        """Why nothing was dialled, or what was."""
        one = Listener("tcp", family, bound, 9000, 1, (), 0, v6only)
        asked = TalkRequest("9000/tcp", "tcp", 9000, within_s=0.01)
        with conversations(TargetRequest("s", "c", 1, ours, talks=(asked,)), (one,)) as held:
            said = told(held, lambda _address, _port: 0)["9000/tcp"]
        return said.where if isinstance(said, Talk) else said.reason

    def test_wildcards_and_own_addresses_are_dialled_at_the_containers_address(self) -> None:
        for bound, family in (("0.0.0.0", 4), ("::", 6), ("192.0.2.1", 4), ("::ffff:192.0.2.1", 6)):
            assert self.told(bound, family) == "192.0.2.1:9000"

    def test_an_ipv6_only_wildcard_is_not_dialled_over_ipv4(self) -> None:
        assert "which is no address of the container" in self.told("::", 6, v6only=True)

    def test_loopback_and_foreign_addresses_are_never_dialled(self) -> None:
        assert "bound to loopback (::1)" in self.told("::1", 6)
        assert "bound to loopback" in self.told("::ffff:127.0.0.1", 6)
        assert "bound to 198.51.100.7, which is no address" in self.told("198.51.100.7")
        assert "no address of its own" in self.told("0.0.0.0", ours=())


def test_the_deadline_is_one_for_all_execs_of_a_container(tmp_path: Path) -> None:
    began = time.monotonic()
    engine = Engine(EngineAddress(f"unix://{tmp_path}/none.sock"))
    found = look(engine, [TargetRequest("a", "c", 1), TargetRequest("b", "c", 1)], Window(deadline_s=600))
    assert {str(one).partition(":")[0] for one in found.values()} == {"no Docker Engine at unix"}
    assert time.monotonic() - began < 600
