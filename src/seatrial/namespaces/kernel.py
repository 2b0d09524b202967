"""The system calls of namespaces and mounts that Python 3.11 does not have: unshare(2), mount(2), pivot_root(2)."""

import ctypes
import os

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWPID, CLONE_NEWNET = (
    0x00020000,
    0x04000000,
    0x08000000,
    0x20000000,
    0x40000000,
)
"""Kinds of namespaces, sched.h."""

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = (
    0x1,
    0x2,
    0x4,
    0x8,
    0x20,
    0x1000,
    0x4000,
    0x40000,
)
"""Flags of mount(2); the first four are those of statvfs(3) as well."""

MNT_DETACH = 2
"""Flag of umount2(2)."""

_KEPT = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC

_libc = ctypes.CDLL(None, use_errno=True)


def unshare(kinds: int) -> None:
    """Leave the namespaces of these kinds for new ones.

    :raises OSError: where the kernel refuses.
    """
    _check(_libc.unshare(kinds), "unshare")


def mount(source: str, target: str, kind: str = "", flags: int = 0, data: str = "") -> None:
    """Mount something.

    :param kind: the file system's type, empty for flags that need none.
    :raises OSError: where the kernel refuses.
    """
    ended = _libc.mount(source.encode(), target.encode(), kind.encode() or None, ctypes.c_ulong(flags), data.encode())
    _check(ended, f"mount {target}")


def remount_read_only(target: str) -> None:
    """Make one mount read-only, and keep what restricts it already, as mount_namespaces(7) demands.

    :raises OSError: where the kernel refuses.
    """
    kept = os.statvfs(target).f_flag & _KEPT
    mount("none", target, flags=MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | kept)


def change_root(folder: str) -> None:
    """Make a mount point the root of this mount namespace, and let go of all that was there before.

    The old root is stacked on the new one and detached, pivot_root(2), "pivot_root(".", ".")".

    :raises OSError: where the kernel refuses.
    """
    os.chdir(folder)
    _check(_libc.pivot_root(b".", b"."), f"pivot_root {folder}")
    _check(_libc.umount2(b".", MNT_DETACH), "umount of the old root")
    os.chdir("/")


def _check(ended: int, what: str) -> None:
    if ended:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
