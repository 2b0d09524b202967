"""The two readers against real containers: what they bring is the same, whole, and the target's own."""

import os
import re
import secrets
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.collector import grep
from seatrial.collector.cgroups import folders, hierarchies
from seatrial.collector.logs import Scan, scan_by_hand
from seatrial.collector.paths import walk
from seatrial.parsers.frames import Frames, by_target, parse
from seatrial.parsers.inside import inside, merge_second, queue_on
from seatrial.parsers.log_scan import log_of_text
from seatrial.request import LogRequest, ProcessRequest, TalkRequest, TargetRequest, Window
from seatrial.snapshot import Inside, Listener, LogFact, Process, Talk, Unreadable
from seatrial.transports.loader import program, sh_script, sh_second
from seatrial.transports.proc import NotHere, ProcReader

IMAGE = "debian:bookworm-slim"
SERVER = r"""
use IO::Socket::INET;
$| = 1;
my $good = IO::Socket::INET->new(Listen => 5, LocalAddr => "0.0.0.0", LocalPort => 8080, ReuseAddr => 1) or die;
my $hung = IO::Socket::INET->new(Listen => 5, LocalAddr => "127.0.0.1", LocalPort => 8081, ReuseAddr => 1) or die;
my $udp = IO::Socket::INET->new(Proto => "udp", LocalAddr => "0.0.0.0", LocalPort => 5300) or die;
unless (fork) { while (1) { $udp->recv(my $said, 100); $udp->send("echo:$said"); } }
open my $ready, ">", "/run/ready";
while (my $peer = $good->accept) { print $peer "hello\n"; my $said = <$peer>; print $peer "got $said"; close $peer; }
"""
SET_UP = """
mkdir /srv/links
echo inside > /etc/seatrial-only
ln -s /etc/seatrial-only /srv/links/absolute
ln -s ../../../../../../etc/seatrial-only /srv/links/upwards
ln -s /srv/links/absolute /srv/links/twice
ln -s round /srv/links/round
mkfifo /srv/links/fifo
cat > /var/log/one.log <<END
2026-11-25 12:00:00,250 INFO start
  at com.example.Trace ERROR
2026-11-25T12:00:01Z FATAL bad
END
printf 'no stamp\\nERROR at the end, without a line feed' > /var/log/two.log
mkdir /var/log/dir.log
setpriv --reuid 1000 --regid 1000 --clear-groups perl -e 'use IO::Socket::INET;
 my $s = IO::Socket::INET->new(Listen => 5, LocalAddr => "0.0.0.0", LocalPort => 8090) or die;
 my $n = "od) d\\nname"; $0 = $n; sleep 1000' &
sleep 1000 &
exec perl -e "$0"
"""
LOGS = (
    LogRequest("texts", "/var/log/*.log", ("ERROR", "FATAL")),
    LogRequest("regexes", "/var/log/*.log", ("FATAL",), (r"\bERROR\b",)),
    LogRequest("nothing", "/nowhere/*.log", ("ERROR",)),
    LogRequest("presence", "/var/log/one.log", ()),
)
LINKS = ("absolute", "upwards", "twice")
FILES = (*(f"/srv/links/{name}" for name in LINKS), "/srv/links/round", "/srv/links/fifo", "/etc", "/nope")
HELD = TalkRequest("8080/tcp", "tcp", 8080)
HUNG = TalkRequest("8081/tcp", "tcp", 8081)
SAID = TalkRequest("said", "tcp", 8080, b"abc\n", b"got abc", True)
UDP = TalkRequest("udp", "udp", 5300, b"hey", b"echo:hey", True)
REFUSED = TalkRequest("7777/tcp", "tcp", 7777)
UDP_REFUSED = TalkRequest("7777/udp", "udp", 7777, b"hey", b"", True, 1.0)
WINDOW = Window(samples=3, over_s=0.2, deadline_s=20.0)


