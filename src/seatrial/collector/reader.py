"""The reader: one request in, frames out, from the /proc of the machine it runs on (docs/collector.md).

Standard library only. It runs as a child of its own, single-threaded (setns of a user namespace fails in a thread),
with limits, and changes nothing. The loader joins the modules of this folder into one program.
"""

import errno
import itertools
import json
import os
import re
import socket
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from seatrial.collector.cgroups import NotHere, oom_kills, read, zombies
from seatrial.collector.grep import Greps, is_quick, program
from seatrial.collector.host import Host
from seatrial.collector.kernel import DUMPS, diag_socket, dump, sockets
from seatrial.collector.limits import at_most, limit
from seatrial.collector.logs import Scan, scan_by_hand, spellings
from seatrial.collector.namespaces import CLONE_NEWNET, hostname, join_user_namespace, namespace
from seatrial.collector.paths import raw, stat_line
from seatrial.collector.talks import Talk, converse, dial
from seatrial.collector.target import Target
from seatrial.collector.wire import Wire, reason

TARGET_S = 3.0
WATCH_S, WATCHES = 0.1, 8
LOGS_SHARE = 0.6
HEAD_CAP = 1 << 16
BOOT_ID = "/proc/sys/kernel/random/boot_id"
CLIENT_PORTS = "/proc/sys/net/ipv4/ip_local_port_range"
TABLES = {(2, 6): "tcp", (10, 6): "tcp6", (2, 17): "udp", (10, 17): "udp6"}


