"""From bytes to facts: what was recorded is understood, and what is cut is never a shorter fact."""

import bz2
import gzip
import io
import lzma
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial import patterns
from seatrial.collector.wire import Wire
from seatrial.errors import CouldNotLook, CutShort
from seatrial.parsers import files, process, sockets
from seatrial.parsers.frames import Frame, Frames, by_target, parse
from seatrial.parsers.inside import inside, merge_second, queue_on
from seatrial.parsers.listeners import owners
from seatrial.parsers.log_kind import why_doubtful, why_unsearchable
from seatrial.parsers.log_lines import time_of
from seatrial.parsers.log_scan import HITS_CAP, hits_as_told, log_of_text
from seatrial.parsers.own import own_of
from seatrial.request import LogRequest, ProcessRequest, TalkRequest, TargetRequest
from seatrial.snapshot import Inside, Process, Unreadable

CASES = Path(__file__).parent / "cases" / "collector"
NONCE = "0123456789abcdef" * 2
PATHS = tuple(f"/srv/links/{name}" for name in ("absolute", "upwards", "twice", "round", "fifo"))
REQUEST = TargetRequest(
    "slot.0",
    "0" * 64,
    1,
    files=(*PATHS, "/etc", "/nope"),
    heads=(*PATHS, "/etc", "/nope"),
    logs=(
        LogRequest("texts", "/var/log/*.log", ("ERROR", "FATAL")),
        LogRequest("regexes", "/var/log/*.log", ("FATAL",), (r"\bERROR\b",)),
        LogRequest("nothing", "/nowhere/*.log", ("ERROR",)),
        LogRequest("presence", "/var/log/one.log", ()),
    ),
    talks=(TalkRequest("said", "tcp", 8080), TalkRequest("8081/tcp", "tcp", 8081)),
)
STREAMS = tuple(path.name for path in sorted(CASES.iterdir()) if path.suffix in (".proc", ".sh"))
WHOLE = tuple(name for name in STREAMS if "second" not in name)
DENIED = LogRequest("log", "/var/log/x.log", ("ERROR",), (r"^FATAL\b",))
CLOCK = datetime(2026, 11, 25, 13, 0, tzinfo=UTC).timestamp()
NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC).timestamp()


def frames_of(name: str) -> Frames:
    return by_target(parse((CASES / name).read_bytes(), NONCE))[0]


def recorded(name: str) -> Inside:
    return inside(frames_of(name), REQUEST, "proc" if name.endswith("proc") else "exec")


def processes_of(found: Inside) -> tuple[Process, ...]:
    assert not isinstance(found.processes, Unreadable), found.processes
    return found.processes


def owners_of(found: Inside) -> dict[int, object]:
    assert not isinstance(found.listeners, Unreadable), found.listeners
    return {item.port: item.owners for item in found.listeners}


# Frames


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_that_is_cut_anywhere_is_no_shorter_stream(name: str) -> None:
    data = (CASES / name).read_bytes()
    taken = [size for size in range(len(data)) if _parses(data[:size])]
    assert taken == []


def _parses(data: bytes) -> bool:
    try:
        parse(data, NONCE)
    except CutShort:
        return False
    return True


@given(
    payloads=st.lists(st.binary(max_size=60), max_size=5),
    cut=st.integers(min_value=0, max_value=400),
    size=st.integers(min_value=1, max_value=60),
)
def test_no_payload_is_shorter_where_a_stream_lacks_bytes_in_its_middle(
    payloads: list[bytes], cut: int, size: int
) -> None:
    data = _written(payloads)
    holed = data[:cut] + data[cut + size :]
    assert not _parses(holed) or [frame.payload for frame in parse(holed, NONCE)] == payloads


@given(payloads=st.lists(st.binary(max_size=200), max_size=6))
def test_payloads_arrive_as_they_were_sent(payloads: list[bytes]) -> None:
    assert [frame.payload for frame in parse(_written(payloads), NONCE)] == payloads


def _written(payloads: list[bytes]) -> bytes:
    out = io.BytesIO()
    wire = Wire(out, NONCE)
    for number, payload in enumerate(payloads):
        wire.put("fact", 0, number, payload=payload)
    wire.end()
    return out.getvalue()


@pytest.mark.parametrize("noise", [b"x", b"\n", b"\nsh: not found\n"])
@pytest.mark.parametrize("name", ["debian.sh", "debian.proc"])
def test_noise_before_or_after_the_frames_is_not_taken(name: str, noise: bytes) -> None:
    data = (CASES / name).read_bytes()
    assert not _parses(noise + data)
    assert not _parses(data + noise)


