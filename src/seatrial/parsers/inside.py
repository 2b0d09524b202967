"""From the frames of one target to what was read inside it."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace
from functools import partial
from types import MappingProxyType

from seatrial.errors import CouldNotLook
from seatrial.parsers import files, logs, process
from seatrial.parsers.frames import Frames
from seatrial.parsers.host import host_facts
from seatrial.parsers.links import links, own_place
from seatrial.parsers.listeners import Held, bound, bound_unix, listeners, with_owners
from seatrial.parsers.network import client_ports, overflows
from seatrial.parsers.process_detail import detail, merged
from seatrial.parsers.processes import Moment, Task, exe_of, moments, or_why, seen_of, sockets_of, tasks
from seatrial.request import ProcessRequest, TargetRequest
from seatrial.sanitise import decode
from seatrial.snapshot import NOT_READ, FileFact, Inside, Listener, Process, ProcessDetail, Talk, Unreadable
from seatrial.trail import Birth

_OOM_KILL = re.compile(rb"^oom_kill (\d{1,18})$", re.MULTILINE)


def inside(frames: Frames, request: TargetRequest, vehicle: str) -> Inside:
    """Everything that one look read inside one target.

    :param vehicle: ``proc`` or ``exec``.
    :raises CouldNotLook: when the reader had to give this target up, or what proves its identity is missing.
    """
    given_up = frames.find("failed")
    if given_up is not None:
        raise CouldNotLook(given_up.reason)
    times = moments(frames)
    found = or_why(lambda: tasks(frames, times, request.scope, request.processes))
    clock, clock_last = times[min(times)].clock, times[max(times)].clock
    return Inside(
        vehicle=vehicle,
        clock=clock,
        clock_last=clock_last,
        processes=found if isinstance(found, Unreadable) else tuple(task.process for task in found),
        listeners=or_why(lambda: listeners(bound(frames), _held(found))),
        files=MappingProxyType(dict(_files(frames, request, times))),
        logs=MappingProxyType(
            {log.key: or_why(partial(logs.log, frames, at, log, clock_last)) for at, log in enumerate(request.logs)}
        ),
        talks=MappingProxyType(dict(_talks(frames, request))),
        users=_users(frames),
        oom_kills=or_why(lambda: _oom_kills(frames)) if frames.find("oom") else NOT_READ,
        reals=MappingProxyType({path: or_why(partial(_real, frames, at)) for at, path in enumerate(request.reals)}),
        hostname=_hostname(frames),
        reader_uid=or_why(lambda: process.euid(frames.read("reader"))) if request.scope == "machine" else None,
        host=host_facts(frames, request.host) if request.host else None,
        unix=or_why(lambda: listeners(bound_unix(frames), _held(found))) if request.unix else NOT_READ,
        unix_files=MappingProxyType(dict(_unix_files(frames, request))),
        overflows=or_why(lambda: overflows(frames)),
        client_ports=or_why(lambda: client_ports(frames)) if request.client_ports else None,
        identity=identity(frames, 0),
        identity_last=identity(frames, 1),
    )


def identity(frames: Frames, turn: int) -> tuple[int, str]:
    """Start time of the target's first process, and boot id of its host.

    :param turn: 0 for the first look at it, 1 for the last.
    :raises CouldNotLook: when either could not be read.
    """
    boot = frames.read("boot", turn).decode("ascii", "replace").strip()
    if not boot:
        raise CouldNotLook("the host's boot id is empty")
    return process.stat(_first(frames, turn)).start_ticks, boot


def _first(frames: Frames, turn: int) -> bytes:
    try:
        return frames.read("init", turn)
    except CouldNotLook as error:
        if frames.find("carried") is None:
            raise
        raise CouldNotLook(f"its first process: {error}; /proc may hide it (hidepid), then look as root") from None


def merge_second(first: Inside, frames: Frames, asked: ProcessRequest) -> Inside:
    """Add what a second look shows that the first could not: programs, and who holds which socket.

    :param frames: of :func:`seatrial.transports.loader.sh_second`, run in the same target, maybe as another user.
    :param asked: of the request, of each process.
    :raises CouldNotLook: when it cannot be told that it was the same target.
    """
    last = identity(frames, 1)
    seen = {key: (one.first, one.last) for key, one in seen_of(frames).items()}
    exes = {key: exe_of(frames, *one, no_argv=False) for key, one in seen.items()}
    details = {key: detail(frames, asked, one[0], key[0], one[1].state) for key, one in seen.items()}
    held: Held = {pid: sockets_of(frames, *one) for (pid, _), one in seen.items()}
    known = first.processes
    gone = _gone_since(known, set(seen), frames)
    return replace(
        first,
        processes=known
        if isinstance(known, Unreadable)
        else tuple(_with_more(gone.get((item.pid, item.start_ticks), item), exes, details) for item in known),
        listeners=_with_owners(first.listeners, held),
        unix=_with_owners(first.unix, held),
        identity_last=last if identity(frames, 0) == first.identity_last else identity(frames, 0),
    )


def _with_owners(known: tuple[Listener, ...] | Unreadable, held: Held) -> tuple[Listener, ...] | Unreadable:
    return known if isinstance(known, Unreadable) else tuple(with_owners(item, held) for item in known)


def _gone_since(known: Sequence[Process] | Unreadable, seen: Set[Birth], frames: Frames) -> dict[Birth, Process]:
    """Of the second look's own user, those that could not be told from what is meant and that have ended meanwhile.

    What a health check starts lives for a moment only, and nothing more can be read of it.
    """
    user = or_why(lambda: process.euid(frames.read("reader")))
    if isinstance(known, Unreadable) or isinstance(user, Unreadable):
        return {}
    ended = (item for item in known if isinstance(item.exe, Unreadable) and item.uid == user)
    return {
        key: replace(item, states=(*item.states[:-1], ""))
        for item in ended
        if (key := (item.pid, item.start_ticks)) not in seen
    }


def _with_more(
    known: Process, exes: Mapping[Birth, str | Unreadable], details: Mapping[Birth, ProcessDetail]
) -> Process:
    key = (known.pid, known.start_ticks)
    exe = exes.get(key)
    better = exe if isinstance(known.exe, Unreadable) and isinstance(exe, str) else known.exe
    return replace(known, exe=better, detail=merged(known.detail, details[key]) if key in details else known.detail)


def queue_on(frames: Frames, address: str, port: int) -> int | Unreadable:
    """Connections that wait to be accepted, where a TCP port is dialled at an address.

    :param frames: of a second look that was made while the connection was held open.
    """
    sockets = or_why(lambda: bound(frames))
    if isinstance(sockets, Unreadable):
        return sockets
    takes = ("0.0.0.0", "::", address, f"::ffff:{address}")
    waiting = [item.queue for item in sockets if (item.proto, item.port) == ("tcp", port) and item.address in takes]
    return max(waiting) if waiting else Unreadable(f"nothing listens on {port}/tcp any more")


def _held(found: Sequence[Task] | Unreadable) -> Held | Unreadable:
    return found if isinstance(found, Unreadable) else {task.process.pid: task.sockets for task in found}


def _files(
    frames: Frames, request: TargetRequest, times: Mapping[int, Moment]
) -> Iterator[tuple[str, FileFact | Unreadable]]:
    for index, path in enumerate(request.files):
        yield path, or_why(partial(_file, frames, index, path, times, path in request.heads))


def _file(frames: Frames, index: int, path: str, times: Mapping[int, Moment], headed: bool) -> FileFact:
    problem = own_place(path, links(frames, "filelink", index))
    if problem:
        raise CouldNotLook(f"{path} {problem.removeprefix('it ')}")
    looks = [_stat(frames, index, sample) for sample in sorted(times)]
    last = looks[-1]
    if last is None:
        return FileFact(path, "missing")
    head = or_why(lambda: frames.read("head", index)) if headed else None
    return FileFact(
        path,
        last.kind,
        last.uid,
        last.gid,
        last.mode,
        last.size,
        tuple(look.mtime for look in looks if look is not None),
        None if isinstance(head, Unreadable) else head,
        head.reason if isinstance(head, Unreadable) else "",
    )


def _stat(frames: Frames, index: int, sample: int) -> files.FileStat | None:
    frame = frames.find("file", index, sample)
    if frame is not None and frame.status and files.is_missing(frame.payload, frame.status):
        return None
    return files.stat_line(frames.read("file", index, sample))


def _real(frames: Frames, index: int) -> str:
    frame = frames.find("real", index)
    if frame is not None and files.is_missing(frame.payload, frame.status):
        return ""
    return decode(frames.read("real", index).removesuffix(b"\n"))


def _unix_files(frames: Frames, request: TargetRequest) -> Iterator[tuple[str, str | Unreadable]]:
    """Told by the Python reader only: a shell knows no file of the sockets in the kernel's list."""
    for index, path in enumerate(request.unix):
        if frames.find("unixfile", index) is not None:
            yield path, or_why(lambda index=index: decode(frames.read("unixfile", index)))  # type: ignore[misc]


