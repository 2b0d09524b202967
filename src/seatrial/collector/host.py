"""What a machine is, or a container inside: kernel, time zone, mounts, parameters, crontabs, units, engine."""

import errno
import os
import re
import socket
import stat
import time
from collections.abc import Callable

from seatrial.collector.children import Child, gather
from seatrial.collector.paths import Root, raw, stat_line
from seatrial.collector.reading import read
from seatrial.collector.target import Target
from seatrial.collector.wire import Wire

WITHIN_S = 2.0
TEXT_CAP = 1 << 16
CRONTAB_CAP = 1 << 18
CRONTABS_CAP = 1000
MOUNTS_CAP = 100
CRONTAB = b"/etc/crontab"
SYSTEMD = "/run/systemd/system"
SYSTEMCTLS = ("/usr/bin/systemctl", "/bin/systemctl")
ENGINES = ("/var/run/docker.sock", "/run/docker.sock")
_ZONE_NAME = re.compile(rb"[A-Za-z0-9_+-][A-Za-z0-9_+/-]*\Z")
_ASK = b"GET /version HTTP/1.0\r\nHost: localhost\r\n\r\n"


class Host:
    """Reads what is asked of a machine; what may wait for ever is begun at once and gathered by :meth:`finish`."""

    def __init__(self, target: Target, wire: Wire) -> None:
        self.target, self.wire, self.asked = target, wire, target.asked["host"]
        self.at, self.root = _first(target)
        self.until = time.monotonic() + WITHIN_S
        self.children: list[tuple[str, tuple[int, ...], Child]] = []
        self._itself()
        self._parameters()
        if self.asked["cron"]:
            self._crontabs()
        self._begin()

    def finish(self) -> None:
        """Tell what the children found."""
        gather([child for _, _, child in self.children], self.until)
        for kind, numbers, child in self.children:
            told, status = child.end()
            self.wire.put(kind, self.target.number, *numbers, payload=told, status=status)

    def _tell(self, kind: str, *numbers: int, of: Callable[[], bytes]) -> None:
        self.wire.tell(kind, self.target.number, *numbers, of=of)

    def _links(self, kind: str, path: bytes, *numbers: int) -> None:
        self.wire.lines(kind, self.target.number, *numbers, of=self.target.root.links(path))

    def _itself(self) -> None:
        root = self.target.root
        self._tell("machineid", of=lambda: root.head(b"/etc/machine-id", TEXT_CAP))
        self._tell("kernel", of=lambda: read("/proc/sys/kernel/osrelease"))
        self._links("zonelink", b"/etc/localtime")
        self._tell("zonefile", of=lambda: stat_line(root.stat(b"/etc/localtime")))
        self._tell("timezone", of=lambda: root.head(b"/etc/timezone", TEXT_CAP))
        if not root.links(b"/etc/localtime"):
            self._tell("localtime", of=lambda: root.head(b"/etc/localtime", TEXT_CAP))
            self._tell("zoneinfo", of=self._zone)

    def _zone(self) -> bytes:
        """The zone that ``/etc/timezone`` names, as it is installed."""
        name = self.target.root.head(b"/etc/timezone", TEXT_CAP).rstrip(b"\n")
        if not _ZONE_NAME.match(name):
            raise OSError(errno.EINVAL, "/etc/timezone names no zone")
        return self.target.root.head(b"/usr/share/zoneinfo/" + name, TEXT_CAP)

    def _parameters(self) -> None:
        for index, path in enumerate(self.asked["sysctls"]):
            self._tell("sysctl", index, of=lambda path=path: read(path, TEXT_CAP))  # type: ignore[misc]

    # Crontabs

    def _crontabs(self) -> None:
        self._tell("nsswitch", of=lambda: self.target.root.head(b"/etc/nsswitch.conf", TEXT_CAP))
        self._tell("debian", of=lambda: stat_line(self.target.root.stat(b"/etc/debian_version")))
        paths = [CRONTAB]
        for place, folder in enumerate(map(raw, self.asked["cron"])):
            try:
                names = sorted(name for name in self.target.root.names(folder) if name[:1] != b".")
                paths += [folder + b"/" + name for name in names]
            except OSError as error:
                self.wire.fail("cronlist", self.target.number, place, error=error)
        self.wire.put("crontabs", self.target.number, payload=b"%d" % len(paths), status=int(len(paths) > CRONTABS_CAP))
        for number, path in enumerate(paths[:CRONTABS_CAP]):
            self._crontab(number, path)

    def _crontab(self, number: int, path: bytes) -> None:
        """A regular file; cron reads nothing else."""
        try:
            if not stat.S_ISREG(self.target.root.stat(path).st_mode):
                return
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError:
            pass  # it is there, and reading it says why not
        self.wire.put("cronname", self.target.number, number, payload=path)
        self._tell("cronstat", number, of=lambda: stat_line(self.target.root.stat(path)))
        self._tell("cronlinks", number, of=lambda: self._hard_links(path))
        self._tell("cron", number, of=lambda: self.target.root.head(path, CRONTAB_CAP + 1))

    def _hard_links(self, path: bytes) -> bytes:
        """Number of the file's hard links; where a link leads to it, the uid of that link's owner as well."""
        told, link = b"%d" % self.target.root.stat(path).st_nlink, self.target.root.lstat(path)
        return told + b"\n%d" % link.st_uid if stat.S_ISLNK(link.st_mode) else told

    # What may wait for ever

    def _begin(self) -> None:
        if self.asked["mounts"] or self.asked["places"]:
            self._mounts([raw(path) for path in self.asked["mounts"][:MOUNTS_CAP]])
        if self.asked["units"]:
            self._start("units", work=lambda: _units(self.asked["properties"], self.asked["units"]))
        if self.asked["engine"]:
            self._start("engine", work=_engine)

    def _mounts(self, paths: "list[bytes]") -> None:
        """A mount point is no link, and to ask whether it is would already wait for a file server."""
        try:
            table = read(f"{self.at}/mountinfo")
        except OSError as error:
            self.wire.fail("mountinfo", self.target.number, error=error)
            return
        self.wire.put("mountinfo", self.target.number, payload=table)
        for index, path in enumerate(paths):
            if b" %s " % path not in table:
                self._links("mountlink", path, index)
            self._start("statvfs", index, work=lambda path=path: _space(self.root, path))  # type: ignore[misc]
        for index, path in enumerate(map(raw, self.asked["places"][:MOUNTS_CAP])):
            self._start("place", index, work=lambda path=path: _place(self.root, path))  # type: ignore[misc]

    def _start(self, kind: str, *numbers: int, work: Callable[[], bytes]) -> None:
        try:
            self.children.append((kind, numbers, Child(work, WITHIN_S)))
        except OSError as error:
            self.wire.fail(kind, self.target.number, *numbers, error=error)


