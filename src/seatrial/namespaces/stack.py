"""The demo's services in namespaces of this machine: started, entered, and ended whichever way we end."""

import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from seatrial.errors import StartError
from seatrial.namespaces.interpreter import interpreter
from seatrial.namespaces.jars import find_jars
from seatrial.namespaces.java import find_java
from seatrial.namespaces.kept import folder_of, record
from seatrial.namespaces.lifeline import Lifeline
from seatrial.namespaces.obstacles import Tools, tools
from seatrial.namespaces.pids import first_processes
from seatrial.namespaces.plan import StackPlan
from seatrial.namespaces.services import ENVIRON, LIBRARY, ZOOKEEPER, stages

WITHIN_S = 60.0
"""Seconds within which the stack must be up."""

_ENTER = ("-U", "--preserve-credentials", "-m", "-u", "-i", "-n", "-p")
"""All namespaces of a service, nsenter(1); with one user mapped there are no other credentials to take."""


class LocalStack:
    """The demo's services, up.

    :param folder: holds nothing that outlives them.
    :param environ: what the deployment file's environment ``local`` asks for.
    """

    def __init__(self, plan: StackPlan, folder: Path, zookeeper: str, used: Tools, pids: Mapping[str, int]) -> None:
        self._addresses = {service.name: service.address for service in plan.services}
        self._pids, self._used = pids, used
        slots = folder / "slots"
        slots.mkdir()
        for name, pid in pids.items():
            (slots / name).symlink_to(f"/proc/{pid}/ns/pid")
        self.environ = {"DEMO_NAMESPACES": str(slots), "DEMO_ZOOKEEPER": zookeeper}

    @property
    def addresses(self) -> Mapping[str, str]:
        """Address of each service in their network, by ``service-number``."""
        return self._addresses

    def run(self, name: str, argv: Sequence[str], deadline_s: float) -> tuple[int, str]:
        """Run a command inside a service, and return its exit code and what it said of errors.

        :param name: ``service-number``.
        :raises StartError: where it does not end in time.
        """
        entered = [self._used.nsenter, "-t", str(self._pids[name]), *_ENTER, "--", *argv]
        try:
            done = subprocess.run(
                entered,
                env=dict(ENVIRON),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=deadline_s,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise StartError(f"{argv[0]} in {name} has not ended within {deadline_s:g} s") from None
        return done.returncode, done.stderr.decode(errors="replace")


@contextmanager
def local_stack(
    run_id: str, files: Path, environ: Mapping[str, str], log: Callable[[str], None], *, keep: bool = False
) -> Iterator[LocalStack]:
    """Start the demo's services in namespaces, and end them all after the block.

    :param run_id: part of the name of its folder.
    :param files: the folder of the demo's files.
    :param keep: leave it running; ``end_kept(run_id)`` ends it later.
    :raises UsageError: where something that it needs is missing or forbidden.
    :raises StartError: where it does not come up.
    """
    used, folder = tools(environ), folder_of(run_id)
    with socket.create_server(("127.0.0.1", 0)) as listener, ExitStack() as ending:
        lifeline = Lifeline(used.unshare, folder, listener.fileno())
        ending.callback(_end, lifeline, folder)
        lifeline.check()
        plan = _plan(files, environ, log, used.ip, listener.fileno())
        inside = lifeline.start(plan, log)
        zookeeper = f"127.0.0.1:{listener.getsockname()[1]}"
        stack = LocalStack(plan, folder, zookeeper, used, first_processes(lifeline.first_process(), inside))
        if keep:
            record(folder, lifeline.first_process())
            lifeline.let_go()
            ending.pop_all()
            log(f"the demo is left running; end it with: seatrial sweep {run_id}")
        yield stack


def _plan(files: Path, environ: Mapping[str, str], log: Callable[[str], None], ip: str, listener: int) -> StackPlan:
    java, python = find_java(environ), interpreter(LIBRARY)
    jars = find_jars(environ, log)
    folders = {java.home, *(os.path.dirname(jar) for jar in jars)}
    return StackPlan(
        stages=stages(files, java, jars, python.launcher),
        binds=(*python.binds, *sorted(folder for folder in folders if not folder.startswith("/usr/"))),
        ip=ip,
        listener=listener,
        forward_to=ZOOKEEPER,
        within_s=WITHIN_S,
    )


def _end(lifeline: Lifeline, folder: Path) -> None:
    lifeline.cut()
    shutil.rmtree(folder, ignore_errors=True)
