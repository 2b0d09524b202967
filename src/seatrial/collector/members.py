"""Which processes belong to a service of this machine (proc(5), pid_namespaces(7))."""

import os
from collections.abc import Callable
from typing import TypeAlias

from seatrial.collector.cgroups import NotHere, group_of, inner_pid, pids
from seatrial.collector.reading import read

_SELF, _READER = b"seatrial", b"'seatrial-reader'"

Members: TypeAlias = Callable[[], "list[int]"]


def members(pid: int, scope: str, container_id: str, start_ticks: int) -> Members:
    """What lists the processes of a target now.

    :param pid: its first process.
    :param scope: ``container``, ``namespace``, ``tree`` or ``machine``.
    :param start_ticks: when that process must have started; not asked of a container, nor of what is carried.
    :raises NotHere: when it is not what was found.
    """
    if scope == "container":
        group = group_of(pid, container_id)
        return lambda: pids(group)
    if is_carried(scope, start_ticks):
        return machine  # which of them are the reader's own is told by the parsers, for all readers alike
    found = kin(pid)
    if found is None or found[2] != start_ticks:
        raise NotHere(f"process {pid} is not the one that was found")
    ours = us()
    if pid in ours and scope != "machine":
        raise NotHere(f"process {pid} is Seatrial itself, or what has called it")
    return lambda: [each for each in _of_scope(pid, scope) if each not in ours]


def is_carried(scope: str, start_ticks: int) -> bool:
    """Whether the reader was carried to a machine to read all of it, whatever its first process is."""
    return scope == "machine" and not start_ticks


def _of_scope(first: int, scope: str) -> "list[int]":
    if scope == "machine":
        return machine()
    return in_namespace(first) if scope == "namespace" else tree(first)


def everyone() -> "list[int]":
    """All processes that /proc shows, in order."""
    return sorted(int(name) for name in os.listdir("/proc") if name.isdigit())


def kin(pid: int) -> "tuple[int, int, int] | None":
    """Parent, session and start time of a process, None where it is gone."""
    try:
        fields = read(f"/proc/{pid}/stat").rpartition(b") ")[2].split()
        return int(fields[1]), int(fields[3]), int(fields[19])
    except (FileNotFoundError, ProcessLookupError):
        return None


def in_namespace(first: int) -> "list[int]":
    """All processes of the pid namespace of ``first``, and, where that may not be read, what descends from it."""
    wanted = os.stat(f"/proc/{first}/ns/pid").st_ino
    below = set(descendants(first))
    return [pid for pid in everyone() if _is_in(pid, wanted, below)]


def _is_in(pid: int, wanted: int, below: "set[int]") -> bool:
    try:
        return os.stat(f"/proc/{pid}/ns/pid").st_ino == wanted
    except (FileNotFoundError, ProcessLookupError):
        return pid in below  # a zombie has no namespaces left
    except PermissionError:
        return pid in below


def tree(first: int) -> "list[int]":
    """A process, its descendants, and those above it in its own session: what supervises it, not who logged in."""
    found = kin(first)
    above: list[int] = []
    parent, session = (found[0], found[1]) if found else (0, 0)
    while parent > 1 and parent not in above:
        upper = kin(parent)
        if upper is None or upper[1] != session:
            break
        above.append(parent)
        parent = upper[0]
    return [*reversed(above), *descendants(first)]


def descendants(first: int) -> "list[int]":
    """A process and all that descends from it."""
    kins = {pid: kin(pid) for pid in everyone()}
    parents = {pid: found[0] for pid, found in kins.items() if found}
    known, fresh = {first}, {first}
    while fresh:
        fresh = {pid for pid, parent in parents.items() if parent in fresh} - known
        known |= fresh
    return sorted(known & parents.keys())


def machine() -> "list[int]":
    """All processes of the reader's own pid namespace."""
    return [pid for pid in everyone() if _depth(pid) == _depth(os.getpid())]


def us() -> "set[int]":
    """The reader where it was started on its own machine, its caller, that one's other readers, all that has called it.

    What calls us has our arguments in its own, be it ``timeout``, ``make`` or a shell, so it would be taken for what it
    asks about. Who leads another session, as cron and sshd do, has only made room for us, and is none of us.
    """
    caller = os.getppid()
    found = {os.getpid(), caller, *(pid for pid in descendants(caller) if _READER in _cmdline(pid))}
    above, session, called = kin(caller), (kin(caller) or (0, 0, 0))[1], True
    while above and above[0] > 1:
        pid = above[0]
        above = kin(pid)
        if above is None:
            break
        called = called and (above[1] == session or above[1] != pid)
        if called or _SELF in _cmdline(pid):
            found.add(pid)
    return found


def _cmdline(pid: int) -> bytes:
    try:
        return read(f"/proc/{pid}/cmdline")
    except OSError:
        return b""


def _depth(pid: int) -> int:
    """How many pid namespaces a process is in, as far as this /proc tells (``NSpid``); 0 where it is gone."""
    try:
        status = read(f"/proc/{pid}/status")
    except (FileNotFoundError, ProcessLookupError):
        return 0
    lines = [line for line in status.split(b"\n") if line.startswith(b"NSpid:")]
    return len(lines[0].split()) - 1 if lines and inner_pid(status) else 0
