"""What is: everything one look found, frozen.

A fact that could not be read is an :class:`Unreadable` in the place of the value, never a default value.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from seatrial.host import Access, HostFacts
from seatrial.instance import Instance
from seatrial.trail import Glimpse
from seatrial.unreadable import Unreadable as Unreadable

NOT_READ = Unreadable("it was not read")


@dataclass(frozen=True, slots=True)
class ProcessDetail:
    """What is read of a process only where the file asks for it (proc(5)); ``NOT_READ`` where nobody did.

    :param cwd: target of ``/proc/PID/cwd``.
    :param fds: number of its open files, the entries of ``/proc/PID/fd``.
    :param limits: name as in ``/proc/PID/limits`` (``Max open files``) → soft and hard limit, ``inf`` for none.
    :param env: those keys that were asked for and that are set in ``/proc/PID/environ``.
    :param deleted: files of which code is mapped and that are no longer there (``/proc/PID/maps``).
    :param cpu_ticks: user and system time in clock ticks at the first and at the last moment of the look.
    :param cpu_over_s: seconds between the two.
    :param cpu_states: its states at and between the two, a letter for each time that it was looked at.
    :param running_sha: SHA-256 of the program that runs, where its file was deleted or replaced; empty else.
    :param on_disk_sha: that of the file which now has its name; empty where there is none.
    """

    cwd: str | Unreadable = NOT_READ
    fds: int | Unreadable = NOT_READ
    limits: Mapping[str, tuple[float, float]] | Unreadable = NOT_READ
    env: Mapping[str, str] | Unreadable = NOT_READ
    deleted: tuple[str, ...] | Unreadable = NOT_READ
    cpu_ticks: tuple[int, int] | Unreadable = NOT_READ
    cpu_over_s: float = 0.0
    cpu_states: str = ""
    running_sha: str | Unreadable = ""
    on_disk_sha: str | Unreadable = ""


@dataclass(frozen=True, slots=True)
class Process:
    """One process of a target, seen in every sample of the look (proc(5)).

    :param pid: process id inside the target's pid namespace (last number of ``NSpid``).
    :param ppid: parent's pid in the same namespace, 0 where the parent is outside.
    :param start_ticks: field 22 of ``/proc/PID/stat``: clock ticks after boot; with the pid it is the identity.
    :param age_s: seconds since it started, at the first sample, by the target's clock.
    :param states: state letter of each sample, in order; a sample in which it was gone holds ``""``.
    :param uid: real user id from ``/proc/PID/status``.
    :param euid: effective user id, whose rights it has.
    :param comm: name from ``/proc/PID/stat`` (15 bytes at most, can be rewritten by the process).
    :param argv: ``/proc/PID/cmdline`` split at NUL; empty for kernel threads and zombies.
    :param exe: target of ``/proc/PID/exe`` as the kernel writes it (may end in `` (deleted)``).
    :param seccomp: 0 for none, 1 for strict, 2 for a filter (``Seccomp`` of ``/proc/PID/status``).
    :param cap_eff: effective capabilities, a bit for each (``CapEff``; capabilities(7)).
    :param no_new_privs: whether no exec gives it further rights (``NoNewPrivs``).
    :param wchan: where in the kernel it waits (``/proc/PID/wchan``), read of one in state D; empty else.
    :param detail: what is read of a process only where the file asks for it.
    """

    pid: int
    ppid: int
    start_ticks: int
    age_s: float
    states: tuple[str, ...]
    uid: int | Unreadable
    euid: int | Unreadable
    comm: str
    argv: tuple[str, ...] | Unreadable
    exe: str | Unreadable
    seccomp: int | Unreadable = NOT_READ
    cap_eff: int | Unreadable = NOT_READ
    no_new_privs: bool | Unreadable = NOT_READ
    wchan: str = ""
    detail: ProcessDetail = ProcessDetail()

    @property
    def steadily(self) -> str:
        """The state letter that all samples share, else ``""``: one odd sample alarms nobody."""
        return self.states[0] if len(set(self.states)) == 1 else ""


@dataclass(frozen=True, slots=True)
class Listener:
    """A socket that waits for peers: TCP and unix in LISTEN, or bound UDP (sock_diag(7), ``/proc/net/{tcp,udp,unix}``).

    :param proto: ``tcp``, ``udp`` or ``unix``.
    :param family: 4 or 6; 0 of a unix socket.
    :param address: bound address in text form (``0.0.0.0``, ``::``, ``127.0.0.1``, ``/run/app.sock``, ``@app``).
    :param port: 0 of a unix socket.
    :param inode: socket inode, which joins it with its owners.
    :param owners: pids (inside the target) that hold the socket.
    :param queue: TCP connections that wait to be accepted.
    :param file: device and inode of a unix socket's file, ``8:1 4711``; empty where that is not told.
    :param backlog: how many may wait so; None where that cannot be seen (sock_diag(7): ``idiag_wqueue``).
    :param v6only: True where an IPv6 wildcard does not answer IPv4, None where that cannot be seen.
    """

    proto: str
    family: int
    address: str
    port: int
    inode: int
    owners: tuple[int, ...] | Unreadable
    queue: int
    v6only: bool | None = None
    backlog: int | None = None
    file: str = ""


@dataclass(frozen=True, slots=True)
class FileFact:
    """What stat(2) says of a file inside the target, and the first bytes where they were asked for.

    :param kind: ``regular``, ``directory``, ``socket``, ``fifo``, ``block``, ``char`` or ``missing``.
    :param mode: permission bits (``0o644``).
    :param size: bytes.
    :param mtimes: modification time at each sample, seconds since the epoch by the target's clock.
    :param head: first bytes of a regular file (64 KiB at most), None where they were not asked for.
    :param problem: why ``head`` could not be read, empty where it could or was not asked for.
    """

    path: str
    kind: str
    uid: int = -1
    gid: int = -1
    mode: int = 0
    size: int = 0
    mtimes: tuple[float, ...] = ()
    head: bytes | None = None
    problem: str = ""

    @property
    def exists(self) -> bool:
        """False only where the path was looked for and is not there."""
        return self.kind != "missing"


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line of a log that holds one of the denied patterns.

    :param number: line number from the start of the file, 1 is the first.
    :param text: the line, decoded and capped.
    :param time: its own time stamp in seconds since the epoch, None where it has none that is surely understood.
    """

    number: int
    text: str
    time: float | None


