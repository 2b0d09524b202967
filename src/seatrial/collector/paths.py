"""Files of a target, looked up below its own root: no link inside leads out of it."""

import errno
import fnmatch
import os
import re
import stat
from collections.abc import Iterable, Iterator

from seatrial.collector.kernel import filesystem, openat2

LINKS_CAP = 40
NAMES_CAP = 100_000
FILES_CAP = 200
_PATH = os.O_PATH | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
# Files of the kernel's own, where reading may wait for ever, take away what it reads, or tell about the host:
# proc, sysfs, debugfs, tracefs, cgroup, cgroup2, bpf, securityfs, selinux, smackfs, pstore, configfs, efivarfs, nsfs,
# devpts, binfmt_misc, mqueue (magic numbers of statfs(2) and linux/magic.h).
# fmt: off
_KERNELS_OWN = frozenset((
    0x9FA0, 0x62656572, 0x64626720, 0x74726163, 0x27E0EB, 0x63677270, 0xCAFE4A11, 0x73636673,
    0xF97CFF8C, 0x43415D53, 0x6165676C, 0x62656570, 0xDE5E81E4, 0x6E736673, 0x1CD1, 0x42494E4D,
    0x19800202,
))
# fmt: on
_WILD = re.compile(rb"[*?\[]")


class Root:
    """The root directory of a process, with all that is mounted there.

    :param process: a process of the target in /proc, as the host counts.
    :param by_hand: walk part by part even where the kernel could do it.
    """

    def __init__(self, process: str, by_hand: bool = False) -> None:
        self._by_hand = by_hand
        self._fd = os.open(f"{process}/root", _PATH | os.O_DIRECTORY)

    def close(self) -> None:
        """Let go of it."""
        os.close(self._fd)

    def find(self, path: bytes) -> int:
        """A descriptor of what is at a path, links followed; it can be asked for its stat only.

        :raises OSError: as open(2).
        """
        for _ in range(3):
            if self._by_hand:
                return walk(self._fd, path)
            try:
                return openat2(self._fd, path, _PATH)
            except OSError as error:
                # A kernel without it; or a filter of system calls older than it (EPERM), which no lookup answers.
                self._by_hand = error.errno in (errno.ENOSYS, errno.EPERM)
                if not self._by_hand and error.errno != errno.EAGAIN:
                    raise
        raise OSError(errno.EAGAIN, "its directories are being moved")

    def stat(self, path: bytes) -> os.stat_result:
        """What stat(2) says there."""
        fd = self.find(path)
        try:
            return os.fstat(fd)
        finally:
            os.close(fd)

    def lstat(self, path: bytes) -> os.stat_result:
        """What lstat(2) says there."""
        folder, _, name = path.rpartition(b"/")
        fd = self.find(folder or b"/")
        try:
            return os.stat(name, dir_fd=fd, follow_symlinks=False)
        finally:
            os.close(fd)

    def real(self, path: bytes) -> bytes:
        """Where a path leads when all links are followed, as the kernel writes ``exe`` and ``cwd`` (proc(5))."""
        fd = self.find(path)
        try:
            return os.fsencode(os.readlink(f"/proc/self/fd/{fd}"))
        finally:
            os.close(fd)

    def links(self, path: bytes) -> list[bytes]:
        """Where the links at a path itself lead, one after the other; empty where no link is there."""
        found: list[bytes] = []
        target = self._link(path)
        while target and len(found) < LINKS_CAP:
            path = target if target.startswith(b"/") else path.rpartition(b"/")[0] + b"/" + target
            found.append(path)
            target = self._link(path)
        return found

    def _link(self, path: bytes) -> bytes:
        folder, _, name = path.rstrip(b"/").rpartition(b"/")
        try:
            fd = self.find(folder or b"/")
        except OSError:
            return b""
        try:
            return os.readlink(name, dir_fd=fd)
        except OSError:
            return b""
        finally:
            os.close(fd)

    def open(self, path: bytes) -> int:
        """Open a regular file for reading; nothing else is ever opened, since a fifo or a device would notice.

        :raises OSError: with the words "not a regular file" for anything else, and for the kernel's own files, as
            those in ``/proc``: reading ``/proc/kmsg`` would take the host's messages away (proc(5)).
        """
        fd = self.find(path)
        try:
            if not stat.S_ISREG(os.fstat(fd).st_mode):
                raise OSError(errno.EINVAL, "not a regular file")
            if filesystem(fd) in _KERNELS_OWN:
                raise OSError(errno.EINVAL, "it is one of the kernel's own files")
            return _reopened(fd, _READ)
        finally:
            os.close(fd)

    def head(self, path: bytes, cap: int) -> bytes:
        """The first bytes of a regular file."""
        fd = self.open(path)
        try:
            return os.pread(fd, cap, 0)
        finally:
            os.close(fd)

    def names(self, path: bytes) -> list[bytes]:
        """Names in a directory; none where there is no such directory."""
        try:
            fd = self.find(path or b"/")
        except (FileNotFoundError, NotADirectoryError):
            return []
        try:
            return _listed(fd)
        finally:
            os.close(fd)

    def glob(self, pattern: bytes) -> list[bytes]:
        """Paths that match, sorted; wildcards in any part, never a leading dot unless it is written.

        :raises OSError: where a directory cannot be read, or more than the cap match.
        """
        found: list[bytes] = [b""]
        for part in parts(pattern):
            found = list(self._below(found, part)) if _WILD.search(part) else [path + b"/" + part for path in found]
            if len(found) > NAMES_CAP:
                raise OSError(errno.E2BIG, f"more than {NAMES_CAP} names match")
        wild = bool(_WILD.search(pattern))
        found = sorted(path for path in found if self._is_there(path, wild))
        if len(found) > FILES_CAP:
            raise OSError(errno.E2BIG, f"{len(found)} files match, more than {FILES_CAP}")
        return found

    def _below(self, directories: Iterable[bytes], part: bytes) -> Iterator[bytes]:
        matches = re.compile(fnmatch.translate(_text(part))).match
        for directory in directories:
            for name in self.names(directory):
                if matches(_text(name)) and (part[:1] == b"." or name[:1] != b"."):
                    yield directory + b"/" + name

    def _is_there(self, path: bytes, wild: bool) -> bool:
        try:
            found = self.stat(path)
            return not (wild and stat.S_ISDIR(found.st_mode))
        except (FileNotFoundError, NotADirectoryError):
            return bool(self._link(path))
        except OSError:
            return True


