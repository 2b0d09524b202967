"""What is known of a host beyond its services: how it was reached, and what the machine itself is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from seatrial.unreadable import Unreadable

Stage = Literal["host.route", "host.reach", "host.identity", "access.shell", "access.sudo"]
"""The aspects that judge one step each on the way to a host, in the order in which they are taken."""

STAGES: tuple[Stage, ...] = ("host.route", "host.reach", "host.identity", "access.shell", "access.sudo")


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why nothing more can be told of a host.

    :param stage: the step that was not taken.
    :param text: in words an operator understands.
    :param wrong: True where we looked and it is wrong (FAIL), False where we could not look (UNKNOWN).
    :param lasting: whether it stays so however long one waits, and asking again may do harm: who is refused too often
        is locked out.
    """

    stage: Stage
    text: str
    wrong: bool = False
    lasting: bool = False


@dataclass(frozen=True, slots=True)
class Itself:
    """What a host says of itself, beyond its key, which may come from an image that others were made from, too.

    :param machine_id: ``/etc/machine-id`` (machine-id(5)).
    :param boot: start time of its first process, 0 where this user may not see it, and its boot id.
    :param uid: as whom what reads it runs there.
    """

    hostname: str | Unreadable
    machine_id: str | Unreadable
    boot: tuple[int, str]
    uid: int | Unreadable


@dataclass(frozen=True, slots=True)
class Access:
    """How the host of a slot was reached over SSH.

    :param host: its name in the inventory.
    :param address: ``address:port`` that was dialled.
    :param route: the jump hosts on the way, ``name address:port`` each, nearest first.
    :param user: who logged in.
    :param fingerprint: ``SHA256:…`` of the host key that it showed.
    :param sudo: whether the reader runs below ``sudo -n``.
    :param notes: what did not hold us up and is worth knowing.
    :param asked_at: our clock when the reader was sent, seconds since the epoch; 0.0 where it was not.
    :param answered_at: our clock when its answer had come.
    :param itself: what it said of itself, None where it was not asked.
    :param trouble: why nothing more can be told of it.
    """

    host: str
    address: str
    route: tuple[str, ...] = ()
    user: str = ""
    fingerprint: str = ""
    sudo: bool = False
    notes: tuple[str, ...] = ()
    asked_at: float = 0.0
    answered_at: float = 0.0
    itself: Itself | None = None
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True)
class Mount:
    """What is mounted at a path (``/proc/PID/mountinfo`` of proc(5), statvfs(3)).

    :param source: device or server, as the kernel tells it.
    :param root: the folder of that filesystem which is mounted (``/`` for all of it).
    :param options: of the mount and of its filesystem, ``rw`` or ``ro`` among them.
    :param size: bytes.
    :param free: bytes that an ordinary user may still write.
    :param inodes: 0 where the filesystem counts none.
    :param inodes_free: those that an ordinary user may still take.
    :param device: ``major:minor`` of the filesystem, one for all its mounts; empty where it was not told.
    :param stacked: how many are mounted at that very point: the last one hides the others.
    """

    point: str
    source: str
    fstype: str
    root: str
    options: tuple[str, ...]
    size: int
    free: int
    inodes: int
    inodes_free: int
    device: str = ""
    stacked: int = 1


@dataclass(frozen=True, slots=True)
class Place(Mount):
    """What a path is on, which may be mounted above it (``point``).

    :param reserved: bytes that only root may still take (``f_bfree`` less ``f_bavail``, statvfs(3)).
    """

    reserved: int = 0


@dataclass(frozen=True, slots=True)
class CronLine:
    """One line of a crontab that is neither empty nor a comment (crontab(5)).

    :param file: the crontab.
    :param user: whose; from the line in ``/etc/crontab`` and ``/etc/cron.d``, else the name of the file.
    :param line: the whole line, blanks and tabs folded to one blank.
    :param passed_over: why cron does not run it, else empty.
    :param unsure: whether it may be run for all that, by what was not read.
    :param owner: uid of the file's owner.
    """

    file: str
    user: str
    line: str
    passed_over: str = ""
    unsure: bool = False
    owner: int = 0


@dataclass(frozen=True, slots=True)
class Unit:
    """What systemd says of a unit (``systemctl show``).

    :param load: ``loaded``, ``not-found``, ``masked``, …
    :param active: ``active``, ``inactive``, ``failed``, ``activating``, …
    :param sub: ``running``, ``exited``, ``dead``, …
    :param enabled: ``enabled``, ``disabled``, ``static``, …; empty where it has no such state.
    :param restarts: how often systemd restarted it.
    :param type: of a service: ``simple``, ``forking``, ``oneshot``, … (systemd.service(5)); empty where not told.
    :param main_pid: of a service, 0 where systemd knows none.
    """

    name: str
    load: str
    active: str
    sub: str
    enabled: str
    restarts: int = 0
    type: str = ""
    main_pid: int = 0


@dataclass(frozen=True, slots=True)
class Engine:
    """What the container engine of a host says of itself (Engine API, ``GET /version``).

    :param version: such as ``20.10.24``; empty where no engine answers.
    :param problem: why none answers, else empty.
    """

    version: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class HostFacts:
    """What was read of the machine itself, or of the inside of a container; each only where a check asks for it.

    :param machine_id: ``/etc/machine-id`` (machine-id(5)); always read.
    :param kernel: release, as ``uname -r`` tells it; always read.
    :param timezone: ``Asia/Shanghai``, from where ``/etc/localtime`` leads, else from ``/etc/timezone`` where that is
        a copy of this zone; always read.
    :param mounts: mount point → what is mounted there, None for a path where nothing is.
    :param sysctls: ``vm.max_map_count`` → its value, blanks folded to one; None for one that this kernel has not.
    :param cron: all crontab lines, those that cron passes over among them.
    :param units: unit → what systemd says of it.
    :param engine: its container engine, None where it was not asked.
    :param places: path → what it is on, None for a path where nothing is.
    """

    machine_id: str | Unreadable
    kernel: str | Unreadable
    timezone: str | Unreadable
    mounts: Mapping[str, Mount | Unreadable | None] = field(default_factory=dict)
    sysctls: Mapping[str, str | Unreadable | None] = field(default_factory=dict)
    cron: tuple[CronLine, ...] | Unreadable = ()
    units: Mapping[str, Unit | Unreadable] = field(default_factory=dict)
    engine: Engine | Unreadable | None = None
    places: Mapping[str, Place | Unreadable | None] = field(default_factory=dict)
