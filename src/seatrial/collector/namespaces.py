"""Being in other namespaces for a moment, or for good (namespaces(7))."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from seatrial.collector.kernel import setns

CLONE_NEWNET = 0x40000000
_CLONE_NEWUTS = 0x04000000
_CLONE_NEWUSER = 0x10000000


@contextmanager
def namespace(there: int, home: int, kind: int) -> Iterator[None]:
    """Be in another namespace for a moment; who cannot come home must not go on (setns(2)).

    :param home: where to come back to; -1 where all that follows happens in some namespace that is gone to as well.
    :param kind: its kind, ``CLONE_NEWNET`` say.
    """
    if home >= 0 and os.fstat(there).st_ino == os.fstat(home).st_ino:
        yield  # going to where one is needs rights that staying does not
        return
    setns(there, kind)
    try:
        yield
    finally:
        _go_home(home, kind)


def join_user_namespace(path: str) -> None:
    """Become a member of a user namespace for good, with all rights in it where we own it (user_namespaces(7)).

    :raises OSError: where that is refused.
    """
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        setns(fd, _CLONE_NEWUSER)
    finally:
        os.close(fd)


def _go_home(home: int, kind: int) -> None:
    try:
        if home >= 0:
            setns(home, kind)
    except OSError:
        os._exit(3)


def hostname(at: str, *, stays: bool) -> bytes:
    """The host name in the uts namespace of a process.

    :param at: the process: ``/proc/PID``.
    :param stays: do not come home, as in :func:`namespace`.
    :raises OSError: where that namespace may not be entered.
    """
    own, there = (os.open(f"{place}/ns/uts", os.O_RDONLY | os.O_CLOEXEC) for place in ("/proc/self", at))
    try:
        with namespace(there, -1 if stays else own, _CLONE_NEWUTS):
            return os.fsencode(os.uname().nodename)
    finally:
        os.close(own)
        os.close(there)
