"""The reader: one request in, frames out, from the /proc of the machine it runs on (docs/collector.md).

Standard library only. It runs as a child of its own, single-threaded (setns of a user namespace fails in a thread),
with limits, and changes nothing. The loader joins the modules of this folder into one program.
"""

import errno
import itertools
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

from seatrial.collector.cgroups import NotHere, oom_kills, zombies
from seatrial.collector.host import Host
from seatrial.collector.limits import limit
from seatrial.collector.namespaces import hostname, join_user_namespace
from seatrial.collector.network import Networks
from seatrial.collector.paths import raw, stat_line
from seatrial.collector.reading import read
from seatrial.collector.scanning import TARGET_S, Logs
from seatrial.collector.talk import Talk
from seatrial.collector.talks import converse
from seatrial.collector.target import Target
from seatrial.collector.wire import Wire, reason

WATCH_S, WATCHES = 0.1, 8
HEAD_CAP = 1 << 16
BOOT_ID = "/proc/sys/kernel/random/boot_id"


class Reader:
    """One look at all targets; in each step all of them together.

    :param request: see docs/collector.md.
    """

    def __init__(self, request: dict[str, Any], wire: Wire) -> None:
        self.request, self.wire = request, wire
        self.targets: dict[int, Target] = {}
        # Rights in a user namespace that was joined do not bring us back to what is outside of it.
        self.home = -1 if request.get("joins") else os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        self.networks = Networks(request, wire, self.home)
        self.logs = Logs(request, wire)
        self.hosts: dict[int, Host] = {}

    def look(self) -> None:
        """Identity, samples, logs, conversations, identity again."""
        for number, asked in enumerate(self.request["targets"]):
            self._admit(number, asked)
        self._each(self.logs.open)
        self.logs.start()
        self._sample_all()
        self.logs.finish(self.targets)
        self._talk()
        self._spent()
        self._each(lambda target: self._identity(target, 1))
        self.wire.end()

    def _admit(self, number: int, asked: dict[str, Any]) -> None:
        try:
            target = Target(number, asked, self.request.get("by_hand", False), self.wire)
            self.wire.put("elf", number, payload=_start_of("/proc/self/exe", 6))
            self._itself(target)
            self._identity(target, 0)
            self.targets[number] = target
        except NotHere as error:
            self.wire.fail("nothere", number, error=error)
        except OSError as error:
            self.wire.fail("failed", number, error=f"its first process: {reason(error)}")

    def _itself(self, target: Target) -> None:
        """Who reads, where the reader and what it runs are among the processes that it lists."""
        if target.scope == "machine":
            self.wire.put("self", target.number, payload=os.readlink("/proc/self").encode())
            self._file("reader", "/proc/self/status", target.number)
        if target.carried:
            self.wire.put("carried", target.number)

    def _each(self, step: Callable[[Target], None]) -> None:
        for target in list(self.targets.values()):
            began = time.monotonic()
            try:
                step(target)
                target.spent_s += time.monotonic() - began
                if target.spent_s > TARGET_S:
                    raise OSError(errno.ETIME, f"reading it took longer than {TARGET_S:g} s")
            except (OSError, NotHere) as error:
                del self.targets[target.number]
                self.wire.fail("failed", target.number, error=error)

    def _identity(self, target: Target, turn: int) -> None:
        self._file("init", f"/proc/{target.pid}/stat", target.number, turn)
        self._file("boot", BOOT_ID, target.number, turn)

    def _file(self, kind: str, path: str, *numbers: int) -> None:
        self.wire.tell(kind, *numbers, of=lambda: read(path))

    # Samples

    def _sample_all(self) -> None:
        samples, began = int(self.request["samples"]), time.monotonic()
        for sample in range(samples):
            pause = float(self.request["over_s"]) / max(samples - 1, 1)
            self.logs.pump(began + sample * pause)
            self._each(_list)
            ended = zombies({pid for target in self.targets.values() for pid in target.pids})
            self._each(lambda target, sample=sample, ended=ended: self._sample(target, sample, ended))  # type: ignore[misc]
            if sample == 0:
                self._each(self.networks.tell_sockets)
                self._each(self.networks.tell_client_ports)
                self._each(self._heads)
                self._each(self._oom)
                self._each(self._hostname)
                self._each(self._host)
        for host in self.hosts.values():
            host.finish()

    def _sample(self, target: Target, sample: int, ended: dict[int, list[int]]) -> None:
        now = b"%.6f %s" % (time.time(), read("/proc/uptime").split()[0])
        self.wire.put("clock", target.number, sample, payload=now)
        if sample == 0 and target.asked_cpu_s:
            target.began = time.monotonic()
            target.processes.spent(target.number, 0, target.pids, target.began)
        for pid in [*target.pids, *(child for parent in target.pids for child in ended.get(parent, ()))]:
            target.processes.read((target.number, sample, pid))
        for index, path in enumerate(target.asked["files"]):
            self._stat(target, raw(path), index, sample)

    def _stat(self, target: Target, path: bytes, index: int, sample: int) -> None:
        self.wire.tell("file", target.number, index, sample, of=lambda: stat_line(target.root.stat(path)))

    def _heads(self, target: Target) -> None:
        for index, path in enumerate(target.asked["files"]):
            self.wire.lines("filelink", target.number, index, of=target.root.links(raw(path)))
            if path in target.asked["heads"]:
                self._head("head", target, path, target.number, index)
        self._head("passwd", target, "/etc/passwd", target.number)
        for index, path in enumerate(target.asked["reals"]):
            self._real(target, raw(path), index)

    def _head(self, kind: str, target: Target, path: str, *numbers: int) -> None:
        self.wire.tell(kind, *numbers, of=lambda: target.root.head(raw(path), HEAD_CAP))

    def _real(self, target: Target, path: bytes, index: int) -> None:
        self.wire.tell("real", target.number, index, of=lambda: target.root.real(path))

    def _oom(self, target: Target) -> None:
        if target.scope == "container":
            box = target.asked["container_id"]
            self.wire.tell("oom", target.number, of=lambda: oom_kills(target.pid, box))

    def _hostname(self, target: Target) -> None:
        """The name in its uts namespace; an engine tells that of its containers."""
        if target.scope != "container":
            self.wire.tell("hostname", target.number, of=lambda: hostname(target.at, stays=self.home < 0))

    def _host(self, target: Target) -> None:
        if target.asked["host"] is not None:
            self.hosts[target.number] = Host(target, self.wire)

    def _spent(self) -> None:
        """Read again how much of a processor was used, when so much time has gone by as was asked for."""
        asked = {number: target for number, target in self.targets.items() if target.asked_cpu_s}
        due = max((target.began + target.asked_cpu_s for target in asked.values()), default=0.0)
        for turn in itertools.count(1) if asked else ():
            time.sleep(WATCH_S)
            for target in asked.values():
                target.processes.watch(target.pids)
            if turn >= WATCHES and time.monotonic() >= due:
                break
        for number, target in asked.items():
            target.processes.spent(number, 1, target.pids, time.monotonic())

    def _talk(self) -> None:
        talks: list[Talk] = []
        self._each(lambda target: talks.extend(self.networks.started(target)))
        converse(talks, lambda talk: self.networks.queue(talk, self.targets.get(talk.key[0])))
        for talk in talks:
            if talk.key[0] in self.targets:
                self.wire.put("talk", *talk.key, payload=talk.told())
        for number in sorted({talk.key[0] for talk in talks if talk.hangs()}):
            if number in self.targets:
                self._file("netstat", f"{self.targets[number].at}/net/netstat", number)


def _list(target: Target) -> None:
    target.pids = target.members()


def _start_of(path: str, size: int) -> bytes:
    with open(path, "rb") as file:
        return file.read(size)


def main() -> None:
    """Wait for one request on stdin, answer it on stdout."""
    line = sys.stdin.buffer.readline()
    if not line.endswith(b"\n"):
        return
    request = json.loads(line)
    limit(float(request["deadline_s"]))
    if request.get("joins"):
        join_user_namespace(request["joins"])
    Reader(request, Wire(sys.stdout.buffer, request["nonce"])).look()
    os._exit(0)  # all is flushed; taking an interpreter down in order takes longer than some looks


if __name__ == "__main__":
    main()
