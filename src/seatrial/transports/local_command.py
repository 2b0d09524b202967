"""A command run where a service of this machine lives: in its namespaces, or simply here."""

import os
import pwd
import selectors
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from typing import IO

from seatrial.deadline import Deadline
from seatrial.errors import CouldNotLook, CutShort, Refused, TooLate
from seatrial.instance import Local
from seatrial.transports.engine import ExecResult
from seatrial.transports.marked import marked_argv, marked_stdin, new_nonce, unmarked

_PIECE = 1 << 16
_GRACE_S = 2.0
_NSENTER = "nsenter"
_RUNNING: set[subprocess.Popen[bytes]] = set()
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def run(
    instance: Local, argv: Sequence[str], *, user: str = "", deadline_s: float, cap: int, stdin: bytes = b""
) -> ExecResult:
    """Run a command where the service lives, below a shell that marks its end.

    :param user: a name or a number of this machine, with its groups; root only, and not in namespaces of its own.
    :param deadline_s: seconds after which it is ended with all that it started.
    :param cap: bytes that it may print.
    :raises CutShort: when the mark is missing, or it printed too much.
    :raises Refused: when it cannot be run there.
    :raises TooLate: at the deadline.
    """
    nonce = new_nonce()
    child = _started([*_nsenter(instance), *marked_argv(argv)], user)
    _RUNNING.add(child)
    try:
        out, err = _gathered(child, marked_stdin(nonce, stdin), Deadline.within(deadline_s), cap)
        code = child.wait(_GRACE_S)
    except subprocess.TimeoutExpired:
        raise TooLate(f"{argv[0]} closed its output and did not end") from None
    finally:
        _end(child)
        _RUNNING.discard(child)
    exit_code, stdout = unmarked(nonce, code, out) if out or not err else _unmarked_or_why(nonce, code, out, err)
    return ExecResult(exit_code, stdout, err)


def end_all() -> None:
    """End every command that runs, for a process that is about to end itself."""
    for child in list(_RUNNING):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)


def _unmarked_or_why(nonce: str, code: int, out: bytes, err: bytes) -> tuple[int, bytes]:
    """What kept it from starting stands in what it, or nsenter, printed to stderr."""
    try:
        return unmarked(nonce, code, out)
    except CutShort as error:
        raise Refused(f"it could not be run there: {err.decode(errors='replace').strip()[:300]}", code) from error


def _nsenter(instance: Local) -> list[str]:
    """How to get into all namespaces of a service (nsenter(1)); those that are ours already need no rights."""
    if instance.scope == "machine":
        return []
    kinds = {"net": "--net", "mnt": "--mount", "pid": "--pid", "uts": "--uts", "ipc": "--ipc"}
    try:
        foreign = [option for kind, option in kinds.items() if _is_foreign(instance.pid, kind)]
    except OSError as error:
        raise CouldNotLook(f"its namespaces cannot be read: {error.strerror}") from error
    own_user = ["--user", "--preserve-credentials"] if instance.user_namespace else []
    return [_NSENTER, "--target", str(instance.pid), *own_user, *foreign, "--"] if foreign or own_user else []


def _is_foreign(pid: int, kind: str) -> bool:
    return os.readlink(f"/proc/{pid}/ns/{kind}") != os.readlink(f"/proc/self/ns/{kind}")


def _started(argv: Sequence[str], user: str) -> subprocess.Popen[bytes]:
    if user and argv[0] == _NSENTER:
        raise Refused(f"as {user}: in namespaces of its own its users are not known here; leave user: out", 126)
    uid, gid, groups = _identity(user) if user else (None, None, None)
    try:
        return subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={"PATH": _PATH, "LC_ALL": "C.UTF-8"},
            cwd="/",
            user=uid,
            group=gid,
            extra_groups=groups,
            start_new_session=True,
            bufsize=0,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise Refused(f"it could not be run here{f' as {user}' if user else ''}: {error}", 126) from error


def _identity(user: str) -> tuple[int, int, list[int]]:
    """The uid of a user of this machine, its group, and all its groups.

    :raises Refused: where there is no such user.
    """
    try:
        found = pwd.getpwuid(int(user)) if user.isascii() and user.isdigit() else pwd.getpwnam(user)
    except (KeyError, OverflowError):
        raise Refused(f"as {user}: this machine has no such user", 126) from None
    return found.pw_uid, found.pw_gid, os.getgrouplist(found.pw_name, found.pw_gid)


def _gathered(child: subprocess.Popen[bytes], stdin: bytes, deadline: Deadline, cap: int) -> tuple[bytes, bytes]:
    assert child.stdin is not None
    assert child.stdout is not None
    assert child.stderr is not None
    with suppress(BrokenPipeError):
        child.stdin.write(stdin)  # a few bytes: a pipe takes them at once
    with suppress(BrokenPipeError):
        child.stdin.close()
    gathered: dict[IO[bytes], bytearray] = {child.stdout: bytearray(), child.stderr: bytearray()}
    with selectors.DefaultSelector() as selector:
        for pipe in gathered:
            selector.register(pipe, selectors.EVENT_READ)
        while selector.get_map():
            for key, _ in selector.select(deadline.left()):
                pipe = key.fileobj  # type: ignore[assignment]
                piece = os.read(key.fd, _PIECE)
                gathered[pipe] += piece
                if not piece:
                    selector.unregister(pipe)
            if sum(map(len, gathered.values())) > cap:
                raise CutShort(f"it printed more than {cap} bytes")
    return bytes(gathered[child.stdout]), bytes(gathered[child.stderr])


def _end(child: subprocess.Popen[bytes]) -> None:
    """End it with all that is still in its session's group, then await it."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    with suppress(subprocess.TimeoutExpired):
        child.wait(_GRACE_S)
    for pipe in (child.stdin, child.stdout, child.stderr):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