def _oom_kills(frames: Frames) -> int:
    found = _OOM_KILL.findall(frames.read("oom"))
    if not found:
        raise CouldNotLook("its memory cgroup does not count what was killed (before kernel 4.13)")
    return sum(map(int, found))


def _users(frames: Frames) -> Mapping[str, int] | Unreadable:
    found = or_why(lambda: files.users(frames.read("passwd")))
    return Unreadable(f"/etc/passwd: {found.reason}") if isinstance(found, Unreadable) else MappingProxyType(found)


def _hostname(frames: Frames) -> str | Unreadable:
    return or_why(lambda: decode(frames.read("hostname").removesuffix(b"\n"))) if frames.find("hostname") else ""


def _talks(frames: Frames, request: TargetRequest) -> Iterator[tuple[str, Talk | Unreadable]]:
    """The conversations of the Python reader; a shell has none."""
    for index, asked in enumerate(request.talks):
        if frames.find("talk", index) is not None:
            yield asked.key, or_why(partial(_told, frames, index))


def _told(frames: Frames, index: int) -> Talk:
    head, _, received = frames.read("talk", index).partition(b"\n")
    try:
        told = json.loads(head)
        queue = told["queue"]
        return Talk(
            where=str(told["where"]),
            connected=bool(told["connected"]),
            error=str(told["error"]),
            sent=int(told["sent"]),
            received=received,
            closed=bool(told["closed"]),
            queue_after=Unreadable(queue) if isinstance(queue, str) else queue,
            certificate=bytes.fromhex(told.get("certificate", "")),
        )
    except (ValueError, KeyError, TypeError):
        raise CouldNotLook("the reader's account of a conversation is not understood") from None
