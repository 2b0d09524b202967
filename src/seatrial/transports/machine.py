"""What /proc of this machine tells of a process, read here (proc(5), namespaces(7))."""

import fcntl
import os
import re
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from seatrial.errors import CouldNotLook
from seatrial.instance import Local, Scope
from seatrial.parsers.process import USER_HZ, Stat, namespace_pids, stat

_NS_GET_NSTYPE = 0xB703
_CLONE_NEWPID = 0x20000000
_PIECE, _CAP = 1 << 16, 1 << 22
_LOCAL = re.compile(r"\|-- (\d{1,3}(?:\.\d{1,3}){3})\n\s+/32 host LOCAL")
_LINK_SCOPE, _HOST_SCOPE = "20", "10"


def pids() -> list[int]:
    """All processes that /proc shows, in order."""
    return sorted(int(name) for name in os.listdir("/proc") if name.isdigit())


def stat_of(pid: int) -> Stat | None:
    """What ``/proc/PID/stat`` says, None where the process is gone, or hidden from us.

    :raises CouldNotLook: where it may not be read (``hidepid=1`` of proc(5)).
    """
    try:
        return stat(_read(f"/proc/{pid}/stat"))
    except (FileNotFoundError, ProcessLookupError):
        return None
    except PermissionError as error:
        raise CouldNotLook(f"process {pid} may not be looked at (hidepid of /proc); look as root") from error


def is_hidden(pid: int) -> bool:
    """Whether there is a process that /proc does not show us (``hidepid=2`` of proc(5))."""
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (ProcessLookupError, OverflowError):
        return False
    return not os.path.exists(f"/proc/{pid}")


def is_thread(pid: int) -> bool:
    """Whether a number is that of a thread which is not the first of its process: /proc shows it, but lists it not."""
    try:
        status = _read(f"/proc/{pid}/status")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return any(line.startswith(b"Tgid:") and int(line.split()[1]) != pid for line in status.split(b"\n"))


def ancestors(pid: int) -> list[int]:
    """The processes above one, nearest first."""
    found: list[int] = []
    above = stat_of(pid)
    while above and above.ppid > 0 and above.ppid not in found:
        found.append(above.ppid)
        above = stat_of(above.ppid)
    return found


def boot_id() -> str:
    """Tells this boot of this machine from all others."""
    return _read("/proc/sys/kernel/random/boot_id").decode("ascii", "replace").strip()


def booted_at() -> float:
    """When this machine booted, seconds since the epoch by its own clock."""
    return time.time() - float(_read("/proc/uptime").split()[0])


def pid_namespace(path: str) -> int:
    """The number of the pid namespace that a file names.

    :raises FileNotFoundError: where nothing is there, or a link names a process that has ended.
    :raises CouldNotLook: where it names something else.
    """
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise CouldNotLook(f"it cannot be opened: {error.strerror}") from error
    try:
        if fcntl.ioctl(fd, _NS_GET_NSTYPE) != _CLONE_NEWPID:
            raise CouldNotLook("it names a namespace of another kind than pid; link it to /proc/PID/ns/pid")
        return os.fstat(fd).st_ino
    except OSError as error:
        raise CouldNotLook(f"it names no namespace ({error.strerror}); link it to /proc/PID/ns/pid") from error
    finally:
        os.close(fd)


@dataclass(frozen=True, slots=True)
class Namespaces:
    """The pid namespaces of this machine that we may see.

    :param firsts: number of the namespace → its first process.
    :param hidden: number of processes whose namespaces we may not see.
    :param networks: for each network namespace, the numbers of the pid namespaces of the processes in it.
    """

    firsts: dict[int, int]
    hidden: int
    networks: tuple[frozenset[int], ...]

    def shares_network(self, number: int) -> bool:
        """Whether processes of other pid namespaces are in the network of one."""
        return any(number in pids and len(pids) > 1 for pids in self.networks)


def namespaces() -> Namespaces:
    """Find the first process of each pid namespace (its ``NSpid`` ends in 1)."""
    firsts: dict[int, int] = {}
    networks: dict[int, set[int]] = {}
    hidden = 0
    for pid in pids():
        try:
            number = os.stat(f"/proc/{pid}/ns/pid").st_ino
            networks.setdefault(os.stat(f"/proc/{pid}/ns/net").st_ino, set()).add(number)
            if namespace_pids(_read(f"/proc/{pid}/status"))[-1] == 1:
                firsts.setdefault(number, pid)
        except PermissionError:
            hidden += 1
        except (FileNotFoundError, ProcessLookupError):
            continue
    return Namespaces(firsts, hidden, tuple(map(frozenset, networks.values())))


def local(pid: int, name: str, scope: Scope) -> Local:
    """A service of this machine by its first process.

    :raises CouldNotLook: where that has ended, or we may not look at it.
    """
    first = stat_of(pid)
    if first is None or first.state in "ZX":
        raise CouldNotLook(f"process {pid} has ended")
    try:
        return _local(first, name, scope)
    except PermissionError as error:
        raise CouldNotLook(f"process {pid} is another user's; look at it as root, or as that user") from error
    except OSError as error:
        raise CouldNotLook(f"process {pid} cannot be looked at: {error.strerror}") from error


def again(instance: Local) -> Local | None:
    """The same service a moment later, None where its first process is another one, or none."""
    first = stat_of(instance.pid)
    same = first is not None and first.state not in "ZX" and first.start_ticks == instance.start_ticks
    return instance if same else None


def _local(first: Stat, name: str, scope: Scope) -> Local:
    at = "/proc/self" if scope == "machine" else f"/proc/{first.pid}"
    user, ours = os.readlink(f"{at}/ns/user"), os.readlink("/proc/self/ns/user")
    own_network = scope == "machine" or os.readlink(f"{at}/ns/net") != os.readlink("/proc/self/ns/net")
    own_name = os.readlink(f"{at}/ns/uts") == os.readlink("/proc/self/ns/uts")
    return Local(
        id=f"{boot_id()} {first.pid} {first.start_ticks}",
        name=name,
        status="running",
        started_at=booted_at() + first.start_ticks / USER_HZ,
        pid=first.pid,
        hostname=socket.gethostname() if own_name else "",
        addresses={address: address for address in addresses(at)},
        scope=scope,
        start_ticks=first.start_ticks,
        user_namespace="" if user == ours else user,
        shares_network=not own_network,
    )


def addresses(at: str) -> list[str]:
    """Addresses at which peers may know a network namespace, IPv4 first: neither loopback nor link-local.

    :param at: a process of it: ``/proc/PID``.
    :raises OSError: where they cannot be read.
    """
    routes = _read(f"{at}/net/fib_trie").decode("ascii", "replace")
    v4 = [found[1] for found in _LOCAL.finditer(routes) if not found[1].startswith(("127.", "169.254."))]
    return list(dict.fromkeys([*v4, *_ipv6(at)]))


def _ipv6(at: str) -> Iterator[str]:
    try:
        lines = _read(f"{at}/net/if_inet6").decode("ascii", "replace").splitlines()
    except FileNotFoundError:
        return  # this kernel has no IPv6
    for line in lines:
        fields = line.split()
        if len(fields) == 6 and fields[3] not in (_LINK_SCOPE, _HOST_SCOPE):
            yield socket.inet_ntop(socket.AF_INET6, bytes.fromhex(fields[0]))


def _read(path: str) -> bytes:
    """A whole file, in pieces: the kernel makes a buffer as large as what is asked for at once."""
    read = b""
    with Path(path).open("rb", buffering=0) as file:
        while (piece := file.read(_PIECE)) and len(read) < _CAP:
            read += piece
    return read
