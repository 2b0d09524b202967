"""Processes of other pid namespaces, by the pids that we see: ``NSpid`` of /proc/PID/status, proc(5)."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from seatrial.errors import StartError


@dataclass(frozen=True, slots=True)
class Family:
    """A process and where it stands.

    :param parent: pid of its parent.
    :param pids: its own pids, from our namespace down to its own.
    """

    parent: int
    pids: tuple[int, ...]


def children(pid: int) -> list[int]:
    """The pids of a process's children.

    :raises StartError: where it has none.
    """
    found = [family.pids[0] for family in _families() if family.parent == pid]
    if not found:
        raise StartError(f"process {pid} of the demo has ended")
    return found


def first_processes(supervisor: int, inside: Mapping[str, int]) -> dict[str, int]:
    """The pids of the services' first processes, as we count.

    :param inside: the same as the supervisor counts.
    :raises StartError: where one of them has ended.
    """
    seen = {family.pids[-2]: family for family in _families() if family.parent == supervisor and len(family.pids) > 1}
    ended = [name for name, pid in inside.items() if pid not in seen or seen[pid].pids[-1] != 1]
    if ended:
        raise StartError(f"{', '.join(ended)} of the demo has ended right after the start")
    return {name: seen[pid].pids[0] for name, pid in inside.items()}


def _families() -> Iterator[Family]:
    for path in Path("/proc").glob("[0-9]*/status"):
        with suppress(OSError):  # it has ended meanwhile
            fields = dict(line.partition(":\t")[::2] for line in path.read_text(errors="replace").splitlines())
            yield Family(int(fields["PPid"]), tuple(map(int, fields["NSpid"].split())))
