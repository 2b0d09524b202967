"""The reference of the deployment file, written from the models, so that it cannot say anything else than they do."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from seatrial.spec.container import (
    ContainerSpec,
    DriftSpec,
    LimitsSpec,
    MountSpec,
    NetworkSpec,
    SecuritySpec,
)
from seatrial.spec.cron import CronSpec
from seatrial.spec.deployment import ZooKeeperSpec
from seatrial.spec.disk import DiskSpec
from seatrial.spec.docker import DockerSpec, TlsSpec
from seatrial.spec.expectation import Expectation, Waiver
from seatrial.spec.file import FileSpec
from seatrial.spec.file_model import Defaults, DeploymentFile, Environment
from seatrial.spec.host import HostSpec
from seatrial.spec.inventory.hosts import Columns, HostsSpec, NamedHost
from seatrial.spec.java import HeapSpec, JavaSpec
from seatrial.spec.listed import ListedSpec
from seatrial.spec.locator import Locator
from seatrial.spec.log import LogSpec, Pattern
from seatrial.spec.moment import MomentsSpec
from seatrial.spec.port import Conversation, PortSpec
from seatrial.spec.process import ArgumentSpec, CpuSpec, ProcessSpec
from seatrial.spec.registration import RegistrationSpec
from seatrial.spec.schema import json_schema
from seatrial.spec.service import ServiceSpec
from seatrial.spec.space import SpaceSpec
from seatrial.spec.ssh import SshSpec
from seatrial.spec.status import HttpStatus, StatusSpec
from seatrial.spec.tomcat import TomcatSpec
from seatrial.spec.unit import UnitSpec
from seatrial.spec.user import UserSpec
from seatrial.spec.watchdog import Heartbeat, WatchdogSpec

PLANS: dict[str, dict[str, str]] = {
    "SshSpec": {"sudo": "`access.sudo`"},
    "ServiceSpec": {
        "on": "over SSH, `host.route`, `host.reach`, `host.identity` and `access.shell`",
        "instances": "`instances`",
        "locate": "`container.state`, `container.stable` and `container.oom`",
        "image": "`container.image`",
    },
    "ContainerSpec": {
        "health": "`container.health`",
        "image_digest": "`container.image`",
        "image_id": "`container.image`",
        "max_restarts": "`container.restarts`",
        "started": "`container.started`",
        "created": "`container.created`",
        "restart_policy": "`container.policy`",
        "networks": "`container.network`",
        "user": "`container.user`",
        "security": "`container.security`",
        "limits": "`container.limits`",
        "env": "`container.env`",
        "hostname": "`container.hostname`",
        "labels": "`container.labels`",
        "drift": "`container.drift`",
        "timezone": "`container.timezone`",
    },
    "MountSpec": {"path": "`container.mount`"},
    "HostSpec": {
        "clock": "`host.clock`",
        "kernel": "`host.kernel`",
        "timezone": "`host.timezone`",
        "sysctl": "`host.sysctl`, one for each",
        "engine": "`engine.version`",
    },
    "DiskSpec": {"mount": "`host.disk`"},
    "UserSpec": {"name": "`host.user`"},
    "UnitSpec": {"unit": "`host.unit`"},
    "CronSpec": {"line": "`host.cron`; below `container`, `container.cron`"},
    "ProcessSpec": {
        "count": "`process.count`; unless it is 0, `process.state`, `process.stable` and `process.exe` too",
        "user": "`process.user`",
        "argv": "`process.argv`",
        "pidfile": "`process.pidfile`",
        "parent": "`process.parent`",
        "release": "`process.release`",
        "libraries": "`process.libraries`",
        "fds": "`process.fds`",
        "limits": "`process.limits`",
        "env": "`process.env`",
        "started": "`process.started`",
        "cpu": "`process.cpu`",
        "properties": "`process.java`",
        "heap": "`process.java`",
    },
    "PortSpec": {
        "port": "`port.bind`; for tcp without `answer`, `port.accept` too",
        "owner": "`port.owner`",
        "answer": "`port.answer`, over UDP `port.udp`",
        "published": "`port.mapping` and, but for UDP without `answer`, `port.published`",
        "opens_within": "`port.wait`",
        "reach": "`port.reach`",
        "only": "`port.extra`",
    },
    "RegistrationSpec": {"path": "`zk.node`", "data": "`zk.data`", "ephemeral": "`zk.ephemeral`"},
    "ListedSpec": {"node": "`zk.listed`"},
    "TomcatSpec": {"base": "`tomcat.connector`", "contexts": "`tomcat.context`, one for each"},
    "WatchdogSpec": {"watches": "`watchdog.alive`, `watchdog.target`", "heartbeat": "`watchdog.beat`"},
    "LogSpec": {"path": "`log.present`", "docker": "`log.present`", "deny": "`log.clean`", "fresh": "`log.fresh`"},
    "FileSpec": {"path": "`file.state`"},
    "SpaceSpec": {"free": "`fs.space`", "inodes": "`fs.inodes`", "writable": "`fs.rw`"},
    "StatusSpec": {"expect": "`status.value`, one for each key"},
}
"""Which checks a key asks for, by model."""

_PLACES: tuple[tuple[type[BaseModel], str], ...] = (
    (DeploymentFile, "The file"),
    (DockerSpec, "`docker`"),
    (TlsSpec, "`docker`: `tls`"),
    (ZooKeeperSpec, "`zookeeper`"),
    (HostsSpec, "`hosts`"),
    (Columns, "`hosts`: `columns`"),
    (NamedHost, "`hosts`: `named.NAME`"),
    (SshSpec, "`ssh`"),
    (ServiceSpec, "`services.NAME`"),
    (Locator, "`locate`"),
    (ContainerSpec, "`container`"),
    (MountSpec, "`container`: `mounts`, a list"),
    (NetworkSpec, "`container`: `networks`, a list"),
    (SecuritySpec, "`container`: `security`"),
    (LimitsSpec, "`container`: `limits`"),
    (DriftSpec, "`container`: `drift`"),
    (MomentsSpec, "`started` and `created`"),
    (HostSpec, "`host`"),
    (DiskSpec, "`host`: `disks`, a list"),
    (UserSpec, "`host`: `users`, a list"),
    (UnitSpec, "`host`: `units`, a list"),
    (CronSpec, "`host` and `container`: `cron`, a list"),
    (ProcessSpec, "`processes`, a list"),
    (ArgumentSpec, "`processes`: an item of `argv`"),
    (CpuSpec, "`processes`: `cpu`"),
    (JavaSpec, "`processes`: `java`"),
    (HeapSpec, "`processes`: `heap`"),
    (PortSpec, "`ports`, a list"),
    (Conversation, "`ports`: `answer`"),
    (RegistrationSpec, "`registered`, one or a list"),
    (ListedSpec, "`listed`, one or a list"),
    (TomcatSpec, "`tomcat`"),
    (WatchdogSpec, "`watchdog`"),
    (Heartbeat, "`watchdog`: `heartbeat`"),
    (LogSpec, "`logs`, a list"),
    (Pattern, "`logs`: `deny` and `allow`, lists"),
    (FileSpec, "`files`, a list"),
    (SpaceSpec, "`space`, a list"),
    (StatusSpec, "`status`, a list"),
    (HttpStatus, "`status`: `http`"),
    (Defaults, "`defaults`"),
    (Environment, "`environments.NAME`"),
    (Expectation, "Every expectation, and every service"),
    (Waiver, "`waive`"),
)


def reference() -> str:
    """Markdown: a table of keys for each part of the file."""
    return "\n".join(line for model, title in _PLACES for line in _section(model, title))


def _section(model: type[BaseModel], title: str) -> Iterator[str]:
    common = set() if model is Expectation else set(Expectation.model_fields)
    plans = PLANS.get(model.__name__)
    yield from (f"### {title}", "", (model.__doc__ or "").partition("\n")[0], "")
    yield "| key | default | meaning |" + (" plans |" if plans else "")
    yield "|---|---|---|" + ("---|" if plans else "")
    for key, field in model.model_fields.items():
        if key not in common or not issubclass(model, Expectation):
            planned = f" {plans.get(key, '')} |" if plans else ""
            yield f"| `{key}` | {_default(model, key, field)} | {_meaning(model, key, field)} |{planned}"
    yield ""


def _default(model: type[BaseModel], key: str, field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    default: Any = field.default
    if default is None or default in ("", (), {}) or isinstance(default, BaseModel):
        return ""
    written = _property(model, key).get("default", default)
    return f"`{str(written).lower() if isinstance(written, bool) else written}`"


def _property(model: type[BaseModel], key: str) -> dict[str, Any]:
    schema = json_schema()
    definition = schema if model is DeploymentFile else schema["$defs"].get(model.__name__, {})
    forms = [definition, *definition.get("anyOf", ())]
    found: dict[str, Any] = next((form["properties"][key] for form in forms if key in form.get("properties", {})), {})
    return found


def _meaning(model: type[BaseModel], key: str, field: FieldInfo) -> str:
    told = (field.description or "").replace("|", "\\|").replace("*", "\\*")
    choices = _choices(_property(model, key))
    return f"{told}: {', '.join(f'`{choice}`' for choice in choices)}" if choices else told


def _choices(field: dict[str, Any]) -> list[str]:
    forms = [field, *field.get("anyOf", ())]
    listed = [choice for form in forms for choice in form.get("enum", ())]
    return listed or [form["const"] for form in forms if isinstance(form.get("const"), str)]