@given(payloads=st.lists(st.binary(max_size=200), max_size=4), noise=st.lists(st.binary(max_size=40), min_size=3))
def test_where_others_may_print_only_what_stands_between_markers_counts(
    payloads: list[bytes], noise: list[bytes]
) -> None:
    mark = b"\n" + NONCE.encode() + b" "
    first, *pieces = _written(payloads).split(mark)
    for at in range(1, len(pieces), 2):
        pieces[at] += noise[at % len(noise)]
    noisy = noise[0] + mark.join([first, *pieces]) + noise[1]
    assert [frame.payload for frame in parse(noisy, NONCE, noisy=True)] == payloads


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_among_noise_that_is_cut_is_no_shorter_stream(name: str) -> None:
    data = b"Welcome\n" + (CASES / name).read_bytes()
    end = data.rindex(b" end ")
    for size in (*range(0, end, 997), *range(end - 200, len(data))):
        with pytest.raises(CutShort):
            parse(data[:size], NONCE, noisy=True)


def test_noise_within_a_frame_of_known_length_is_refused() -> None:
    data = _written([b"one", b"two"]).replace(b"two", b"two\nlast login: today")
    with pytest.raises(CutShort, match="not as many as it says"):
        parse(data, NONCE, noisy=True)


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        (b"\x1b[32mWelcome to the fleet\r\n1) disk\n", "no end marker: it printed '"),
        (b"", "no end marker: it printed nothing"),
        (b"\n", "no end marker: it printed nothing"),
    ],
)
@pytest.mark.parametrize("noisy", [False, True])
def test_where_no_marker_came_it_is_told_what_was_printed(printed: bytes, said: str, noisy: bool) -> None:
    with pytest.raises(CutShort) as raised:
        parse(printed, NONCE, noisy=noisy)
    assert str(raised.value).startswith(said)
    assert ("Welcome to the fleet" in str(raised.value)) == (b"Welcome" in printed)


def test_a_frame_that_comes_twice_is_refused() -> None:
    out = io.BytesIO()
    wire = Wire(out, NONCE)
    wire.put("fact", 0)
    wire.put("fact", 0)
    wire.end()
    with pytest.raises(CutShort, match="twice"):
        by_target(parse(out.getvalue(), NONCE))


def test_the_reason_of_a_failure_is_the_line_that_complains() -> None:
    out = io.BytesIO()
    wire = Wire(out, NONCE)
    wire.put("fds", 0, payload=b"ls: cannot open directory '/proc/7/fd': Permission denied\ntotal 0\n", status=2)
    wire.end()
    (frame,) = parse(out.getvalue(), NONCE)
    assert frame.reason == "ls: cannot open directory '/proc/7/fd': Permission denied"


# What was recorded


@pytest.mark.parametrize("name", [name for name in WHOLE if name.startswith("debian")])
def test_recorded_processes_are_understood(name: str) -> None:
    found = [(item.comm, item.ppid, item.uid, item.steadily) for item in processes_of(recorded(name))]
    assert sorted(found) == [
        ("od) d\nname", 1, 1000, "S"),
        ("perl", 0, 0, "S"),
        ("perl", 1, 0, "S"),
        ("sleep", 1, 0, "S"),
    ]


def test_recorded_processes_of_busybox_are_understood() -> None:
    found = [(item.comm, item.argv, item.exe) for item in processes_of(recorded("busybox.sh"))]
    assert ("sleep", ("sleep", "1000"), "/bin/busybox") in found


@pytest.mark.parametrize("name", WHOLE)
def test_recorded_hits_are_the_same_from_every_reader(name: str) -> None:
    logs = recorded(name).logs
    hits = [
        [(hit.number, hit.text, hit.time) for file in getattr(logs[key], "files", ()) for hit in file.hits]
        for key in ("texts", "regexes")
    ]
    assert hits == 2 * [
        [
            (2, "  at com.example.Trace ERROR", None),
            (3, "2026-11-25T12:00:01Z FATAL bad", NOON + 1),
            (2, "ERROR at the end, without a line feed", None),
        ]
    ]


@pytest.mark.parametrize("name", WHOLE)
def test_no_recorded_log_has_a_problem(name: str) -> None:
    problems = [file.problem for log in recorded(name).logs.values() for file in getattr(log, "files", ("",))]
    assert set(problems) == {""}


@pytest.mark.parametrize("name", ["debian.proc", "debian-tables.proc", "debian.sh"])
def test_recorded_files_are_understood(name: str) -> None:
    found = recorded(name).files
    facts = [found[path] for path in REQUEST.files]
    kinds = ["unreadable" if isinstance(fact, Unreadable) else fact.kind for fact in facts]
    assert kinds == ["regular", "regular", "regular", "unreadable", "fifo", "directory", "missing"]