class Reader:
    """One look at all targets; in each step all of them together.

    :param request: see docs/collector.md.
    """

    def __init__(self, request: dict[str, Any], wire: Wire) -> None:
        self.request, self.wire = request, wire
        self.targets: dict[int, Target] = {}
        # Rights in a user namespace that was joined do not bring us back to what is outside of it.
        self.home = -1 if request.get("joins") else os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        self.diags: dict[int, socket.socket] = {}
        self.listeners: dict[int, dict[tuple[int, int], list[tuple[str, int, int]]]] = {}
        self.scans: list[Scan] = []
        self.paths: dict[tuple[int, ...], bytes] = {}
        self.hosts: dict[int, Host] = {}
        self.logs_until = 0.0
        self.greps = Greps("", [], 0.0, TARGET_S)

    def look(self) -> None:
        """Identity, samples, logs, conversations, identity again."""
        for number, asked in enumerate(self.request["targets"]):
            self._admit(number, asked)
        self._each(self._open_logs)
        self._start_scans()
        self._sample_all()
        self._finish_scans()
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
        try:
            self.wire.put(kind, *numbers, payload=read(path))
        except OSError as error:
            self.wire.fail(kind, *numbers, error=error)

    # Samples

    def _sample_all(self) -> None:
        samples, began = int(self.request["samples"]), time.monotonic()
        for sample in range(samples):
            pause = float(self.request["over_s"]) / max(samples - 1, 1)
            self.greps.pump(began + sample * pause)
            self._each(_list)
            ended = zombies({pid for target in self.targets.values() for pid in target.pids})
            self._each(lambda target, sample=sample, ended=ended: self._sample(target, sample, ended))  # type: ignore[misc]
            if sample == 0:
                self._each(self._sockets)
                self._each(self._client_ports)
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
            self._stat("file", target, raw(path), target.number, index, sample)

    def _stat(self, kind: str, target: Target, path: bytes, *numbers: int) -> None:
        try:
            self.wire.put(kind, *numbers, payload=stat_line(target.root.stat(path)))
        except OSError as error:
            self.wire.fail(kind, *numbers, error=error)

    def _links(self, kind: str, target: Target, path: bytes, *numbers: int) -> None:
        links = target.root.links(path)
        if links:
            self.wire.put(kind, *numbers, payload=b"\n".join(links))

    def _heads(self, target: Target) -> None:
        for index, path in enumerate(target.asked["files"]):
            self._links("filelink", target, raw(path), target.number, index)
            if path in target.asked["heads"]:
                self._head("head", target, path, target.number, index)
        self._head("passwd", target, "/etc/passwd", target.number)
        for index, path in enumerate(target.asked["reals"]):
            self._real(target, path, index)

    def _head(self, kind: str, target: Target, path: str, *numbers: int) -> None:
        try:
            self.wire.put(kind, *numbers, payload=target.root.head(raw(path), HEAD_CAP))
        except OSError as error:
            self.wire.fail(kind, *numbers, error=error)

    def _real(self, target: Target, path: str, index: int) -> None:
        try:
            self.wire.put("real", target.number, index, payload=target.root.real(raw(path)))
        except OSError as error:
            self.wire.fail("real", target.number, index, error=error)

    def _oom(self, target: Target) -> None:
        if target.scope != "container":
            return
        try:
            self.wire.put("oom", target.number, payload=oom_kills(target.pid, target.asked["container_id"]))
        except OSError as error:
            self.wire.fail("oom", target.number, error=error)

    def _hostname(self, target: Target) -> None:
        """The name in its uts namespace; an engine tells that of its containers."""
        if target.scope == "container":
            return
        try:
            self.wire.put("hostname", target.number, payload=hostname(target.at, stays=self.home < 0))
        except OSError as error:
            self.wire.fail("hostname", target.number, error=error)

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

    # Sockets

    def _sockets(self, target: Target) -> None:
        try:
            dumps = self._dumps(target)
        except OSError:
            self._tables(target)
            return
        for (family, proto), data in dumps.items():
            self.wire.put("diag", target.number, family, proto, payload=data)
        found = {key: list(sockets(data)) for key, data in dumps.items()}
        self.listeners[target.net_key] = found

    def _dumps(self, target: Target) -> dict[tuple[int, int], bytes]:
        if self.request.get("tables"):
            raise OSError(errno.EOPNOTSUPP, "sock_diag is not asked for")
        if target.net_key not in self.diags:
            with namespace(target.net, self.home, CLONE_NEWNET):
                self.diags[target.net_key] = diag_socket()
        return {key: dump(self.diags[target.net_key], *key) for key in DUMPS}

    def _client_ports(self, target: Target) -> None:
        """The kernel shows in ``/proc/sys/net`` the network of who reads it."""
        if not target.asked.get("client_ports"):
            return
        try:
            with namespace(target.net, self.home, CLONE_NEWNET):
                self.wire.put("clientports", target.number, payload=read(CLIENT_PORTS))
        except OSError as error:
            self.wire.fail("clientports", target.number, error=error)

    def _tables(self, target: Target) -> None:
        for (family, proto), name in TABLES.items():
            path = f"{target.at}/net/{name}"
            if family == socket.AF_INET or os.path.exists(path):
                self._file("net", path, target.number, family, proto)
            else:
                self.wire.put("net", target.number, family, proto)

    # Logs

    def _open_logs(self, target: Target) -> None:
        for index, log in enumerate(target.asked["logs"]):
            try:
                paths = target.root.glob(raw(log["glob"]))
            except OSError as error:
                self.wire.fail("log", target.number, index, error=error)
                continue
            self.wire.put("log", target.number, index, payload=b"%d" % len(paths))
            for place, path in enumerate(paths):
                self._open_log(target, log, path, (target.number, index, place))

    def _open_log(self, target: Target, log: dict[str, Any], path: bytes, key: tuple[int, ...]) -> None:
        self.wire.put("logname", *key, payload=path)
        self._links("loglink", target, path, *key)
        self._stat("logstat", target, path, *key)
        try:
            fd = target.root.open(path)
        except OSError as error:
            self.wire.fail("hits", *key, error=error)
            return
        texts = tuple(spelling for text in log["lines"] if "\n" not in text for spelling in spellings(text))
        self.paths[key] = path
        self.scans.append(Scan(key, fd, texts, tuple(log["regexes"])))

    def _start_scans(self) -> None:
        self.logs_until = time.monotonic() + LOGS_SHARE * float(self.request["deadline_s"])
        grep = "" if self.request.get("grep") is False else program()
        self.greps = Greps(grep, [scan for scan in self.scans if grep and is_quick(scan)], self.logs_until, TARGET_S)

    def _finish_scans(self) -> None:
        self.greps.pump()
        for scan in self.scans:
            if scan.key[0] in self.targets:
                self._finish(scan)
            os.close(scan.fd)

    def _finish(self, scan: Scan) -> None:
        try:
            if not scan.done and (scan.lines or scan.regexes):
                self._by_hand(scan)
            if scan.lines or scan.regexes:
                self.wire.put("loghead", *scan.key, payload=scan.head())
                self.wire.put("logend", *scan.key, payload=scan.end())
            told, problem = scan.told(), scan.problem
            now = self.targets[scan.key[0]].root.stat(self.paths[scan.key])
            problem = problem or scan.cut(now)
        except (OSError, re.error) as error:
            told, problem = b"", reason(error)
        self.wire.put("logcount", *scan.key, payload=b"%d" % scan.total)
        self.wire.put("hits", *scan.key, payload=problem.encode() if problem else told, status=1 if problem else 0)

    def _by_hand(self, scan: Scan) -> None:
        """Scan one file within what is left of its target's time, and of that of all logs."""
        target, began = self.targets[scan.key[0]], time.monotonic()
        try:
            with at_most(min(TARGET_S - target.scanned_s, self.logs_until - began)):
                scan_by_hand(scan)
        finally:
            target.scanned_s += time.monotonic() - began

    # Conversations

    def _talk(self) -> None:
        talks: list[Talk] = []
        self._each(lambda target: talks.extend(self._started(target)))
        converse(talks, self._queue)
        for talk in talks:
            if talk.key[0] in self.targets:
                self.wire.put("talk", *talk.key, payload=talk.told())
        for number in sorted({talk.key[0] for talk in talks if talk.hangs()}):
            if number in self.targets:
                self._file("netstat", f"{self.targets[number].at}/net/netstat", number)

    def _started(self, target: Target) -> Sequence[Talk]:
        if not target.asked["talks"]:
            return []
        talks = [self._dialled(target, index, asked) for index, asked in enumerate(target.asked["talks"])]
        with namespace(target.net, self.home, CLONE_NEWNET):
            for talk in talks:
                talk.open()
        return talks

    def _dialled(self, target: Target, index: int, asked: dict[str, Any]) -> Talk:
        proto = socket.IPPROTO_UDP if asked["proto"] == "udp" else socket.IPPROTO_TCP
        found = self.listeners.get(target.net_key, {})
        listeners = [item for (_, number), items in found.items() if number == proto for item in items]
        where = dial(listeners, int(asked["port"]), target.asked["addresses"], int(asked.get("family", 0)))
        return Talk((target.number, index), asked, where)

    def _queue(self, talk: Talk) -> "int | str | None":
        """Waiting connections of the listener that took this one, by a new look at the kernel's list."""
        diag = self.diags.get(self.targets[talk.key[0]].net_key) if talk.key[0] in self.targets else None
        if diag is None:
            return "the kernel's list of sockets cannot be asked here (sock_diag)"
        try:
            found = [item for family in (2, 10) for item in sockets(dump(diag, family, socket.IPPROTO_TCP))]
        except OSError as error:
            return reason(error)
        waiting = [queue for address, port, queue in found if port == talk.port and _takes(address, talk.address)]
        return max(waiting) if waiting else "its listener is gone"


def _list(target: Target) -> None:
    target.pids = target.members()


def _takes(bound: str, dialled: str) -> bool:
    return bound in ("0.0.0.0", "::", dialled, f"::ffff:{dialled}")


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