def docker(*argv: str, stdin: bytes | None = None) -> bytes:
    done = subprocess.run(["docker", *argv], input=stdin, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def container(*argv: str, command: tuple[str, ...] = ("sleep", "1000"), ready: str = "") -> Iterator[TargetRequest]:
    id_ = docker("run", "--detach", "--label", "seatrial-test=collector", *argv, IMAGE, *command).decode().strip()
    try:
        _await(id_, ready)
        yield TargetRequest("slot.0", id_, _pid(id_), _addresses(id_))
    finally:
        docker("rm", "--force", id_)


def _await(id_: str, ready: str) -> None:
    until = time.monotonic() + 30
    while ready and time.monotonic() < until:
        done = subprocess.run(
            ["docker", "exec", id_, "test", "-e", ready], capture_output=True, timeout=30, check=False
        )
        if done.returncode == 0:
            return
        time.sleep(0.1)
    assert not ready, docker("logs", id_)


def _pid(id_: str) -> int:
    return int(docker("inspect", "--format", "{{.State.Pid}}", id_))


def _addresses(id_: str) -> tuple[str, ...]:
    return tuple(docker("inspect", "--format", "{{.NetworkSettings.IPAddress}}", id_).decode().split())


@pytest.fixture(scope="module")
def world() -> Iterator[TargetRequest]:
    with container(command=("sh", "-c", SET_UP, SERVER), ready="/run/ready") as made:
        yield replace(made, files=FILES, heads=FILES, logs=LOGS)


def look(*requests: TargetRequest, window: Window = WINDOW, **options: bool) -> dict[str, Inside | Unreadable]:
    return ProcReader(**options).look(requests, window)


def seen(request: TargetRequest, window: Window = WINDOW, **options: bool) -> Inside:
    found = look(request, window=window, **options)[request.slot]
    assert isinstance(found, Inside), found
    return found


def shell(request: TargetRequest, script: bytes, nonce: str, user: str = "0") -> Frames:
    out = docker("exec", "--interactive", "--user", user, request.container_id, "sh", stdin=script)
    return by_target(parse(out, nonce))[0]


def seen_by_shell(request: TargetRequest) -> Inside:
    nonce = secrets.token_hex(16)
    return inside(shell(request, sh_script(request, WINDOW, nonce), nonce), request, "exec")


def _ageless(inside: Inside) -> list[Process]:
    assert not isinstance(inside.processes, Unreadable)
    return [replace(process, age_s=0.0) for process in inside.processes]


def talk_of(inside: Inside, asked: TalkRequest) -> Talk:
    talk = inside.talks[asked.key]
    assert isinstance(talk, Talk), talk
    return talk


def log_of(inside: Inside, key: str) -> LogFact:
    log = inside.logs[key]
    assert isinstance(log, LogFact), log
    return log


@pytest.mark.docker
def test_both_readers_tell_the_same_files_logs_and_users(world: TargetRequest) -> None:
    known = replace(world, files=tuple(path for path in FILES if not path.endswith("round")))
    by_proc, by_shell = seen(known), seen_by_shell(known)
    assert (by_shell.files, by_shell.logs, by_shell.users) == (by_proc.files, by_proc.logs, by_proc.users)


@pytest.mark.docker
def test_both_readers_tell_the_same_processes_but_for_what_a_shell_may_not_see(world: TargetRequest) -> None:
    by_proc, by_shell = _ageless(seen(world)), _ageless(seen_by_shell(world))
    visible = [mine if isinstance(mine.exe, str) else replace(theirs, exe=mine.exe)
               for theirs, mine in zip(by_proc, by_shell, strict=True)]  # fmt: skip
    assert by_shell == visible


@pytest.mark.docker
def test_no_process_of_the_shell_reader_is_told(world: TargetRequest) -> None:
    programs = {process.comm for process in _ageless(seen_by_shell(world))}
    assert programs == {"perl", "sleep", "od) d\nname"}


@pytest.mark.docker
def test_every_sample_has_a_state(world: TargetRequest) -> None:
    assert {process.states for process in _ageless(seen(world))} == {("S", "S", "S")}


@pytest.mark.docker
def test_the_owner_of_another_users_socket_is_seen_from_the_host(world: TargetRequest) -> None:
    inside = seen(world)
    owners = _owners(inside, 8090)
    assert [process.uid for process in _ageless(inside) if process.pid in owners] == [1000]


@pytest.mark.docker
def test_the_shell_says_that_it_cannot_see_the_owner_of_another_users_socket(world: TargetRequest) -> None:
    listeners = seen_by_shell(world).listeners
    assert not isinstance(listeners, Unreadable)
    assert [type(item.owners) for item in listeners if item.port == 8090] == [Unreadable]


@pytest.mark.docker
def test_a_second_look_as_the_services_user_shows_owner_and_program(world: TargetRequest) -> None:
    nonce = secrets.token_hex(16)
    merged = merge_second(
        seen_by_shell(world), shell(world, sh_second(world, nonce), nonce, user="1000:1000"), world.processes
    )
    programs = [process.exe for process in _ageless(merged) if process.pid in _owners(merged, 8090)]
    assert (programs, merged.identity_last) == (["/usr/bin/perl"], merged.identity)


def _owners(inside: Inside, port: int) -> tuple[int, ...]:
    assert not isinstance(inside.listeners, Unreadable)
    owners = next(item.owners for item in inside.listeners if item.port == port)
    assert not isinstance(owners, Unreadable), owners
    return owners


DETAILED = """
mkdir /srv/app-1 /srv/app-2; ln -s app-1 /srv/current; cp /bin/sleep /srv/app-1/old; cp /usr/bin/env /srv/new
cd /srv/current
APP_ENV=prod OTHER=hidden /srv/app-1/old 1000 &
sleep 0.3; mv /srv/new /srv/app-1/old; touch /run/ready
while :; do :; done
"""
ASKED = ProcessRequest(cwd=True, fds=True, limits=True, libraries=True, env=("APP_ENV", "NOT_SET"), cpu_over_s=0.5)


@pytest.fixture(scope="module")
def detailed() -> Iterator[TargetRequest]:
    with container(command=("sh", "-c", DETAILED), ready="/run/ready") as made:
        yield replace(made, processes=ASKED, reals=("/srv/current", "/srv/none"))


@pytest.mark.docker
def test_both_readers_tell_the_same_details_of_a_process(detailed: TargetRequest) -> None:
    by_proc, by_shell = ({item.pid: item for item in _ageless(look(detailed))} for look in (seen, seen_by_shell))
    spins, sleeps = by_proc[1], next(item for pid, item in by_proc.items() if pid > 1)
    assert sleeps.exe == "/srv/app-1/old (deleted)"
    assert (sleeps.detail.env, sleeps.detail.cwd, sleeps.detail.deleted) == (
        {"APP_ENV": "prod"},
        "/srv/app-1",
        ("/srv/app-1/old",),
    )
    assert sleeps.detail.running_sha != sleeps.detail.on_disk_sha
    for one in (spins, sleeps):
        other = by_shell[one.pid]
        told, by_the_other = (replace(it.detail, cpu_ticks=(0, 0), cpu_over_s=0, cpu_states="") for it in (one, other))
        assert told == by_the_other
        assert (other.seccomp, other.cap_eff, other.no_new_privs) == (one.seccomp, one.cap_eff, one.no_new_privs)


@pytest.mark.docker
@pytest.mark.parametrize("reader", [seen, seen_by_shell])
def test_how_much_of_a_processor_is_used_is_measured_over_the_time_that_was_asked_for(detailed, reader) -> None:
    used = {item.pid: item.detail for item in _ageless(reader(detailed))}
    assert used[1].cpu_over_s >= 0.5
    assert not isinstance(used[1].cpu_ticks, Unreadable)
    assert used[1].cpu_ticks[1] - used[1].cpu_ticks[0] >= 1
    assert set(used[1].cpu_states) == {"R"}
    asleep = next(detail for pid, detail in used.items() if pid > 1)
    assert asleep.cpu_ticks[1] - asleep.cpu_ticks[0] <= 1


@pytest.mark.docker
@pytest.mark.parametrize("reader", [seen, seen_by_shell])
def test_where_links_lead_is_told_as_the_kernel_tells_a_working_folder(detailed, reader) -> None:
    assert reader(detailed).reals == {"/srv/current": "/srv/app-1", "/srv/none": ""}


@pytest.mark.docker
@pytest.mark.parametrize("by_hand", [False, True])
def test_an_absolute_link_stays_inside_the_container(world: TargetRequest, by_hand: bool) -> None:
    files = seen(world, by_hand=by_hand).files
    heads = {getattr(files[f"/srv/links/{name}"], "head", None) for name in LINKS}
    assert heads == {b"inside\n"}


@pytest.mark.docker
@pytest.mark.parametrize("options", [{"by_hand": True}, {"tables": True}, {"grep": False}])
def test_every_way_of_reading_finds_the_same(world: TargetRequest, options: dict[str, bool]) -> None:
    usual, other = seen(world), seen(world, **options)
    assert (other.files, other.logs, _without_backlog(other)) == (usual.files, usual.logs, _without_backlog(usual))


def _without_backlog(inside: Inside) -> list[Listener]:
    """Its listeners, without what only sock_diag tells."""
    assert not isinstance(inside.listeners, Unreadable), inside.listeners
    return [replace(one, backlog=None) for one in inside.listeners]


@pytest.mark.docker
def test_a_link_in_a_circle_is_unreadable_and_not_missing(world: TargetRequest) -> None:
    assert isinstance(seen(world).files["/srv/links/round"], Unreadable)


ODD = """
mkdir /var/log/n /srv/o
cd /var/log/n
ln -s /dev/stdout out.log; ln -s ../../../dev/stderr err.log; ln -s out.log twice.log; ln -s /proc/1/fd/1 first.log
ln -s /srv/gone.log gone.log; ln -s round.log round.log; mkfifo fifo.log; ln -s fifo.log tofifo.log
ln -s /dev/zero zero.log; mknod null.log c 1 3; mkdir dir.log
echo fine >/srv/o/fine; ln -s /srv/o/fine fine.log
perl -e 'use IO::Socket::UNIX; IO::Socket::UNIX->new(Local => "socket.log", Listen => 1) or die'
ln -s /dev/stdout /srv/o/out.log; mkfifo /srv/o/fifo.pid
touch /run/ready
exec sleep 1000
"""
ENGINES = "; ask for the engine's log instead: docker: true"
NO_FILE = "which cannot be read as a file"
NO_LOG = "which cannot be read as a log file"
ODD_LOGS = {
    "/var/log/n/out.log": f"it is a link to /dev/stdout, {NO_FILE}{ENGINES}",
    "/var/log/n/err.log": f"it is a link to /proc/self/fd/2, {NO_FILE}{ENGINES}",
    "/var/log/n/twice.log": f"it is a link to /dev/stdout, {NO_FILE}{ENGINES}",
    "/var/log/n/first.log": f"it is a link to /proc/1/fd/1, {NO_FILE}{ENGINES}",
    "/dev/stdout": f"it cannot be read as a file{ENGINES}",
    "/proc/self/fd/2": f"it cannot be read as a file{ENGINES}",
    "/dev/stdin": "it cannot be read as a file",
    "/var/log/n/fifo.log": f"it is a fifo, {NO_LOG}",
    "/var/log/n/tofifo.log": f"it is a fifo, {NO_LOG}",
    "/var/log/n/zero.log": f"it is a char, {NO_LOG}",
    "/var/log/n/null.log": f"it is a char, {NO_LOG}",
    "/var/log/n/socket.log": f"it is a socket, {NO_LOG}",
    "/var/log/n/dir.log": f"it is a directory, {NO_LOG}",
    "/var/log/n/fine.log": "",
}
READERS = ("proc", "by hand", "shell")


@pytest.fixture(scope="module")
def odd() -> Iterator[TargetRequest]:
    with container("--init", command=("sh", "-c", ODD), ready="/run/ready") as made:
        yield made


def seen_by(reader: str, request: TargetRequest) -> Inside:
    return seen_by_shell(request) if reader == "shell" else seen(request, by_hand=reader == "by hand")


@pytest.mark.docker
@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("how", [{"lines": ("ERROR",)}, {"lines": ("x",), "regexes": ("E",)}, {"lines": ()}])
def test_a_log_that_is_no_file_of_its_own_is_told_and_never_opened(
    odd: TargetRequest, reader: str, how: dict[str, tuple[str, ...]]
) -> None:
    logs = tuple(LogRequest(path, path, **how) for path in ODD_LOGS)  # type: ignore[arg-type]
    found = seen_by(reader, replace(odd, logs=logs))
    assert {path: [file.problem for file in log_of(found, path).files] for path in ODD_LOGS} == {
        path: [problem] for path, problem in ODD_LOGS.items()
    }


@pytest.mark.docker
@pytest.mark.parametrize("reader", READERS)
def test_a_log_that_is_a_dangling_link_is_not_there(odd: TargetRequest, reader: str) -> None:
    asked = [LogRequest(glob, glob, ("ERROR",)) for glob in ("/var/log/n/gone.log", "/var/log/n/g*", "/var/log/n/r*")]
    gone, any_, round_ = (log_of(seen_by(reader, replace(odd, logs=tuple(asked))), log.key) for log in asked)
    assert (gone.source, gone.files) == ("/var/log/n/gone.log (a link to /srv/gone.log)", ())
    assert any_.files == ()
    assert "oo many levels" in round_.files[0].problem or "oo many symbolic" in round_.files[0].problem


@pytest.mark.docker
@pytest.mark.parametrize("reader", READERS)
def test_a_file_that_is_another_for_each_process_is_unreadable_and_no_fifo_is_opened(
    odd: TargetRequest, reader: str
) -> None:
    paths = ("/srv/o/out.log", "/var/log/n/first.log", "/srv/o/fifo.pid", "/var/log/n/zero.log", "/var/log/n/gone.log")
    found = seen_by(reader, replace(odd, files=paths, heads=paths))
    assert str(found.files[paths[0]]) == f"{paths[0]} is a link to /dev/stdout, {NO_FILE}"
    assert str(found.files[paths[1]]) == f"{paths[1]} is a link to /proc/1/fd/1, {NO_FILE}"
    assert [getattr(found.files[path], "kind", "") for path in paths[2:]] == ["fifo", "char", "missing"]
    assert [getattr(found.files[path], "head", b"") for path in paths[2:]] == [None, None, None]


@pytest.mark.docker
def test_a_fifo_is_told_and_never_opened(world: TargetRequest) -> None:
    fact = seen(world).files["/srv/links/fifo"]
    assert (getattr(fact, "kind", ""), getattr(fact, "problem", "")) == ("fifo", "not a regular file")


@pytest.mark.docker
@pytest.mark.parametrize("key", ["texts", "regexes"])
def test_a_hit_without_a_time_has_not_that_of_the_line_before(world: TargetRequest, key: str) -> None:
    hits = [(hit.number, hit.time) for file in log_of(seen(world), key).files for hit in file.hits]
    assert hits == [(2, None), (3, 1795608001.0), (2, None)]


TRAP_SHELL = r"""
N=$(date -u '+%F %T') E=$(date -u -d '5 hours ago' '+%F %T')
mkdir /var/log/t; cd /var/log/t
printf '2020-01-01 00:00:00 INFO stopped\nFATAL ERROR panic\n' >unstamped.log
printf '%s ERROR now\n' "$E" >zone.log
printf '%s EST ERROR now\n' "$E" >est.log
printf '\377\376E\0R\0R\0O\0R\0\n\0' >wide.log
printf 'ERROR\n' | gzip >packed.log
printf '%s \264\355\316\363 x\n' "$N" >gb.log
printf '2020-01-01 00:00:00 INFO ERROR_RATE\r%s ERROR new\r' "$N" >cr.log
printf '2020-01-01 00:00:00 ERROR old\n%s INFO new\n' "$N" >old.log
touch /run/ready
exec sleep 1000
"""
TRAP_HITS: dict[str, tuple[list[str], str, str]] = {
    "unstamped": (["none"], "", "before its last write"),
    "zone": (["old"], "", "5.0 h before its last write"),
    "est": (["none"], "", "no line near its end"),
    "wide": ([], "UTF-16", ""),
    "packed": ([], "gzip", ""),
    "gb": (["new"], "", ""),
    "cr": (["old", "new"], "", ""),
    "old": (["old"], "", ""),
}


@pytest.fixture(scope="module")
def traps() -> Iterator[TargetRequest]:
    with container(command=("sh", "-c", TRAP_SHELL), ready="/run/ready") as made:
        yield made


def _age(time_: float | None, now: float) -> str:
    return "none" if time_ is None else "new" if abs(now - time_) < 600 else "old"


@pytest.mark.docker
@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("how", [{"lines": ("ERROR", "错误")}, {"lines": (), "regexes": ("ERROR", "错误")}])
@pytest.mark.parametrize("name", TRAP_HITS)
def test_no_hit_is_older_than_its_own_stamp_surely_says(
    traps: TargetRequest, reader: str, how: dict[str, tuple[str, ...]], name: str
) -> None:
    request = LogRequest("log", f"/var/log/t/{name}.log", **how)  # type: ignore[arg-type]
    (file,) = log_of(seen_by(reader, replace(traps, logs=(request,))), "log").files
    ages, problem, doubt = TRAP_HITS[name]
    assert [_age(hit.time, file.mtime) for hit in file.hits] == ages
    assert problem in file.problem
    assert bool(file.problem) == bool(problem)
    assert problem or (doubt in file.doubt and bool(doubt) == bool(file.doubt))


@pytest.mark.docker
def test_a_word_that_the_engine_cut_in_two_is_found() -> None:
    says = "printf '%16382sERROR tail\\n' x; touch /run/ready; exec sleep 1000"
    with container(command=("sh", "-c", says), ready="/run/ready") as made:
        text = docker("logs", "--timestamps", made.container_id)
    (file,) = log_of_text("docker log", text, LogRequest("log", "", ("ERROR",)), stamped=True).files
    assert len(file.hits) == 1


@pytest.mark.docker
def test_a_log_that_is_nowhere_has_no_files(world: TargetRequest) -> None:
    assert log_of(seen(world), "nothing").files == ()


@pytest.mark.docker
def test_a_connection_that_is_taken_leaves_the_queue_and_a_hung_one_does_not(world: TargetRequest) -> None:
    inside = seen(replace(world, talks=(HELD, HUNG)))
    assert (talk_of(inside, HELD).queue_after, bool(talk_of(inside, HUNG).queue_after)) == (0, True)


@pytest.mark.docker
def test_conversations_are_held_at_the_address_that_is_bound(world: TargetRequest) -> None:
    inside = seen(replace(world, talks=(HELD, HUNG, SAID, UDP)))
    answers = [talk_of(inside, SAID).received, talk_of(inside, UDP).received, talk_of(inside, HUNG).where]
    assert answers == [b"hello\ngot abc\n", b"echo:hey", "127.0.0.1:8081"]


@pytest.mark.docker
@pytest.mark.parametrize("asked", [REFUSED, UDP_REFUSED])
def test_a_port_on_which_nothing_listens_refuses(world: TargetRequest, asked: TalkRequest) -> None:
    assert talk_of(seen(replace(world, talks=(asked,))), asked).error == "refused"


@pytest.mark.docker
def test_a_second_look_of_the_shell_shows_the_accept_queue(world: TargetRequest) -> None:
    seen(replace(world, talks=(HUNG,)))
    nonce = secrets.token_hex(16)
    frames = shell(world, sh_second(world, nonce), nonce)
    waiting = queue_on(frames, "127.0.0.1", 8081)
    assert (isinstance(waiting, int) and waiting > 0, queue_on(frames, world.addresses[0], 8080)) == (True, 0)


@pytest.mark.docker
def test_a_frozen_container_is_read_without_waiting_for_it() -> None:
    with container() as request:
        docker("pause", request.container_id)
        try:
            inside = seen(replace(request, talks=(REFUSED,)))
        finally:
            docker("unpause", request.container_id)
    assert [process.argv for process in _ageless(inside)] == [("sleep", "1000")]


@pytest.mark.docker
def test_a_container_that_ends_during_the_look_is_unreadable() -> None:
    with container("--init") as request:
        killer = subprocess.Popen(["sh", "-c", f"sleep 0.7; kill -9 {request.pid}"])
        try:
            found = look(request, window=Window(samples=5, over_s=2.0, deadline_s=20.0))["slot.0"]
        finally:
            killer.wait()
    assert isinstance(found, Unreadable)


@pytest.mark.docker
def test_two_containers_with_one_network_tell_the_same_listeners(world: TargetRequest) -> None:
    with container("--network", f"container:{world.container_id}") as request:
        found = look(world, replace(request, slot="other.0"))
    listeners = [getattr(found[slot], "listeners", ()) for slot in ("slot.0", "other.0")]
    assert [[(item.port, item.inode) for item in some] for some in listeners[:1]] == [
        [(item.port, item.inode) for item in some] for some in listeners[1:]
    ]


@pytest.mark.docker
def test_a_container_of_another_machine_is_not_here(world: TargetRequest) -> None:
    elsewhere = replace(world, slot="other.0", container_id="0" * 64)
    found = look(world, elsewhere, replace(world, slot="third.0", pid=os.getpid()))
    assert [type(found[slot]) for slot in ("slot.0", "other.0", "third.0")] == [Inside, NotHere, NotHere]


@pytest.mark.docker
def test_a_look_that_is_too_late_is_nothing(world: TargetRequest) -> None:
    found = look(world, window=Window(samples=3, over_s=30.0, deadline_s=0.7))["slot.0"]
    assert str(found) == "the reader did not answer within 0.7 s"


@pytest.mark.docker
def test_the_shell_reader_leaves_nothing_in_the_container(world: TargetRequest) -> None:
    before = docker("diff", world.container_id).splitlines()
    seen_by_shell(world)
    assert sorted(docker("diff", world.container_id).splitlines()) == sorted(before)


def test_a_look_leaves_no_child_behind() -> None:
    reader = ProcReader()
    reader.start()
    child = reader._child
    assert child is not None
    reader.look((), Window(samples=1, over_s=0.0, deadline_s=10.0))
    assert child.returncode is not None


def test_a_reader_that_was_killed_is_told() -> None:
    reader = ProcReader()
    reader.start()
    assert reader._child is not None
    reader._child.kill()
    request = TargetRequest("slot.0", "0" * 64, 1)
    found = reader.look((request,), WINDOW)["slot.0"]
    assert isinstance(found, Unreadable)
    assert not isinstance(found, NotHere)


def test_the_program_imports_nothing_of_ours() -> None:
    assert not re.search(rb"^\s*(from|import) seatrial", program(), re.MULTILINE)


def test_no_two_modules_of_the_program_share_a_name() -> None:
    names = re.findall(rb"^(?:def |class )?(\w+)(?=[(:]| = |\()", program(), re.MULTILINE)
    defined = [name for name in names if name not in (b"if", b"for", b"try", b"else")]
    assert sorted(defined) == sorted(set(defined))


def test_the_program_fits_into_a_pipe() -> None:
    """Of the size that it is given (``F_SETPIPE_SZ``): writing it does not wait until Python has started."""
    assert len(program()) < 1 << 18


def _scans(folder: Path, texts: list[bytes], contents: list[bytes]) -> list[Scan]:
    found = []
    for number, content in enumerate(contents):
        (folder / str(number)).write_bytes(content)
        found.append(Scan((number,), os.open(folder / str(number), os.O_RDONLY), tuple(texts), ()))
    return found


def _told(scans: list[Scan]) -> list[tuple[int, list[tuple[int, int, bytes]]]]:
    told = [(scan.total, list(scan.hits)) for scan in scans]
    for scan in scans:
        os.close(scan.fd)
    return told


def _by_grep(program: str, scans: list[Scan]) -> list[Scan]:
    running = grep.Grep(program, scans, time.monotonic() + 60)
    while running.read():
        pass
    running.end()
    return scans


def _by_hand(scans: list[Scan]) -> list[Scan]:
    for scan in scans:
        scan_by_hand(scan)
    return scans


LINE = st.lists(st.sampled_from([b"ERROR", b"a", b":", b"-", b"\r", b"\0", b"\xff", b"FATAL"]), max_size=5).map(
    b"".join
)
CONTENT = st.lists(LINE, max_size=300).map(b"\n".join)


@settings(max_examples=40, deadline=None)
@given(
    texts=st.lists(st.sampled_from([b"ERROR", b"a:", b"-", b"\xff", b"", b"R"]), min_size=1, max_size=3, unique=True),
    contents=st.lists(CONTENT, min_size=1, max_size=4),
)
def test_grep_and_python_find_the_same(
    tmp_path_factory: pytest.TempPathFactory, texts: list[bytes], contents: list[bytes]
) -> None:
    folder = tmp_path_factory.mktemp("logs")
    fast, slow = (use(_scans(folder, texts, contents)) for use in (lambda s: _by_grep(grep.program(), s), _by_hand))
    assert _told(fast) == _told(slow)


def test_of_a_very_long_line_the_beginning_is_kept(tmp_path: Path) -> None:
    (scan,) = _by_grep(grep.program(), _scans(tmp_path, [b"ERROR"], [b"x" * 40_000_000 + b" ERROR\nERROR"]))
    assert [(number, offset, len(line)) for number, offset, line in scan.hits] == [(1, 0, 4096), (2, 40_000_007, 5)]


def test_a_grep_that_finds_nothing_is_not_believed(tmp_path: Path) -> None:
    liar = tmp_path / "grep"
    liar.write_text("#!/bin/sh\nexit 0\n")
    liar.chmod(0o755)
    scans = _by_grep(str(liar), _scans(tmp_path, [b"ERROR"], [b"one\nERROR two\n"]))
    assert [scan.done for scan in scans] == [False]
    assert _told(_by_hand(scans)) == [(1, [(2, 4, b"ERROR two")])]


def test_a_grep_that_is_given_up_tells_no_hit_and_why(tmp_path: Path) -> None:
    scans = _scans(tmp_path, [b"ERROR"], [b"ERROR\n"])
    running = grep.Grep(grep.program(), scans, time.monotonic())
    running.give_up()
    assert (running.left(), scans[0].problem) == (0.0, "reading it took too long")
    assert _told(scans) == [(0, [])]


def test_big_files_are_read_last_and_alone(tmp_path: Path) -> None:
    scans = _scans(tmp_path, [b"ERROR"], [b"", b"ERROR\n", b""])
    os.truncate(tmp_path / "0", grep.BIG + 1)
    big = Scan((0,), scans[0].fd, (b"ERROR",), ())
    waiting = grep.batches([big, *scans[1:]])
    assert [[scan.key for scan in batch] for batch in waiting] == [[(0,)], [(1,), (2,)]]
    _told(scans)


def test_a_text_across_the_border_of_two_chunks_is_found(tmp_path: Path) -> None:
    content = b"x" * ((1 << 20) - 3) + b"ERROR\nplain\n"
    (scan,) = _by_hand(_scans(tmp_path, [b"ERROR"], [content]))
    assert _told([scan])[0][0] == 1


def test_a_file_that_is_truncated_meanwhile_is_told(tmp_path: Path) -> None:
    (scan,) = _scans(tmp_path, [b"ERROR"], [b"some lines\n"])
    os.truncate(tmp_path / "0", 0)
    problem = scan.cut(os.stat(tmp_path / "0"))
    os.close(scan.fd)
    assert problem == "it was truncated while it was read"


def test_a_file_that_is_rotated_meanwhile_is_told(tmp_path: Path) -> None:
    (scan,) = _scans(tmp_path, [b"ERROR"], [b"some lines\n"])
    (tmp_path / "0").rename(tmp_path / "0.1")
    (tmp_path / "0").touch()
    problem = scan.cut(os.stat(tmp_path / "0"))
    os.close(scan.fd)
    assert problem == "it was rotated while it was read"


HIERARCHIES = {
    "v1": (
        "9:pids:/docker/{id}\n0::/\n",
        "30 25 0:26 / /sys/fs/cgroup/pids rw,nosuid shared:9 - cgroup cgroup rw,pids\n",
        "/sys/fs/cgroup/pids/docker/{id}",
    ),
    "v1 with systemd": (
        "1:name=systemd:/system.slice/docker-{id}.scope\n",
        "31 25 0:27 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd\n",
        "/sys/fs/cgroup/systemd/system.slice/docker-{id}.scope",
    ),
    "v2 with systemd": (
        "0::/system.slice/docker-{id}.scope\n",
        "29 22 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot\n",
        "/sys/fs/cgroup/system.slice/docker-{id}.scope",
    ),
    "v2, of which a part is mounted": (
        "0::/lxc/box/docker/{id}\n",
        "29 22 0:26 /lxc/box /sys/fs/cgroup rw - cgroup2 cgroup rw\n",
        "/sys/fs/cgroup/docker/{id}",
    ),
}


@pytest.mark.parametrize("kind", HIERARCHIES)
def test_the_cgroup_of_a_container_is_found(kind: str) -> None:
    id_ = "5f" * 32
    memberships, mountinfo, folder = (text.format(id=id_) for text in HIERARCHIES[kind])
    assert list(folders(memberships, hierarchies(mountinfo), id_)) == [folder]


def test_no_link_leaves_a_root_that_is_walked_by_hand(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/passwd").write_text("inside")
    (tmp_path / "link").symlink_to("/../../etc/../../etc/passwd")
    root = os.open(tmp_path, os.O_PATH)
    fd = walk(root, b"/../link")
    same = os.fstat(fd).st_ino == (tmp_path / "etc/passwd").stat().st_ino
    os.close(fd)
    os.close(root)
    assert same
