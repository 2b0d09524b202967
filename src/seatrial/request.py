"""What a look asks of one target: values that every vehicle understands."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Window:
    """How a look samples.

    :param samples: how often processes and files are read.
    :param over_s: seconds from the first sample to the last.
    :param deadline_s: seconds after which a target that has not answered is given up.
    """

    samples: int = 3
    over_s: float = 0.3
    deadline_s: float = 10.0


@dataclass(frozen=True, slots=True)
class LogRequest:
    """A log file to scan in place.

    :param key: name under which the answer is filed.
    :param glob: absolute path inside the target, wildcards allowed in its parts.
    :param lines: texts to find, as they are.
    :param regexes: regular expressions to find, known to Python and to RE2.
    :param utc_offset_s: zone of time stamps that carry none, seconds east of UTC.
    """

    key: str
    glob: str
    lines: tuple[str, ...]
    regexes: tuple[str, ...] = ()
    utc_offset_s: int = 0


@dataclass(frozen=True, slots=True)
class TalkRequest:
    """A connection to make from inside the target's network, after all logs were read.

    :param key: name under which the answer is filed.
    :param send: bytes to send after connecting; empty with no ``enough`` asks only whether it is accepted.
    :param enough: bytes whose arrival ends the reading; empty reads until the other side closes.
    :param within_s: deadline for the whole conversation.
    :param after_s: seconds to wait first, for one that asks a second time.
    :param tls: whether it is said through TLS; with nothing to send and nothing to await, the handshake is all.
    :param server_name: to ask for in the handshake.
    :param family: 4 or 6 for an address of that IP version, 0 for any.
    :param path: of a unix socket, ``@name`` for an abstract one; ``proto`` is ``unix`` then.
    """

    key: str
    proto: str
    port: int
    send: bytes = b""
    enough: bytes = b""
    reads: bool = False
    within_s: float = 2.0
    after_s: float = 0.0
    tls: bool = False
    server_name: str = ""
    family: int = 0
    path: str = ""


@dataclass(frozen=True, slots=True)
class HostRequest:
    """What is asked of the machine itself, or inside of a container; identity, kernel and zone are read with any of it.

    :param mounts: mount points.
    :param sysctls: names such as ``vm.max_map_count`` (sysctl(8)).
    :param units: names of systemd units.
    :param cron: whether all crontabs are wanted.
    :param engine: whether its container engine is asked for its version.
    :param places: paths of which is asked what they are on.
    """

    mounts: tuple[str, ...] = ()
    sysctls: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    cron: bool = False
    engine: bool = False
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProcessRequest:
    """What is read of each process beyond what always is (:class:`seatrial.snapshot.ProcessDetail`).

    :param cwd: its working folder.
    :param fds: the number of its open files.
    :param limits: its resource limits.
    :param libraries: which code it runs whose file is gone.
    :param env: the environment variables that are read; no others are.
    :param cpu_over_s: seconds over which its use of a processor is measured, 0 for not at all.
    """

    cwd: bool = False
    fds: bool = False
    limits: bool = False
    libraries: bool = False
    env: tuple[str, ...] = ()
    cpu_over_s: float = 0.0


@dataclass(frozen=True, slots=True)
class TargetRequest:
    """Everything that is asked of one instance.

    :param slot: name under which the answer is filed.
    :param container_id: full id of a container, else empty.
    :param pid: its first process on the machine that runs it.
    :param addresses: its addresses, to dial listeners that are bound to a wildcard.
    :param files: paths to stat at every sample.
    :param heads: those of ``files`` whose first 64 KiB are wanted as well.
    :param scope: which processes are its own: ``container`` for those of its cgroup, else as in
        :class:`seatrial.instance.Local`.
    :param start_ticks: start time of that first process, which must be the one that was found; 0 for a container.
    :param host: what is asked of the machine itself, None where nothing is.
    :param processes: what is asked of each process.
    :param client_ports: whether the range of ports for clients is wanted.
    :param unix: paths and abstract names of unix sockets, for which those that listen are wanted.
    :param reals: paths of which is asked where all links in them lead.
    """

    slot: str
    container_id: str
    pid: int
    addresses: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    heads: tuple[str, ...] = ()
    logs: tuple[LogRequest, ...] = ()
    talks: tuple[TalkRequest, ...] = ()
    scope: str = "container"
    start_ticks: int = 0
    host: HostRequest | None = None
    processes: ProcessRequest = ProcessRequest()
    reals: tuple[str, ...] = ()
    client_ports: bool = False
    unix: tuple[str, ...] = ()
