"""Which processes belong to a container: those of its cgroup and of the cgroups below it (cgroups(7))."""

import errno
import functools
import os
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from seatrial.collector.reading import read

DEPTH_CAP = 8
GROUPS_CAP = 4096
_Hierarchy: TypeAlias = "tuple[set[str], str, str]"
_EVENTS_V2, _EVENTS_V1 = "memory.events", "memory.oom_control"
"""Each has a line ``oom_kill N``; that of v2 counts what happened in the cgroups below as well, that of v1 does not."""


class NotHere(Exception):
    """The container is not on this machine, or not as its engine told."""


def group_of(pid: int, container_id: str) -> str:
    """The folder of the container's own cgroup.

    :raises NotHere: when this process is not in a cgroup of that container, or not the first of its pid namespace.
    """
    try:
        memberships = read(f"/proc/{pid}/cgroup").decode("utf-8", "surrogateescape")
        status = read(f"/proc/{pid}/status")
    except OSError as error:
        raise NotHere(f"process {pid} is not on this machine: {error.strerror}") from error
    if container_id not in memberships or not container_id:
        raise NotHere(f"process {pid} on this machine is not in container {container_id[:12]}")
    if inner_pid(status) != 1:
        raise NotHere(f"process {pid} is not the first of its pid namespace")
    for folder in folders(memberships, _hierarchies(), container_id):
        if pid in pids(folder):
            return folder
    raise NotHere(f"no cgroup of container {container_id[:12]} is mounted here")


def oom_kills(pid: int, container_id: str) -> bytes:
    """How often the kernel killed a process of a container for want of memory, in the words of its memory cgroup.

    :raises OSError: where no memory cgroup of it can be read.
    """
    memberships = read(f"/proc/{pid}/cgroup").decode("utf-8", "surrogateescape")
    for folder in folders(memberships, _hierarchies(), container_id):
        if os.path.exists(f"{folder}/{_EVENTS_V2}"):
            return read(f"{folder}/{_EVENTS_V2}")
        if os.path.exists(f"{folder}/{_EVENTS_V1}"):
            return b"".join(read(f"{group}/{_EVENTS_V1}") for group in _groups(folder))
    raise OSError(errno.ENOENT, "no memory cgroup of it is mounted here")


def inner_pid(status: bytes) -> int:
    """The pid in the innermost namespace (``NSpid`` of proc(5), kernel 4.1), 0 where that is not told."""
    for line in status.split(b"\n"):
        if line.startswith(b"NSpid:"):
            return int(line.split()[-1])
    return 0


def pids(folder: str) -> list[int]:
    """The processes of a cgroup and of those below it."""
    found: list[int] = []
    for group in _groups(folder):
        try:
            found += map(int, read(f"{group}/cgroup.procs").split())
        except OSError as error:
            # A threaded cgroup of v2 refuses; its processes are told by the cgroup above (cgroups(7)).
            if error.errno not in (errno.EOPNOTSUPP, errno.ENOENT, errno.ENODEV):
                raise
    return list(dict.fromkeys(found))


def zombies(others: "set[int]") -> "dict[int, list[int]]":
    """Parent → its children that ended and were not reaped: ``cgroup.procs`` lists no zombie (kernel 5.2).

    :param others: processes that are known to live.
    """
    found: dict[int, list[int]] = {}
    for pid in {int(name) for name in os.listdir("/proc") if name.isdigit()} - others:
        try:
            state, parent = read(f"/proc/{pid}/stat").rpartition(b") ")[2].split(None, 2)[:2]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if state == b"Z":
            found.setdefault(int(parent), []).append(pid)
    return found


def _groups(top: str) -> Iterator[str]:
    todo, seen = [(top, 0)], 0
    while todo:
        folder, depth = todo.pop()
        yield folder
        seen += 1
        below = [entry.path for entry in _entries(folder) if entry.is_dir(follow_symlinks=False)]
        todo += [(path, depth + 1) for path in below]
        if (below and depth >= DEPTH_CAP) or seen > GROUPS_CAP:
            raise OSError(errno.E2BIG, "more cgroups below it than are looked at")


def _entries(folder: str) -> list["os.DirEntry[str]"]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except FileNotFoundError:
        return []


def folders(memberships: str, mounted: "Sequence[_Hierarchy]", container_id: str) -> Iterator[str]:
    """Where a container's cgroup may be: v1 and v2, as the engine or as systemd names it.

    :param memberships: ``/proc/PID/cgroup`` of its first process.
    :param mounted: what `hierarchies` tells.
    """
    for line in memberships.splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        for options, root, point in mounted:
            if container_id in path and set(controllers.split(",") if controllers else ["cgroup2"]) <= options:
                top = root.rstrip("/")
                if path == top or path.startswith(top + "/"):
                    yield point + path[len(top) :]


@functools.lru_cache(maxsize=1)
def _hierarchies() -> "list[_Hierarchy]":
    """What is mounted here; read once, since the table is long where many containers run."""
    return hierarchies(read("/proc/self/mountinfo").decode("utf-8", "surrogateescape"))


def hierarchies(mountinfo: str) -> "list[_Hierarchy]":
    """Controllers (``cgroup2`` for v2), root and place of each mounted hierarchy.

    :param mountinfo: ``/proc/self/mountinfo`` (proc(5)).
    """
    found = []
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        fields, kinds = before.split(), after.split()
        if len(fields) >= 5 and len(kinds) >= 3 and kinds[0] in ("cgroup", "cgroup2"):
            found.append(({kinds[0], *kinds[2].split(",")}, fields[3], fields[4]))
    return found
