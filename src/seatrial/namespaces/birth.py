"""The first process of a service: born into namespaces of its own, it waits for its network and becomes the service."""

import os
import signal
import socket
import sys
import traceback
from dataclasses import dataclass
from typing import NoReturn

from seatrial.namespaces.kernel import (
    CLONE_NEWIPC,
    CLONE_NEWNET,
    CLONE_NEWNS,
    CLONE_NEWPID,
    CLONE_NEWUTS,
    unshare,
)
from seatrial.namespaces.network import come_up
from seatrial.namespaces.plan import PlacedService, StackPlan
from seatrial.namespaces.root import enter_root

_OWN = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET
_FAILED = 127


@dataclass(frozen=True, slots=True)
class Newborn:
    """A service that waits to be let go.

    :param pid: of its first process, as the supervisor counts.
    """

    pid: int
    _gate: int

    def let_go(self) -> None:
        """Let it become the service; a byte, since later ones have inherited this end and keep it open."""
        os.write(self._gate, b".")
        os.close(self._gate)


def give_birth(service: PlacedService, plan: StackPlan, folder: str) -> Newborn:
    """Make a service's namespaces and its first process.

    :param folder: the stack's own folder.
    :raises OSError: where the kernel makes none.
    """
    told, tell = os.pipe()
    gate, opener = os.pipe()
    midwife = os.fork()
    if not midwife:
        os.close(opener)
        _deliver(service, plan, folder, tell, gate)
    os.close(tell)
    os.close(gate)
    with open(told, "rb") as said:
        pid = said.read(32)
    os.waitpid(midwife, 0)
    if not pid:
        raise OSError(f"no namespaces could be made for {service.name}")
    return Newborn(int(pid), opener)


def _deliver(service: PlacedService, plan: StackPlan, folder: str, tell: int, gate: int) -> NoReturn:
    """A process that has left its pid namespace stays outside; its next child is the first inside, unshare(2)."""
    code = _FAILED
    try:
        unshare(_OWN)
        child = os.fork()
        if not child:
            os.close(tell)
            _live(service, plan, folder, gate)
        os.write(tell, str(child).encode())
        code = 0
    finally:
        _leave(code)


def _live(service: PlacedService, plan: StackPlan, folder: str, gate: int) -> NoReturn:
    try:
        os.read(gate, 1)
        come_up(plan.ip, service.address)
        socket.sethostname(service.name)
        _redirect(f"{folder}/{service.name}.out")
        enter_root(f"{folder}/root", plan, service)
        if service.output:
            os.dup2(_to_append(service.output), 1)
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        os.execvpe(service.argv[0], service.argv, dict(service.environ))
    finally:
        _leave(_FAILED)


def _redirect(path: str) -> None:
    """Read nothing, and write to a file."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    output = _to_append(path)
    os.dup2(output, 1)
    os.dup2(output, 2)


def _to_append(path: str) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)


def _leave(code: int) -> NoReturn:
    """End a forked process at once, with what went wrong on its error output."""
    if sys.exc_info()[0] is not None:
        traceback.print_exc()
        sys.stderr.flush()
    os._exit(code)