def _first(target: Target) -> tuple[str, Root]:
    """Where the mounts are that count: those of the machine's first process, or our own where those are hidden."""
    try:
        if target.scope == "machine":
            return "/proc/1", Root("/proc/1")
    except OSError:
        pass
    return target.at, target.root


def _space(root: Root, path: bytes) -> bytes:
    """Block size, blocks, blocks and inodes that are left to ordinary users, as ``stat -f -c '%S %b %a %c %d'``."""
    found = os.statvfs(f"/proc/self/fd/{root.find(path)}")
    return b"%d %d %d %d %d" % (found.f_frsize, found.f_blocks, found.f_bavail, found.f_files, found.f_favail)


def _place(root: Root, path: bytes) -> bytes:
    """As ``stat -f -c '%S %b %f %a %c %d'`` of what a path is on, and that path without links, on a line each."""
    fd = root.find(path)
    found = os.statvfs(f"/proc/self/fd/{fd}")
    numbers = (found.f_frsize, found.f_blocks, found.f_bfree, found.f_bavail, found.f_files, found.f_favail)
    return b"%d %d %d %d %d %d" % numbers + b"\n" + os.fsencode(os.readlink(f"/proc/self/fd/{fd}"))


def _units(properties: str, names: "list[str]") -> bytes:
    """Become systemctl, where systemd is what runs (sd_booted(3)); it answers for all of them in order."""
    program = next((path for path in SYSTEMCTLS if os.access(path, os.X_OK)), "")
    if not program or not os.path.isdir(SYSTEMD):
        raise OSError(0, "systemd does not run here")
    argv = [program, "show", "--no-pager", "-p", properties, "--", *names]
    return os.execve(program, [raw(word) for word in argv], {"LC_ALL": "C", "PATH": "/usr/bin:/bin"})


def _engine() -> bytes:
    """The body of what it answers (Engine API, ``GET /version``)."""
    path = next((path for path in ENGINES if os.path.exists(path)), ENGINES[0])
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(WITHIN_S)
        sock.connect(path)
        sock.sendall(_ASK)
        pieces = [sock.recv(TEXT_CAP)]
        while pieces[-1] and sum(map(len, pieces)) < CRONTAB_CAP:
            pieces.append(sock.recv(TEXT_CAP))
    head, _, body = b"".join(pieces).partition(b"\r\n\r\n")
    status = head.split(b"\r\n")[0]
    if b" 200 " not in status + b" ":
        raise OSError(0, f"it answered {status[:80]!r}")
    return body
