"""Processes: ``/proc/PID/{stat,status,cmdline,exe,fd}`` of proc(5)."""

import re
from dataclasses import dataclass

from seatrial.errors import CouldNotLook
from seatrial.sanitise import decode

USER_HZ = 100
"""Clock ticks per second of ``starttime``: part of the kernel's ABI, 100 on all of today's architectures."""

ENDED = ("Z", "X", "x")
"""States in which a process has nothing left but its entry in the parent's list."""

_PID = re.compile(rb"\d{1,10}")
_CAP_EFF = re.compile(rb"^CapEff:\s*([0-9a-f]{1,16})$", re.MULTILINE)
_SOCKET = re.compile(rb"socket:\[(\d{1,20})\]")
_LISTED = re.compile(rb"l[-rwxsSt]{9}[.+@]? +\d+ +\d+ +\d+ +\d+ .{1,40}? \d+ -> (.*)")


@dataclass(frozen=True, slots=True)
class Stat:
    """What ``/proc/PID/stat`` says.

    :param pid: as the reader's /proc counts.
    :param start_ticks: field 22.
    :param session: number of its session, which is the pid of the process that leads it.
    :param cpu_ticks: user and system time that it has used, fields 14 and 15.
    """

    pid: int
    comm: str
    state: str
    ppid: int
    start_ticks: int
    session: int = 0
    cpu_ticks: int = 0


def stat(data: bytes) -> Stat:
    """Read ``/proc/PID/stat``; the name may hold anything, ``) `` and line feeds included.

    :raises CouldNotLook: when it is not one.
    """
    before, _, rest = data.rpartition(b") ")
    pid, _, comm = before.partition(b" (")
    fields = rest.split()
    try:
        if len(fields) < 20 or not _PID.fullmatch(pid):
            raise ValueError
        used = int(fields[11]) + int(fields[12])
        state, ppid, started, session = fields[0].decode("ascii"), int(fields[1]), int(fields[19]), int(fields[3])
        return Stat(int(pid), decode(comm), state, ppid, started, session, used)
    except ValueError:
        raise CouldNotLook("a process's stat is not as proc(5) says") from None


def uid(status: bytes) -> int:
    """The real user id.

    :raises CouldNotLook: when ``/proc/PID/status`` does not tell it.
    """
    return _numbers(status, b"Uid:", 4)[0]


def euid(status: bytes) -> int:
    """The effective user id, whose rights the process has.

    :raises CouldNotLook: when ``/proc/PID/status`` does not tell it.
    """
    return _numbers(status, b"Uid:", 4)[1]


def seccomp(status: bytes) -> int:
    """Its seccomp mode: 0 none, 1 strict, 2 a filter.

    :raises CouldNotLook: when ``/proc/PID/status`` does not tell it.
    """
    return _numbers(status, b"Seccomp:", 1)[0]


def no_new_privs(status: bytes) -> bool:
    """Whether no exec may give it further rights (kernel 4.10).

    :raises CouldNotLook: when ``/proc/PID/status`` does not tell it.
    """
    return _numbers(status, b"NoNewPrivs:", 1)[0] == 1


def cap_eff(status: bytes) -> int:
    """Its effective capabilities, bit N for capability number N (capabilities(7)).

    :raises CouldNotLook: when ``/proc/PID/status`` does not tell it.
    """
    found = _CAP_EFF.search(status)
    if found is None:
        raise CouldNotLook("a process's status does not tell CapEff")
    return int(found[1], 16)


def namespace_pids(status: bytes) -> tuple[int, ...]:
    """The pid in each pid namespace, outermost first (``NSpid``, kernel 4.1).

    :raises CouldNotLook: when ``/proc/PID/status`` does not tell it.
    """
    return _numbers(status, b"NSpid:", 1)


def _numbers(status: bytes, name: bytes, at_least: int) -> tuple[int, ...]:
    for line in status.split(b"\n"):
        if line.startswith(name):
            fields = line[len(name) :].split()
            if len(fields) >= at_least and all(_PID.fullmatch(field) for field in fields):
                return tuple(map(int, fields))
    raise CouldNotLook(f"a process's status does not tell {name.decode()[:-1]}")


def argv(cmdline: bytes) -> tuple[str, ...]:
    """Split ``/proc/PID/cmdline`` at its NULs; the last argument ends in one unless the process rewrote its title."""
    if not cmdline:
        return ()
    return tuple(decode(part) for part in cmdline.removesuffix(b"\0").split(b"\0"))


def socket_inodes(fds: bytes) -> frozenset[int]:
    """Inodes of the sockets among the links of ``/proc/PID/fd``, one link a line or as ``ls -ln`` writes them.

    :raises CouldNotLook: when a line is neither.
    """
    targets = [_target(line) for line in fds.split(b"\n") if line and not line.startswith(b"total ")]
    found = (_SOCKET.fullmatch(target) for target in targets)
    return frozenset(int(match[1]) for match in found if match)


def _target(line: bytes) -> bytes:
    if _SOCKET.fullmatch(line):
        return line
    listed = _LISTED.fullmatch(line)
    if listed is None:
        raise CouldNotLook("the list of a process's open files is not as ls writes it")
    return listed[1]
