"""What every host of a service must be: clock, kernel, disks, users, units, cron lines, engine."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from seatrial.spec.cron import CronSpec, folded
from seatrial.spec.disk import DiskSpec
from seatrial.spec.expectation import Expectation
from seatrial.spec.scalars import Duration, comparison, one_line
from seatrial.spec.unit import UnitSpec
from seatrial.spec.user import UserSpec
from seatrial.spec.version import Version
from seatrial.yamltree.gathering import Path

LISTS = ("disks", "users", "units", "cron")


def zone(name: str) -> str:
    """Check that a text has the form of a name in the tz database.

    :raises ValueError: for an offset such as ``+08:00``, and anything else.
    """
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,2}", name):
        raise ValueError(f"{name!r} is no name of a time zone; write one such as Asia/Shanghai or UTC")
    return name


def parameter(name: str) -> str:
    """Check that a text is the name of a kernel parameter, with dots or slashes (sysctl(8)).

    :raises ValueError: where it is none.
    """
    if not re.fullmatch(r"[a-z][A-Za-z0-9_]*(?:[./][A-Za-z0-9_:@-]+)+", name):
        raise ValueError(f"{name!r} is no name of a kernel parameter; write one such as vm.max_map_count")
    return name


def setting(value: Any) -> str | int | float:
    """Check what a kernel parameter is expected to be, by :func:`seatrial.spec.scalars.comparison`; fold its blanks.

    :raises ValueError: for true and false, which the kernel writes as 1 and 0, and for what is no single value.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float) or value == "":
        raise ValueError("must be a number, a text, or a comparison such as '>= 262144'")
    comparison(value)
    return folded(one_line(value)) if isinstance(value, str) else value


Zone = Annotated[str, AfterValidator(zone)]
Parameter = Annotated[str, AfterValidator(parameter)]
Setting = Annotated[
    str | int | float, BeforeValidator(setting), WithJsonSchema({"type": ["string", "number"], "minLength": 1})
]


class HostSpec(Expectation):
    """What every host of the service must be."""

    clock: Duration = Field(5.0, description="most that its clock may differ from ours; `on: ssh` only")
    kernel: Version | None = Field(None, description="release of its kernel, a comparison of versions: '>= 3.10'")
    timezone: Zone | None = Field(None, description="its time zone: Asia/Shanghai")
    sysctl: dict[Parameter, Setting] = Field(
        {}, description="kernel parameter → value, or a comparison such as '>= 262144'"
    )
    disks: tuple[DiskSpec, ...] = Field((), description="filesystems that must be mounted")
    users: tuple[UserSpec, ...] = Field((), description="users that it must have")
    units: tuple[UnitSpec, ...] = Field((), description="systemd units that it must have")
    cron: tuple[CronSpec, ...] = Field((), description="lines that its crontabs must hold")
    engine: Version | None = Field(
        None, description="version of its container engine, a comparison of versions: '>= 20.10'"
    )


def host_misfits(service: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """Path inside a service, and what does not fit there.

    :param service: the models that could be read, by key; a list has None where an item could not.
    """
    host, kind, locate = service.get("host"), service.get("on"), service.get("locate")
    if not isinstance(host, HostSpec) or not host.model_fields_set:
        return
    if kind == "docker" or (kind == "local" and locate and not locate.machine):
        found = "containers" if kind == "docker" else "processes of this machine"
        yield ("host",), f"is what hosts must be, and these are {found}; it fits on: ssh, or locate: {{machine: true}}"
    if kind == "local" and "clock" in host.model_fields_set:
        yield ("host", "clock"), "is compared with the clock of this machine, which is its own; leave it out"
    for kind_of_item in LISTS:
        names = [item.name for item in getattr(host, kind_of_item)]
        for at, name in enumerate(names):
            if name in names[:at]:
                yield ("host", kind_of_item, at), f"{kind_of_item} has {name!r} twice"