@dataclass(frozen=True, slots=True)
class LogFile:
    """One file of a log.

    :param hits: lines that hold a denied pattern, the last ones where there are many.
    :param dropped: number of earlier hits that are not carried.
    :param size: bytes.
    :param mtime: seconds since the epoch by the target's clock.
    :param uid: owner.
    :param problem: why it could not be read to its end, else empty.
    :param doubt: why the times of its lines are not to be believed, else empty.
    """

    path: str
    size: int
    mtime: float
    uid: int
    hits: tuple[LogLine, ...] = ()
    dropped: int = 0
    problem: str = ""
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class LogFact:
    """What one declared log holds.

    :param source: the path or glob of the file, or ``docker log``.
    :param files: the files that match, sorted by name; empty where none does.
    """

    source: str
    files: tuple[LogFile, ...]


@dataclass(frozen=True, slots=True)
class Talk:
    """One connection that the look made to a port.

    :param where: ``address:port`` that was dialled.
    :param connected: the connection (or, for UDP, the datagram) was taken by the kernel.
    :param error: why it failed, in words (``refused``, ``timed out``), else empty.
    :param sent: bytes sent.
    :param received: bytes that came back, capped at 64 KiB.
    :param closed: the other side closed or reset before the deadline.
    :param queue_after: connections that still wait to be accepted on that listener when ours was held open for a
        moment; None where it was not asked.
    :param source: our own address, as far as it is known.
    :param certificate: DER of what the other side showed in a TLS handshake; empty without one.
    """

    where: str
    connected: bool
    error: str = ""
    sent: int = 0
    received: bytes = b""
    closed: bool = False
    queue_after: int | Unreadable | None = None
    source: str = ""
    certificate: bytes = b""


@dataclass(frozen=True, slots=True)
class CommandRun:
    """A declared status command, run to its end inside the target."""

    argv: tuple[str, ...]
    exit_code: int
    stdout: bytes
    stderr: bytes


@dataclass(frozen=True, slots=True)
class Inside:
    """What was read inside one target.

    :param vehicle: ``proc`` (the /proc of the machine that runs it) or ``exec`` (our reader through the engine's exec).
    :param clock: the target's time at the first sample, seconds since the epoch.
    :param clock_last: the same at the last sample.
    :param users: user name → uid from the target's ``/etc/passwd``.
    :param oom_kills: how many processes of it the kernel killed for want of memory: ``oom_kill`` of its memory cgroup.
    :param reals: path → where it leads when all links are followed; empty where nothing is there.
    :param unix: its unix sockets that listen; ``NOT_READ`` where nobody asked.
    :param unix_files: path of a declared unix socket → device and inode of its file, as in :class:`Listener`.
    :param overflows: connections that were lost to full accept queues in its network since that is there
        (``ListenOverflows`` of ``/proc/net/netstat``); None where nobody asked.
    :param client_ports: first and last of the ports that the kernel gives to clients (``ip_local_port_range``);
        None where nobody asked.
    :param hostname: in its uts namespace; empty where it was not asked for.
    :param host: the machine itself, None where the target is not a whole machine, or nobody asked.
    :param reader_uid: as whom the reader ran, None where it did not tell.
    :param identity: pid 1's start time in ticks and the host's boot id, read first.
    :param identity_last: the same, read last.
    """

    vehicle: str
    clock: float
    clock_last: float
    processes: tuple[Process, ...] | Unreadable
    listeners: tuple[Listener, ...] | Unreadable
    files: Mapping[str, FileFact | Unreadable] = field(default_factory=dict)
    logs: Mapping[str, LogFact | Unreadable] = field(default_factory=dict)
    talks: Mapping[str, Talk | Unreadable] = field(default_factory=dict)
    users: Mapping[str, int] | Unreadable = field(default_factory=dict)
    reals: Mapping[str, str | Unreadable] = field(default_factory=dict)
    oom_kills: int | Unreadable = NOT_READ
    hostname: str | Unreadable = ""
    host: HostFacts | None = None
    reader_uid: int | Unreadable | None = None
    unix: tuple[Listener, ...] | Unreadable = NOT_READ
    unix_files: Mapping[str, str | Unreadable] = field(default_factory=dict)
    overflows: int | Unreadable | None = None
    client_ports: tuple[int, int] | Unreadable | None = None
    identity: tuple[int, str] = (0, "")
    identity_last: tuple[int, str] = (0, "")