def test_recorded_owners_are_joined() -> None:
    found = recorded("debian.proc")
    names = {item.pid: item.comm for item in processes_of(found)}
    owned = {port: sorted(names[pid] for pid in some) for port, some in owners_of(found).items()}  # type: ignore[attr-defined]
    assert owned == {5300: ["perl"] * 2, 8080: ["perl"] * 2, 8081: ["perl"] * 2, 8090: ["od) d\nname"]}


def test_owners_that_could_not_be_seen_are_not_nobody() -> None:
    assert isinstance(owners_of(recorded("debian.sh"))[8090], Unreadable)


def test_a_recorded_second_look_adds_the_owner_and_the_program() -> None:
    merged = merge_second(recorded("debian.sh"), frames_of("debian-second.sh"), ProcessRequest())
    (owner,) = owners_of(merged)[8090]  # type: ignore[misc]
    assert [item.exe for item in processes_of(merged) if item.pid == owner] == ["/usr/bin/perl"]


def test_what_the_second_look_of_its_own_user_no_longer_sees_has_ended() -> None:
    frames = parse((CASES / "debian-second.sh").read_bytes(), NONCE)
    first = recorded("debian.sh")
    hidden = next(item for item in processes_of(first) if isinstance(item.exe, Unreadable))
    passing = replace(hidden, pid=4242, start_ticks=hidden.start_ticks + 100)
    others = replace(passing, pid=4243, uid=hidden.uid + 1 if isinstance(hidden.uid, int) else 1)
    look = replace(first, processes=(*processes_of(first), passing, others))
    reader = Frame("reader", (0,), b"Uid:\t%d\t%d\t%d\t%d\n" % ((hidden.uid,) * 4), 0)
    second = Frames((*frames, reader))
    ends = {item.pid: item.states[-1] for item in processes_of(merge_second(look, second, ProcessRequest()))}
    assert (ends[4242], ends[4243], ends[hidden.pid]) == ("", "S", "S")


@pytest.mark.parametrize(("state", "told"), [("S", ""), ("Z", "Z")])
def test_what_ended_while_its_program_was_read_is_gone_and_a_zombie_is_a_zombie(state: str, told: str) -> None:
    pid = next(item.pid for item in processes_of(recorded("debian.sh")) if item.pid != 1)
    frames = [*_seen_last(pid, state), Frame("ended", (0, 2, pid), b"", 0)]
    found = processes_of(inside(by_target(frames)[0], REQUEST, "exec"))
    assert [item.states for item in found if item.pid == pid] == [("", "", told)]


def _seen_last(pid: int, state: str) -> Iterator[Frame]:
    """The recorded look, with a process that only its last sample has, and whose program could not be read."""
    for frame in parse((CASES / "debian.sh").read_bytes(), NONCE):
        if frame.kind not in ("stat", "status", "cmdline", "exe", "fds") or frame.numbers[2] != pid:
            yield frame
        elif frame.kind == "exe":
            yield Frame("exe", (0, 2, pid), b"No such file or directory", 1)
        elif frame.kind != "stat" or frame.numbers[1] == 2:
            payload = re.sub(rb"\) [A-Z] ", b") %s " % state.encode(), frame.payload)
            yield Frame(frame.kind, (0, 2, pid), payload, frame.status)


def test_a_second_look_at_another_container_is_noticed() -> None:
    first = replace(recorded("debian.sh"), identity=(1, "x"), identity_last=(1, "x"))
    merged = merge_second(first, frames_of("debian-second.sh"), ProcessRequest())
    assert merged.identity != merged.identity_last


def test_a_recorded_queue_is_read() -> None:
    queues = [queue_on(frames_of("debian-second.sh"), address, 8081) for address in ("127.0.0.1", "172.17.0.2")]
    assert (queues[0], type(queues[1])) == (1, Unreadable)


def test_recorded_conversations_are_understood() -> None:
    talks = recorded("debian.proc").talks
    assert (getattr(talks["said"], "received", b""), getattr(talks["8081/tcp"], "queue_after", 0)) == (
        b"hello\ngot abc\n",
        1,
    )


@pytest.mark.parametrize("kind", ["init", "boot", "clock"])
def test_a_look_without_its_identity_or_its_time_is_none(kind: str) -> None:
    kept = [frame for frame in parse((CASES / "debian.sh").read_bytes(), NONCE) if frame.kind != kind]
    with pytest.raises(CouldNotLook):
        inside(Frames(kept), REQUEST, "exec")


