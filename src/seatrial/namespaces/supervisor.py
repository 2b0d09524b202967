"""The first process of a stack's outer namespaces: starts the services, and ends them all when its parent has gone.

Run as ``python -m seatrial.namespaces.supervisor FOLDER`` by unshare(1), with a :class:`StackPlan` as the first line of
its standard input. That input is its lifeline: a pipe or socket of which only the parent has the other end, so that it
closes whichever way the parent ends.
"""

import json
import os
import select
import shutil
import signal
import socket
import sys
import time
import traceback
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from seatrial.namespaces.birth import Newborn, give_birth
from seatrial.namespaces.forward import forward
from seatrial.namespaces.network import make_bridge, plug_in
from seatrial.namespaces.plan import PlacedService, StackPlan
from seatrial.namespaces.readiness import answers

KEEP = b"keep\n"
"""What the parent says before it goes and leaves the stack running."""

_POLL_S, _IDLE_S = 0.03, 1.0
_TAIL = 2000


class Ended(Exception):
    """The parent has gone, or somebody told us to end."""


class Failed(Exception):
    """The stack does not come up; why, in words."""


class Supervisor:
    """Starts one stack and watches over it.

    :param folder: the stack's own folder, which goes when the stack goes.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._kept = False
        self._pids: dict[str, int] = {}

    def run(self) -> None:
        """Be a supervisor until the end."""
        _say({"log": "namespaces are made"})
        plan = StackPlan.of_line(self._first_line())
        try:
            self._start(plan)
        except (Failed, OSError) as error:
            _say({"failed": str(error)})
        else:
            _say({"up": self._pids})
        while True:
            self._pause(_IDLE_S)

    def _start(self, plan: StackPlan) -> None:
        until = time.monotonic() + plan.within_s
        os.mkdir(f"{self._folder}/root")
        make_bridge(plan.ip)
        _start_forwarder(plan)
        newborn = {service.name: give_birth(service, plan, self._folder) for service in plan.services}
        plug_in(plan.ip, {newborn[service.name].pid: service for service in plan.services})
        for stage in plan.stages:
            self._start_stage(stage, newborn, until)

    def _start_stage(self, stage: tuple[PlacedService, ...], newborn: Mapping[str, Newborn], until: float) -> None:
        for service in stage:
            newborn[service.name].let_go()
            self._pids[service.name] = newborn[service.name].pid
        for service in stage:
            self._wait_ready(service, until)
            _say({"log": f"{service.name} is ready"})

    def _wait_ready(self, service: PlacedService, until: float) -> None:
        for probe in service.probes:
            while not answers(probe):
                self._check_alive()
                if time.monotonic() > until:
                    raise Failed(f"{service.name} does not answer {probe.expect!r}{self._said(service.name)}")
                self._pause(_POLL_S)

    def _check_alive(self) -> None:
        for name, pid in self._pids.items():
            if not os.path.exists(f"/proc/{pid}"):
                raise Failed(f"{name} has ended right after its start{self._said(name)}")

    def _said(self, name: str) -> str:
        with suppress(OSError):
            said = Path(f"{self._folder}/{name}.out").read_text(errors="replace").strip()
            return f": {said[-_TAIL:]}" if said else ""
        return ""

    def _first_line(self) -> bytes:
        line = b""
        while not line.endswith(b"\n"):
            piece = os.read(0, 1 << 20)
            if not piece:
                raise Ended
            line += piece
        return line

    def _pause(self, seconds: float) -> None:
        """Wait, reap whoever has ended, and notice when the lifeline is cut."""
        heard, _, _ = select.select([] if self._kept else [0], [], [], seconds)
        if heard:
            said = os.read(0, len(KEEP))
            if said != KEEP:
                raise Ended
            self._kept = True
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def _start_forwarder(plan: StackPlan) -> None:
    listener = socket.socket(fileno=plan.listener)
    if os.fork():
        listener.close()
        return
    try:
        forward(listener, plan.forward_to)
    finally:
        os._exit(1)


def _say(message: Mapping[str, object]) -> None:
    with suppress(BrokenPipeError):  # the parent has gone, which the lifeline tells
        sys.stdout.write(json.dumps(message) + "\n")
        sys.stdout.flush()


def _end(*_: object) -> None:
    raise Ended


def main() -> None:
    """Run until the end; then nothing is left: the first process of a pid namespace takes all others with it."""
    if os.getpid() != 1:
        sys.exit("only unshare(1) runs this, as the first process of a pid namespace: at its end it kills all others")
    folder = sys.argv[1]
    os.umask(0o022)
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    code = 1
    try:
        os.mkdir(folder, 0o700)
        Supervisor(folder).run()
    except Ended:
        code = 0
    except OSError as error:
        print(error, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        with suppress(ProcessLookupError):
            os.kill(-1, signal.SIGKILL)
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(code)


if __name__ == "__main__":
    main()