@dataclass(frozen=True, slots=True)
class Change:
    """A path of a container that is not as its image has it (Engine API, ``ContainerChanges``).

    :param kind: 0 for changed, 1 for added, 2 for deleted.
    """

    path: str
    kind: int


@dataclass(frozen=True, slots=True)
class SlotFacts:
    """Everything that one look found about what fills a slot.

    :param slot: ``relay.0``.
    :param instance: what fills it, as it was at the end of the look.
    :param inside: what was read inside, or why it could not be.
    :param commands: key of the status command → what it printed.
    :param outside: key → a connection made from outside the container (published ports).
    :param docker_log: key of the declared log → what the engine's log of it holds.
    :param image_digests: digests of the image that runs, as ``name@sha256:…``; None where nobody asked.
    :param changes: paths that differ from the image; None where nobody asked.
    :param image_id: id that the declared image reference has in the engine now; empty where none was declared.
    :param changed: what changed between the first and the last moment of the look, else empty.
    """

    slot: str
    instance: Instance
    inside: Inside | Unreadable
    commands: Mapping[str, CommandRun | Unreadable] = field(default_factory=dict)
    outside: Mapping[str, Talk | Unreadable] = field(default_factory=dict)
    docker_log: Mapping[str, LogFact | Unreadable] = field(default_factory=dict)
    image_id: str | Unreadable = ""
    image_digests: tuple[str, ...] | Unreadable | None = None
    changes: tuple[Change, ...] | Unreadable | None = None
    changed: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """A znode below a registration path.

    :param name: last part of its path.
    :param data: its bytes, 64 KiB at most.
    :param ephemeral_owner: session id that owns it, 0 for a persistent node.
    :param problem: why it could not be read (an ACL, say), else empty.
    """

    name: str
    data: bytes
    ephemeral_owner: int
    created: float
    problem: str = ""


@dataclass(frozen=True, slots=True)
class RegistryPath:
    """The children of one registration path.

    :param exists: False where the path itself is not there.
    :param zxid: the server's last transaction, as proof that it answered.
    """

    path: str
    exists: bool
    nodes: tuple[Node, ...] = ()
    zxid: int = 0
    server: str = ""


@dataclass(frozen=True, slots=True)
class ServiceFacts:
    """What was found for a service.

    :param found: names of all that match (containers, say), with their status, sorted.
    :param surplus: names of those that run and that no slot has room for.
    :param empty: slots that nothing fills.
    :param unsure: what may be an instance and could not be looked at, and why.
    """

    service: str
    found: tuple[str, ...]
    surplus: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One look at the whole deployment, frozen.

    :param taken_at: our clock at its start, seconds since the epoch.
    :param took_s: seconds from its start to its end.
    :param services: service → which containers were found, or why nothing could be.
    :param slots: slot → its facts, or why there are none; a slot that nothing fills is not in it.
    :param registry: registration path → its nodes.
    :param calls: what was sent to the target, one line each, for the report.
    :param access: slot → how its host was reached; only for slots that lie behind SSH.
    :param nodes: path of a configuration node → the node, None where it is not there.
    :param earlier: what earlier looks of the same settling saw, oldest first.
    """

    taken_at: float
    took_s: float
    services: Mapping[str, ServiceFacts | Unreadable]
    slots: Mapping[str, SlotFacts | Unreadable]
    registry: Mapping[str, RegistryPath | Unreadable] = field(default_factory=dict)
    calls: tuple[str, ...] = field(default=())
    access: Mapping[str, Access] = field(default_factory=dict)
    nodes: Mapping[str, Node | Unreadable | None] = field(default_factory=dict)
    earlier: tuple[Glimpse, ...] = ()
