"""Small factories: a fleet of healthy hosts behind a jump host, and what one test changes of them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from seatrial.host import Access, CronLine, Engine, HostFacts, Itself, Mount, Stage, Trouble, Unit
from seatrial.instance import Machine
from seatrial.judges import judge
from seatrial.plan import make_plan
from seatrial.snapshot import ServiceFacts, SlotFacts, Snapshot
from seatrial.spec.check import Check
from seatrial.spec.deployment import DeploymentSpec
from seatrial.transports.declared import of_inside
from seatrial.verdicts import Verdict

from .facts import NOW, inside, process

GIB = 1024**3
KEY = "SHA256:abc"
BASTION = "bastion 172.17.0.2:22"
CRON_LINE = "*/5 * * * * /opt/relay/check.sh"
HOST: dict[str, Any] = {
    "kernel": ">= 3.10",
    "timezone": "Asia/Shanghai",
    "sysctl": {"vm.max_map_count": ">= 262144", "net.ipv4.tcp_rmem": "4096 87380  6291456"},
    "disks": [
        {
            "mount": "/data",
            "source": "/dev/vdb1",
            "fstype": "ext4",
            "options": ["rw", "noatime"],
            "free": "10%",
            "inodes": "5%",
        }
    ],
    "users": [{"name": "relay", "uid": 1500}],
    "units": [{"unit": "relay", "enabled": True}],
    "cron": [{"line": CRON_LINE, "user": "root"}],
    "engine": ">= 20.10",
}
CRON = process(300, 1, comm="cron", argv=("/usr/sbin/cron", "-f"), exe="/usr/sbin/cron", uid=0)


def mount(point: str = "/data", **facts: Any) -> Mount:
    """A data disk of 40 GiB, half of it free."""
    usual: dict[str, Any] = {
        "source": "/dev/vdb1",
        "fstype": "ext4",
        "root": "/",
        "options": ("rw", "noatime"),
        "size": 40 * GIB,
        "free": 20 * GIB,
        "inodes": 1000,
        "inodes_free": 900,
    }
    return Mount(point, **{**usual, **facts})


ROOT = mount("/", source="/dev/vda1", options=("rw", "relatime"), size=20 * GIB)


def unit(**facts: Any) -> Unit:
    """A service that runs and is started at boot."""
    usual: dict[str, Any] = {"load": "loaded", "active": "active", "sub": "running", "enabled": "enabled"}
    return Unit("relay.service", **{**usual, **facts})


def machine(**facts: Any) -> HostFacts:
    """A host as declared."""
    usual: dict[str, Any] = {
        "machine_id": "0123",
        "kernel": "4.18.0-553.el8.x86_64",
        "timezone": "Asia/Shanghai",
        "mounts": {"/": ROOT, "/data": mount()},
        "sysctls": {"vm.max_map_count": "262144", "net.ipv4.tcp_rmem": "4096 87380 6291456"},
        "cron": (CronLine("/var/spool/cron/crontabs/root", "root", CRON_LINE),),
        "units": {"relay.service": unit()},
        "engine": Engine("20.10.24"),
    }
    return HostFacts(**{**usual, **facts})


def access(number: int = 0, **facts: Any) -> Access:
    """A host that was reached through the jump host, and answered within 0.4 s."""
    usual: dict[str, Any] = {
        "address": f"10.0.0.{number + 1}:22",
        "route": (BASTION,),
        "user": "deploy",
        "fingerprint": KEY,
        "sudo": True,
        "asked_at": NOW - 0.05,
        "answered_at": NOW + 0.35,
        "itself": Itself(f"relay-{number + 1}", f"id-{number}", (100 + number, f"boot-{number}"), 0),
    }
    return Access(f"relay-{number + 1}", **{**usual, **facts})


def trouble(stage: Stage, text: str = "it is so", *, wrong: bool = False) -> Access:
    """A host of which nothing more is known."""
    return access(trouble=Trouble(stage, text, wrong), asked_at=0.0, answered_at=0.0)


def on_host(number: int = 0, host: Mapping[str, Any] | None = None, **changes: Any) -> SlotFacts:
    """The facts of a healthy host.

    :param host: what is different of the machine itself.
    :param changes: what is different of all that was read inside.
    """
    usual: dict[str, Any] = {
        "clock": NOW + 0.01,
        "clock_last": NOW + 0.31,
        "processes": (process(1, 0, comm="systemd", exe="/usr/lib/systemd/systemd", argv=("/sbin/init",)), CRON),
        "users": {"root": 0, "relay": 1500},
        "hostname": f"relay-{number + 1}",
        "reader_uid": 0,
        "identity": (100 + number, f"boot-{number}"),
        "identity_last": (100 + number, f"boot-{number}"),
        "host": machine(**{"machine_id": f"id-{number}", **(host or {})}),
    }
    whole = {**usual, **changes}
    if "identity" in changes:
        whole["identity_last"] = changes["identity"]
    here = Machine(
        id=KEY,
        name=f"relay-{number + 1}",
        status="running",
        started_at=0.0,
        pid=1,
        hostname="",
        host=f"relay-{number + 1}",
    )
    return SlotFacts(f"relay.{number}", here, inside(**whole))


def fleet(*slots: SlotFacts, ways: Mapping[int, Access] | None = None) -> Snapshot:
    """A look at these hosts.

    :param ways: slot's number → how it was reached, where that is different.
    """
    reached = {f"relay.{number}": access(number) for number in range(max(len(slots), 1))}
    told = {slot.slot: of_inside([slot.inside]) for slot in slots}
    reached |= {slot: replace(reached.get(slot, access()), itself=itself) for slot, itself in told.items()}
    return Snapshot(
        taken_at=NOW,
        took_s=0.4,
        services={"relay": ServiceFacts("relay", tuple(slot.instance.name for slot in slots))},
        slots={slot.slot: slot for slot in slots},
        access=reached | {f"relay.{number}": way for number, way in (ways or {}).items()},
    )


def host_plan(instances: int = 1, **host: Any) -> tuple[Check, ...]:
    """The checks of hosts, with some keys of ``host:`` changed or, with None, left out."""
    kept = {key: value for key, value in {**HOST, **host}.items() if value is not None}
    service = {
        "on": "ssh",
        "locate": {"role": "relay"},
        "instances": instances,
        "host": kept,
        "processes": [{"exe": "systemd"}],
    }
    made = {"deployment": "p2p", "ssh": {"sudo": True}, "services": {"relay": service}}
    return make_plan(DeploymentSpec.model_validate(made)).checks


def ask_host(check_id: str, look: Snapshot | SlotFacts | None = None, **host: Any) -> Verdict:
    """The verdict of one check: ``host.kernel`` of slot 0, or a full id."""
    found = look if isinstance(look, Snapshot) else fleet(look or on_host())
    checks = {check.id: check for check in host_plan(len(found.access), **host)}
    return judge(checks[check_id if check_id in checks else f"relay.0/{check_id}"], found)


def with_host(**changes: Any) -> SlotFacts:
    """A healthy host with something different of the machine itself."""
    return on_host(host=changes)


def with_disk(**changes: Any) -> SlotFacts:
    """A healthy host whose data disk is different."""
    return with_host(mounts={"/": ROOT, "/data": replace(mount(), **changes)})
