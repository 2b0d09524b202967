"""Which processes are the reader's own, and belong to no service: the reader, what it runs, and who called it."""

from collections.abc import Iterable, Iterator, Mapping

from seatrial.parsers.frames import Frames
from seatrial.parsers.process import Stat

_ONE_A_LOGIN = ("sshd-session", "sshd-auth")
_SERVERS = ("sshd", "dropbear")
_LISTENS = b"[listener]"


def own_of(frames: Frames, stats: Iterable[Stat]) -> frozenset[int]:
    """The pids of all that a look consists of, where it is among what it lists.

    A reader that was ``carried`` to a machine was called by a login of ours: what has called it counts no more than
    itself, nor does what else that login runs. The server that waits for logins was there before, and counts.

    :param stats: all that the samples show.
    """
    if frames.find("self") is None:
        return frozenset()
    by_pid = {stat.pid: stat for stat in stats}
    reader = int(frames.read("self"))
    if frames.find("carried") is None:
        return _below({reader}, by_pid)
    above = list(_above(reader, by_pid))
    served = [stat for stat in above if _serves(stat, by_pid, frames)]
    if served:
        callers = above[: above.index(served[0]) + 1]
        return _below({reader, *(stat.pid for stat in callers)}, by_pid) | {stat.pid for stat in served}
    return _below({reader}, by_pid) | {stat.pid for stat in _callers(above)}


def _above(pid: int, by_pid: Mapping[int, Stat]) -> Iterator[Stat]:
    """The ancestors of a process, nearest first."""
    seen = {pid}
    stat = by_pid.get(pid)
    while stat is not None and (stat := by_pid.get(stat.ppid)) is not None and stat.pid not in seen:
        seen.add(stat.pid)
        yield stat


def _below(tops: set[int], by_pid: Mapping[int, Stat]) -> frozenset[int]:
    """Processes and all that descends from them."""
    found = set(tops)
    while more := {stat.pid for stat in by_pid.values() if stat.ppid in found} - found:
        found |= more
    return frozenset(found)


def _serves(stat: Stat, by_pid: Mapping[int, Stat], frames: Frames) -> bool:
    """Whether it is an SSH server's process for one login (sshd(8), dropbear(8)), and not the one that listens.

    Since OpenSSH 9.8 those are programs of their own; before, their titles begin with ``sshd: ``, as that of a listener
    does only with ``[listener]`` in it. Dropbear's are children of the one that listens.
    """
    if stat.comm in _ONE_A_LOGIN:
        return True
    parent = by_pid.get(stat.ppid)
    if stat.comm not in _SERVERS or stat.pid == 1:
        return False
    title = _title(stat.pid, frames)
    is_login = title.startswith(b"sshd: ") and _LISTENS not in title
    return is_login or (parent is not None and parent.comm == stat.comm)


def _title(pid: int, frames: Frames) -> bytes:
    return next((frame.payload for frame in frames.all("cmdline") if frame.numbers[2] == pid and not frame.status), b"")


def _callers(above: list[Stat]) -> Iterator[Stat]:
    """Who called it below a server that is not known: up to the one that leads another session than the reader's."""
    session = above[0].session if above else 0
    for stat in above:
        if stat.pid == 1 or (stat.pid == stat.session and stat.session != session):
            return
        yield stat
