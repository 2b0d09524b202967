"""Whether a machine is the one that the inventory means: images carry host keys, and addresses move."""

from collections.abc import Iterable

from seatrial.errors import CouldNotLook
from seatrial.host import Itself, Trouble
from seatrial.parsers.process import stat
from seatrial.sanitise import decode
from seatrial.snapshot import Inside, Unreadable
from seatrial.spec.inventory.host import Host

ENGINE_SOCKET = "/var/run/docker.sock"

_SCRIPT = """
exec 2>/dev/null
uname -n
echo "$(cat /etc/machine-id)"
echo "$(cat /proc/sys/kernel/random/boot_id)"
id -u
if [ ! -S "$1" ]; then echo absent; elif [ ! -w "$1" ]; then echo closed; else echo there; fi
cat /proc/1/stat
"""
DECLARED = ("sh", "-c", _SCRIPT, "sh", ENGINE_SOCKET)
"""Tells what the reader tells of a whole machine, for a host of which only containers are read, and of its engine."""

_NOTHING = Unreadable("it was not told")


def of_inside(insides: Iterable[Inside | Unreadable]) -> Itself | None:
    """What one of these looks read of the machine, None where none read it."""
    for inside in insides:
        if isinstance(inside, Inside) and inside.host is not None and inside.reader_uid is not None:
            return Itself(inside.hostname, inside.host.machine_id, inside.identity, inside.reader_uid)
    return None


def of_text(printed: bytes) -> tuple[Itself, str]:
    """What the command :data:`DECLARED` printed: the host itself, and how its engine's socket is.

    :returns: ``absent``, ``closed`` to who asked, or ``there``, as the second.
    :raises CouldNotLook: where it did not come to its end.
    """
    lines = decode(printed[:4000]).split("\n")
    if len(lines) < 6 or not lines[2]:
        raise CouldNotLook("it did not tell which boot of which machine it is")
    hostname, machine_id, boot_id, uid, socket = lines[:5]
    init = "\n".join(lines[5:])
    ticks = stat(init.encode()).start_ticks if init.strip() else 0
    user = int(uid) if uid.isascii() and uid.isdigit() else _NOTHING
    return Itself(hostname or _NOTHING, machine_id or _NOTHING, (ticks, boot_id), user), socket


def another(host: Host, told: Itself) -> Trouble | None:
    """Why this machine is not the declared one, or may not be.

    A host name can be changed, so with a different one it is open which machine this is; a machine-id is the machine.
    """
    where = f"the machine behind {host.address or host.name}"
    if host.machine_id and isinstance(told.machine_id, Unreadable):
        return Trouble("host.identity", f"the machine-id of {where} could not be read: {told.machine_id.reason}")
    if host.machine_id and told.machine_id != host.machine_id:
        text = f"{where} has machine-id {told.machine_id} and calls itself {told.hostname}"
        return Trouble("host.identity", f"{text}; the inventory says machine-id {host.machine_id}", wrong=True)
    if host.hostname and isinstance(told.hostname, Unreadable):
        return Trouble("host.identity", f"the name of {where} could not be read: {told.hostname.reason}")
    if host.hostname and not _same(host.hostname, str(told.hostname)):
        text = f"{where} calls itself {told.hostname}, the inventory says {host.hostname}"
        return Trouble("host.identity", f"{text}; either it is another machine, or its name was changed")
    return None


def _same(declared: str, told: str) -> bool:
    """Host names know no case (RFC 952), and a short one means the first part of a full one."""
    declared, told = declared.lower(), told.lower()
    return declared == told or ("." not in declared and declared == told.partition(".")[0])