def raw(path: str) -> bytes:
    """The bytes of a path from a request in UTF-8; to Python 3.6 below ``LANG=C`` all file names are ASCII."""
    return path.encode("utf-8", "surrogateescape")


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")


def walk(root: int, path: bytes) -> int:
    """What openat2(2) does with RESOLVE_IN_ROOT, part by part, for kernels that do not have it."""
    todo, stack, links = parts(path)[::-1], [os.dup(root)], 0
    try:
        while todo:
            part = todo.pop()
            if part == b"..":
                _pop(stack, 1 if len(stack) > 1 else 0)
                continue
            fd = os.open(part, _PATH | os.O_NOFOLLOW, dir_fd=stack[-1])
            stack.append(fd)
            if not stat.S_ISLNK(os.fstat(fd).st_mode):
                continue
            links += 1
            if links > LINKS_CAP:
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
            target = os.readlink(b"", dir_fd=fd)
            _pop(stack, len(stack) - 1 if target.startswith(b"/") else 1)
            todo += parts(target)[::-1]
        return stack.pop()
    finally:
        _pop(stack, len(stack))


def parts(path: bytes) -> list[bytes]:
    """The parts of a path that mean something."""
    return [part for part in path.split(b"/") if part not in (b"", b".")]


def stat_line(found: os.stat_result) -> bytes:
    """Mode, uid, gid, size, mtime and inode, as ``stat -c '%f %u %g %s %Y %i'`` writes them, the time with fraction."""
    seconds, rest = divmod(found.st_mtime_ns, 10**9)
    return b"%x %d %d %d %d.%09d %d" % (
        found.st_mode,
        found.st_uid,
        found.st_gid,
        found.st_size,
        seconds,
        rest,
        found.st_ino,
    )


def _reopened(fd: int, flags: int) -> int:
    """What a descriptor is of, opened for reading, its access time left as it is where we may do so (open(2))."""
    try:
        return os.open(f"/proc/self/fd/{fd}", flags | os.O_NOATIME)
    except PermissionError:
        return os.open(f"/proc/self/fd/{fd}", flags)


def _listed(fd: int) -> list[bytes]:
    opened = _reopened(fd, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        return [os.fsencode(name) for name in os.listdir(opened)]
    finally:
        os.close(opened)


def _pop(stack: list[int], count: int) -> None:
    for _ in range(count):
        os.close(stack.pop())