@pytest.mark.parametrize("kind", ["status", "stat", "elf", "net", "passwd", "file", "log"])
def test_a_frame_that_is_missing_is_a_fact_that_is_unreadable(kind: str) -> None:
    all_frames = parse((CASES / "debian.sh").read_bytes(), NONCE)
    found = inside(Frames(frame for frame in all_frames if frame.kind != kind), REQUEST, "exec")
    facts = (found.processes, found.listeners, found.users, *found.files.values(), *found.logs.values())
    assert any(isinstance(fact, Unreadable) for fact in facts)


# Processes


@given(comm=st.binary(max_size=15), pid=st.integers(1, 1 << 22), ppid=st.integers(0, 1 << 22), start=st.integers(0))
def test_a_process_may_have_any_name(comm: bytes, pid: int, ppid: int, start: int) -> None:
    name = comm.replace(b"\0", b"?")
    data = b"%d (%b) S %d " % (pid, name, ppid) + b"0 " * 17 + b"%d 0 0\n" % start
    found = process.stat(data)
    assert (found.pid, found.ppid, found.state, found.start_ticks) == (pid, ppid, "S", start)


@given(argv=st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",))), min_size=1))
def test_arguments_are_split_as_they_were_joined(argv: list[str]) -> None:
    cmdline = b"".join(argument.encode() + b"\0" for argument in argv)
    assert process.argv(cmdline) == tuple(argv)


@pytest.mark.parametrize("data", [b"", b"1 (a) S 1", b"x (a) S " + b"1 " * 30, b"1 (a) S x" + b" 1" * 30])
def test_what_is_no_stat_is_refused(data: bytes) -> None:
    with pytest.raises(CouldNotLook):
        process.stat(data)


def test_the_pid_is_told_for_each_namespace() -> None:
    assert process.namespace_pids(b"Name:\tx\nNSpid:\t4711\t17\t1\n") == (4711, 17, 1)


def test_only_sockets_are_kept_of_a_list_of_open_files() -> None:
    listed = (
        b"total 0\n"
        b"lrwx------ 1 0 0 64 Nov 25 13:47 0 -> /dev/null\n"
        b"lrwx------ 1 0 0 64 Nov 25 13:47 12 -> socket:[4711]\n"
        b"lrwx------ 1 0 0 64 Nov 25 13:47 13 -> /tmp/1 -> socket:[99]\n"
    )
    assert process.socket_inodes(listed) == {4711}


def test_a_list_of_open_files_that_is_odd_is_refused() -> None:
    with pytest.raises(CouldNotLook):
        process.socket_inodes(b"lrwx------ 1 0 0 64 Nov 25 13:47 13 -> /tmp/a\nsocket:[12] x\n")


# Sockets

BOUND = st.tuples(st.ip_addresses(), st.integers(0, 65535), st.integers(1, 1 << 40), st.integers(0, 1 << 20))


@given(bound=BOUND, order=st.sampled_from("<>"))
def test_a_row_of_proc_net_is_read_in_either_byte_order(
    bound: tuple[IPv4Address | IPv6Address, int, int, int], order: str
) -> None:
    address, port, inode, queue = bound
    words = struct.unpack(f"{order}{len(address.packed) // 4}I", address.packed)
    local = "".join(f"{word:08X}" for word in words)
    row = (
        f"  0: {local}:{port:04X} {'0' * len(local)}:0000 0A 00000000:{queue:08X} 00:00000000 00000000  1000        0 "
    )
    table = f"  sl  local_address rem_address   st\n{row}{inode} 1 0000000000000000 100 0 0 10 0\n".encode()
    (found,) = sockets.of_table(table, "tcp", address.version, order)
    assert (found.address, found.port, found.inode, found.queue) == (str(address), port, inode, queue)


@given(cut=st.integers(min_value=0, max_value=149))
def test_a_row_of_proc_net_that_is_cut_is_not_taken(cut: int) -> None:
    row = b"   0: 0100007F:1F91 00000000:0000 0A 00000000:00000001 00:00000000 00000000     0        0 488235 1 0"
    table = b"  sl  local_address rem_address   st tx_queue rx_queue tr\n" + row
    taken = _table(table[:cut])
    assert taken in (None, (), *((int(row[91 : 91 + size]),) for size in range(1, 7)))


def _table(data: bytes) -> tuple[int, ...] | None:
    try:
        return tuple(item.inode for item in sockets.of_table(data, "tcp", 4, "<"))
    except CutShort:
        return None


def test_a_recorded_dump_that_is_cut_anywhere_is_not_taken() -> None:
    data = frames_of("debian.proc").read("diag", 2, 6)
    assert [size for size in range(len(data)) if _dump_is_taken(data[:size])] == []


def _dump_is_taken(data: bytes) -> bool:
    try:
        sockets.of_diag(data, "tcp", "<")
    except CutShort:
        return False
    return True


def test_both_lists_of_sockets_hold_the_same() -> None:
    by_diag, by_table = recorded("debian.proc").listeners, recorded("debian-tables.proc").listeners
    assert [replace(item, queue=0, backlog=None) for item in by_diag] == [
        replace(item, queue=0, backlog=None) for item in by_table
    ]  # type: ignore[union-attr]


@pytest.mark.parametrize(("elf", "order"), [(b"\x7fELF\x02\x01", "<"), (b"\x7fELF\x02\x02", ">")])
def test_the_byte_order_is_that_of_the_target(elf: bytes, order: str) -> None:
    assert sockets.byte_order(elf) == order


def test_a_byte_order_is_never_assumed() -> None:
    with pytest.raises(CouldNotLook):
        sockets.byte_order(b"\x7fEL")


def test_an_empty_table_of_ipv4_is_none_at_all() -> None:
    with pytest.raises(CutShort):
        sockets.of_table(b"", "tcp", 4, "<")


def test_who_is_not_seen_is_not_nobody() -> None:
    held = {1: frozenset({7}), 2: Unreadable("no right")}
    assert (owners(7, held), type(owners(8, held)), owners(8, {1: frozenset()})) == ((1,), Unreadable, ())


# Files


@pytest.mark.parametrize(
    ("line", "mtime"),
    [
        (b"81a4 1000 100 12 1795614443 77", 1795614443.0),
        (b"81a4 1000 100 12 1795614443.250000000 77", 1795614443.25),
        (b"81a4 1000 100 12 1795614443 77 2026-11-25 13:47:23.250000000 +0000\n", 1795614443.25),
        (b"81a4 1000 100 12 1795614443 77 2026-11-25 13:47:23\n", 1795614443.0),
    ],
)
def test_every_stat_is_understood(line: bytes, mtime: float) -> None:
    found = files.stat_line(line)
    assert (found.kind, found.mode, found.uid, found.gid, found.size, found.mtime) == (
        "regular",
        0o644,
        1000,
        100,
        12,
        mtime,
    )


@given(st.binary(max_size=80))
def test_what_is_no_stat_line_is_refused_or_read(data: bytes) -> None:
    try:
        files.stat_line(data)
    except CouldNotLook:
        return
    assert len(data.split()) >= 6


@pytest.mark.parametrize(
    ("reason", "status", "missing"),
    [
        (b"stat: cannot statx '/x': No such file or directory\n", 1, True),
        (b"No such file or directory", 1, True),
        (b"stat: can't stat '/x/y': Not a directory", 1, True),
        (b"stat: cannot statx '/x': Permission denied", 1, False),
        (b"sh: 12: stat: not found", 127, False),
        (b"sh: stat: No such file or directory", 127, False),
    ],
)
def test_only_what_is_not_there_is_missing(reason: bytes, status: int, missing: bool) -> None:
    assert files.is_missing(reason, status) is missing


def test_a_user_whose_line_is_cut_is_not_told() -> None:
    passwd = b"root:x:0:0::/root:/bin/sh\n" + b"#" * files.HEAD_CAP
    cut = passwd[: files.HEAD_CAP - 14] + b"\nsvc:x:1000:10"
    assert files.users(cut) == {"root": 0}


# Logs


@pytest.mark.parametrize(
    ("line", "time"),
    [
        ("2026-11-25 12:00:00 ERROR", NOON),
        ("2026-11-25 12:00:00,250 ERROR", NOON + 0.25),
        ("2026-11-25T12:00:00.250Z ERROR", NOON + 0.25),
        ("[2026-11-25T14:00:00+02:00] ERROR", NOON),
        ("2026-11-25 07:00:00 -0500 ERROR", NOON),
        ("2026/11/25 12:00:00 [error] 7#7: x", NOON),
        ('172.17.0.1 - - [25/Nov/2026:13:00:00 +0100] "GET / HTTP/1.1" 500', NOON),
        ("25-Nov-2026 12:00:00.250 SEVERE [main] x", NOON + 0.25),
        ("Nov 25 12:00:00 host app[1]: ERROR", NOON),
        ("<11>1 2026-11-25T12:00:00Z host app - - ERROR", NOON),
        ("2026-11-25 12:00:00 UTC ERROR", NOON),
        ("2026-11-25 12:00:00 - app - ERROR - x", NOON),
        ("2026-11-25 12:00:00 ERROR_RATE x", NOON),
        ('{"a": {"time": "2020-01-01 00:00:00"}, "time": "2026-11-25T12:00:00Z", "cut": "', NOON),
        ('{"time": "2020-01-01 00:00:00", "ts": "2026-11-25T12:00:00Z"}', NOON),
        ('{"level":"ERROR","req":{"time":"2020-01-01 00:00:00"}}', None),
        ('{"time": "2020-01-01 00:00:00", "ts": "2026-11-25T07:00:00 EST"}', None),
        ('{"a": ' + "[" * 4000, None),
        ("ERROR 2019-01-01 00:00:00 is the day the certificate expired", None),
        ("failed to parse [2019-01-01 00:00:00] ERROR", None),
        ("2026-11-25 07:00:00 EST ERROR", None),
        ("2026-11-25 07:00:00 (EST) ERROR", None),
        ("2026-11-25 07:00:00EST ERROR", None),
        ("2026-11-25 07:00:00.123-05 ERROR", None),
        ("2026-11-25 07:00:00 -05 ERROR", None),
        ("2026-11-25 07:00:00 America/New_York ERROR", None),
        ("2026-11-25 07:00:00 GMT+8 ERROR", None),
        ("2026-11-25 01:59:00 PM ERROR", None),
        ("2026-11-25 01:59:00 pm ERROR", None),
        ("2026-11-25 01:59:00 下午 ERROR", None),
        ('{"level":"error","time":"2026-11-25T12:00:00Z"}', NOON),
        ("Dec 25 12:00:00 host app: last year", datetime(2025, 12, 25, 12, tzinfo=UTC).timestamp()),
        ("Nov  5 12:00:00 host app: x", datetime(2026, 11, 5, 12, tzinfo=UTC).timestamp()),
        ("\tat com.example.Trace(Trace.java:2026)", None),
        ("fetching everything since 2020-01-01 00:00:00 failed: ERROR", None),
        ("2026-13-45 12:00:00 ERROR", None),
        ("", None),
    ],
)
def test_time_stamps_are_read(line: str, time: float | None) -> None:
    assert time_of(line.encode(), 0, CLOCK) == time


def test_a_stamp_without_a_zone_is_of_the_declared_one() -> None:
    assert time_of(b"2026-11-25 20:00:00 ERROR", 8 * 3600, CLOCK) == NOON


@given(st.binary(max_size=120))
def test_any_line_has_a_time_or_none(line: bytes) -> None:
    assert isinstance(time_of(line, 0, CLOCK), float | None)


def test_a_text_that_we_hold_is_scanned_like_a_file() -> None:
    (file,) = log_of_text("docker log", b"2026-11-25 12:00:00 INFO\n x ERROR\r\nFATAL y", DENIED, clock=CLOCK).files
    assert [(hit.number, hit.text, hit.time) for hit in file.hits] == [(2, " x ERROR", None), (3, "FATAL y", None)]


def test_the_stamps_of_the_engine_are_the_times_and_no_part_of_the_text() -> None:
    text = b"2026-11-25T12:00:00.5Z FATAL x\n2026-11-25T12:00:01Z fine\n"
    (file,) = log_of_text("docker log", text, DENIED, stamped=True).files
    assert ([(hit.text, hit.time) for hit in file.hits], file.mtime) == ([("FATAL x", NOON + 0.5)], NOON + 1)


def test_the_last_hits_are_kept_and_the_others_counted() -> None:
    (file,) = log_of_text("docker log", b"ERROR\n" * (HITS_CAP + 7), DENIED).files
    assert (len(file.hits), file.hits[0].number, file.dropped) == (HITS_CAP, 8, 7)


@given(
    texts=st.lists(st.sampled_from(["ERROR", "a", "2026"]), max_size=3),
    lines=st.lists(st.sampled_from([b"ERROR", b"a", b"", b"2026-11-25T12:00:00Z x", b"\xff ERROR\r"]), max_size=30),
)
def test_a_fast_scan_finds_what_a_slow_one_finds(texts: list[str], lines: list[bytes]) -> None:
    data = b"\n".join(lines)
    fast = log_of_text("log", data, LogRequest("log", "", tuple(texts)), clock=CLOCK)
    slow = log_of_text("log", data, LogRequest("log", "", tuple(texts), (r"[^\s\S]",)), clock=CLOCK)
    assert fast == slow


def test_a_text_that_only_the_engines_stamp_holds_is_no_hit() -> None:
    request = LogRequest("log", "", ("2026",))
    (file,) = log_of_text("docker log", b"2026-11-25T12:00:00.5Z fine\n", request, stamped=True).files
    assert file.hits == ()


def test_an_empty_log_has_no_line() -> None:
    (file,) = log_of_text("docker log", b"", LogRequest("log", "", ("",))).files
    assert (file.hits, file.size) == ((), 0)


def test_a_line_before_lends_a_hit_no_time() -> None:
    told = b"1-2026-11-25 12:00:00 INFO\n2:ERROR\n--\n90:2026-11-25 12:00:00 ERROR\n"
    assert [hit.time for hit in hits_as_told(told, DENIED, CLOCK)] == [None, NOON]


def test_a_carriage_return_ends_a_line() -> None:
    told = b"1:2020-01-01 00:00:00 INFO old ERROR_RATE\r2026-11-25 12:00:00 ERROR new\rfine\r\n"
    hits = hits_as_told(told, LogRequest("log", "", ("ERROR",)), CLOCK)
    assert [hit.text for hit in hits] == ["2020-01-01 00:00:00 INFO old ERROR_RATE", "2026-11-25 12:00:00 ERROR new"]
    assert hits[1].time == NOON
    (file,) = log_of_text("log", b"x\r\nFATAL y\r\na\rFATAL z\rb", DENIED, clock=CLOCK).files
    assert [(hit.number, hit.text) for hit in file.hits] == [(2, "FATAL y"), (3, "FATAL z")]


def test_a_line_with_carriage_returns_that_was_cut_is_not_told() -> None:
    with pytest.raises(CouldNotLook, match="carriage return"):
        hits_as_told(b"1:" + b"ERROR\r".ljust(4096, b"x"), DENIED, CLOCK)


def test_a_line_that_the_engine_cut_is_whole_again() -> None:
    stamp = b"2026-11-25T12:00:00.070668294Z "
    text = stamp + b"x" * 16382 + b"ER" + stamp + b"ROR" + b"y" * 16381 + stamp + b"tail\n" + stamp + b"ERROR\n"
    (file,) = log_of_text("docker log", text, LogRequest("log", "", ("ERROR", "ytail")), stamped=True).files
    assert [hit.number for hit in file.hits] == [1, 2]


@pytest.mark.parametrize("pattern", ["错误", r"^\S+ 错误$"])
def test_a_denied_text_is_found_in_both_encodings(pattern: str) -> None:
    data = "好 错误\n".encode() + "好 错误\n".encode("gb18030") + "好 误错\n".encode("gb18030")
    for request in (LogRequest("log", "", ("错误",)), LogRequest("log", "", (), (pattern,))):
        (file,) = log_of_text("log", data, request).files
        assert [hit.text for hit in file.hits] == ["好 错误"] * 2


@pytest.mark.parametrize(
    "data",
    [
        "ERROR".encode("utf-16"),
        "ERROR".encode("utf-16-le"),
        "ERROR".encode("utf-32"),
        gzip.compress(b"ERROR"),
        zlib.compress(b"ERROR" * 9),
        bz2.compress(b"ERROR"),
        lzma.compress(b"ERROR"),
        b"\x28\xb5\x2f\xfd....",
        b"ERROR\n" + b"\0" * 100,
    ],
)
def test_what_is_no_text_cannot_be_searched(data: bytes) -> None:
    assert "cannot be searched" in why_unsearchable(data, data)


@pytest.mark.parametrize("text", ["", "fine\r\n", "\x1b[31mERROR\x1b[0m\n", "错误\n", "BZhang says"])
def test_text_can_be_searched(text: str) -> None:
    assert why_unsearchable(text.encode(), text.encode()) == ""
    assert why_unsearchable(text.encode("gb18030"), text.encode("gb18030")) == ""


def test_stamps_are_believed_where_the_newest_is_as_old_as_the_last_write() -> None:
    end = b"2026-11-25 12:00:00 INFO\n  at x\n"
    assert why_doubtful(end, NOON + 500.0, 0, CLOCK) == ""
    assert "5.0 h before its last write" in why_doubtful(end, NOON + 18000.0, 0, CLOCK)
    assert "8.0 h after" in why_doubtful(end, NOON, -8 * 3600, CLOCK)
    assert "no line near its end" in why_doubtful(b"  at x\n", NOON, 0, CLOCK)


@pytest.mark.parametrize("pattern", [r"(?=x)y", r"(?<!x)y", r"(x)\1", r"x{,3}y", r"x\Z", "(", r"\p{Han}", r"\b错误"])
def test_a_pattern_must_be_known_to_both_engines(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"RE2|Python"):
        patterns.check(pattern)


def test_a_pattern_that_takes_python_for_ever_takes_no_time() -> None:
    assert not patterns.searcher("(a+)+(b+)+.*.*.*c")("ab" * 8000)
    assert patterns.searcher("误+")("错误")


def test_a_hit_whose_beginning_was_cut_is_left_out() -> None:
    assert [hit.number for hit in hits_as_told(b":half\n3:ERROR\n", DENIED, CLOCK, cut=True)] == [3]


def test_what_grep_would_not_write_is_refused() -> None:
    with pytest.raises(ValueError, match="grep"):
        hits_as_told(b"grep: unrecognized option: B\n", DENIED, CLOCK)


# Whose processes they are


def own_among(*processes: tuple[int, int, int, str, str], reader: int, carried: bool = True) -> list[int]:
    """Which of these are the reader's own: pid, parent, session, name and title of each."""
    out = io.BytesIO()
    wire = Wire(out, NONCE)
    wire.put("self", 0, payload=b"%d" % reader)
    if carried:
        wire.put("carried", 0)
    stats = []
    for pid, parent, session, comm, title in processes:
        wire.put("cmdline", 0, 0, pid, payload=title.encode())
        stats.append(process.Stat(pid, comm, "S", parent, 1, session))
    wire.end()
    return sorted(own_of(by_target(parse(out.getvalue(), NONCE))[0], stats))


INIT = (1, 0, 1, "systemd", "/sbin/init")
LISTENER = (10, 1, 10, "sshd", "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups")
OLD_LISTENER = (10, 1, 10, "sshd", "/usr/sbin/sshd\0-D")
OURS = ((20, 10, 20, "sshd", "sshd: deploy [priv]"), (21, 20, 20, "sshd", "sshd: deploy@notty"))
THEIRS = ((80, 10, 80, "sshd", "sshd: root@pts/0"), (81, 80, 81, "bash", "-bash"), (82, 81, 82, "app", "/opt/app"))
NEWER = (
    (10, 1, 10, "sshd", "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups"),
    (20, 10, 20, "sshd-session", "sshd-session: deploy [priv]"),
    (21, 20, 20, "sshd-session", "sshd-session: deploy@notty"),
)
BELOW_SUDO = (
    (30, 21, 30, "sudo", "sudo\0-n\0python3"),
    (31, 30, 31, "sudo", "sudo\0-n\0python3"),
    (32, 31, 31, "python3", "python3\0-I\0-S"),
    (33, 32, 31, "grep", "grep"),
)


@pytest.mark.parametrize("listener", [LISTENER, OLD_LISTENER])
def test_a_login_of_ours_is_no_service_and_the_server_that_listens_is_one(
    listener: tuple[int, int, int, str, str],
) -> None:
    shell = (30, 21, 30, "sh", "sh\0-c\0python3")
    beside = (40, 21, 40, "docker", "docker\0system\0dial-stdio")
    python = (31, 30, 30, "python3", "python3")
    assert own_among(INIT, listener, *OURS, *THEIRS, shell, python, beside, reader=31) == [20, 21, 30, 31, 40]


def test_sudo_that_begins_a_session_hides_no_caller() -> None:
    assert own_among(INIT, LISTENER, *OURS, *THEIRS, *BELOW_SUDO, reader=32) == [20, 21, 30, 31, 32, 33]


def test_the_programs_of_newer_servers_are_told_apart_by_their_names() -> None:
    assert own_among(INIT, *NEWER, *BELOW_SUDO, reader=32) == [20, 21, 30, 31, 32, 33]


def test_a_reader_without_a_shell_has_the_servers_process_for_its_parent() -> None:
    root = (20, 10, 20, "sshd", "sshd: root@notty")
    assert own_among(INIT, LISTENER, root, (30, 20, 30, "python3", "python3"), reader=30) == [20, 30]


def test_a_server_of_dropbear_for_one_login_is_a_child_of_the_one_that_listens() -> None:
    dropbear = (10, 1, 10, "dropbear", "dropbear"), (20, 10, 20, "dropbear", "dropbear")
    assert own_among(INIT, *dropbear, (30, 20, 30, "sh", "sh"), (31, 30, 30, "sh", "sh"), reader=31) == [20, 30, 31]


def test_below_a_server_that_is_not_known_callers_are_those_of_its_session() -> None:
    other = (20, 1, 20, "otherd", "otherd"), (30, 20, 30, "sh", "sh"), (31, 30, 30, "python3", "python3")
    assert own_among(INIT, *other, reader=31) == [30, 31]


def test_a_server_that_is_the_first_process_of_a_container_counts() -> None:
    first = (1, 0, 1, "sshd", "sshd: /usr/sbin/sshd -D [listener] 1 of 10-100 startups")
    login = (20, 1, 20, "sshd", "sshd: root@notty")
    assert own_among(first, login, (30, 20, 30, "sh", "sh"), reader=30) == [20, 30]


def test_who_started_a_reader_on_its_own_machine_is_none_of_it() -> None:
    assert own_among(INIT, LISTENER, *OURS, *BELOW_SUDO, reader=32, carried=False) == [32, 33]
