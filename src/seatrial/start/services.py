"""One service of a compose file, key by key."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from seatrial.spec.scalars import seconds
from seatrial.start.builds import build
from seatrial.start.fields import Field
from seatrial.start.healthchecks import healthcheck
from seatrial.start.model import Attachment, ComposeService, Dependency, Limits
from seatrial.start.mounts import mounts, tmpfs
from seatrial.start.notation import absolute, boolean, choice, cpus, named, restart, size, whole, words
from seatrial.start.pairs import hosts, labels, variables
from seatrial.start.ports import ports

Value = TypeVar("Value")
Reader = Callable[[Field], Any]

_MAX_REPLICAS = 1000
_GRACE_MOST_S = 600
_replicas = whole(0, _MAX_REPLICAS)
_pids = whole(1, 4_194_304)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a service's values depend on: the file's folder and the caller's variables."""

    folder: Path
    environ: Mapping[str, str]


def service(name: str, field: Field, around: Surroundings) -> ComposeService:
    """Read one service; every mistake goes to the field's problems."""
    readers = {**_READERS, **_around(around)}
    keys = field.keys((*readers, *_SHARED))
    values = {_NAMES.get(key, key): readers[key](keys[key]) for key in readers if key in keys}
    if "image" not in keys and "build" not in keys:
        field.complain("neither image nor build is given")
    deploy = _deploy(keys["deploy"]) if "deploy" in keys else {}
    made = ComposeService(
        name, **values, replicas=_once(keys, deploy, "scale", "replicas", _replicas, 1), limits=_limits(keys, deploy)
    )
    _check_shared_port(made, field)
    return made


def _texts(field: Field) -> tuple[str, ...]:
    return tuple(item.text() for item in field.items())


def _command(field: Field) -> tuple[str, ...]:
    if not field.listed:
        return field.read(words, ())
    found = tuple("" if item.null else _any_text(item) for item in field.items())
    if not found:
        field.complain("an empty list; leave the key out for the image's own")
    return found


def _any_text(field: Field) -> str:
    return field.read(str, "")


def _networks(field: Field) -> tuple[Attachment, ...]:
    if field.listed:
        return tuple(Attachment(item.text()) for item in field.items())
    return tuple(Attachment(name, _aliases(entry)) for name, entry in field.entries().items())


def _aliases(field: Field) -> tuple[str, ...]:
    keys = field.keys(("aliases",))
    return _texts(keys["aliases"]) if "aliases" in keys else ()


def _depends_on(field: Field) -> tuple[Dependency, ...]:
    if field.listed:
        return tuple(Dependency(item.text()) for item in field.items())
    return tuple(Dependency(name, _healthy(entry)) for name, entry in field.entries().items())


def _healthy(field: Field) -> bool:
    keys = field.keys(("condition",))
    if "condition" not in keys:
        field.complain("condition is missing; allowed: service_started, service_healthy")
        return False
    return keys["condition"].read(choice("service_started", "service_healthy"), "") == "service_healthy"


def _grace(text: str) -> float:
    value = seconds(text)
    if value > _GRACE_MOST_S:
        raise ValueError(f"{text!r} is more than {_GRACE_MOST_S}s")
    return value


def _reading(notation: Callable[[str], Any], otherwise: Any) -> Reader:
    return lambda field: field.read(notation, otherwise)


def _deploy(field: Field) -> dict[str, Field]:
    found = field.keys(("replicas", "resources"))
    resources = found.pop("resources", None)
    limits = resources.keys(("limits",)).get("limits") if resources else None
    return found | (limits.keys(("memory", "cpus", "pids")) if limits else {})


def _limits(keys: Mapping[str, Field], deploy: Mapping[str, Field]) -> Limits:
    return Limits(
        _once(keys, deploy, "mem_limit", "memory", size, 0),
        _once(keys, deploy, "cpus", "cpus", cpus, 0.0),
        _once(keys, deploy, "pids_limit", "pids", _pids, 0),
    )


def _once(
    keys: Mapping[str, Field],
    deploy: Mapping[str, Field],
    short: str,
    long: str,
    notation: Callable[[str], Value],
    otherwise: Value,
) -> Value:
    found = [given.read(notation, otherwise) for given in (keys.get(short), deploy.get(long)) if given]
    if len(set(found)) > 1:
        keys[short].complain(f"says something else than {deploy[long].path}; keep one of them")
    return found[0] if found else otherwise


def _check_shared_port(made: ComposeService, field: Field) -> None:
    fixed = [port.published for port in made.ports if port.published]
    if made.replicas > 1 and fixed:
        field.complain(
            f"{made.replicas} replicas cannot share the host's port {fixed[0]}; leave it out, so that each gets its own"
        )


def _around(around: Surroundings) -> dict[str, Reader]:
    return {
        "build": lambda field: build(field, around.folder, around.environ),
        "environment": lambda field: variables(field, around.environ),
        "volumes": lambda field: mounts(field, around.folder),
    }


_NAMES = {"stop_grace_period": "stop_grace_s"}
_SHARED = ("deploy", "scale", "mem_limit", "cpus", "pids_limit")
_READERS: dict[str, Reader] = {
    "image": _reading(named(r"[a-z0-9][\w./:@-]*", "image name"), ""),
    "command": _command,
    "entrypoint": _command,
    "hostname": _reading(named(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,61}[A-Za-z0-9])?", "host name"), ""),
    "networks": _networks,
    "ports": ports,
    "tmpfs": tmpfs,
    "depends_on": _depends_on,
    "healthcheck": healthcheck,
    "labels": labels,
    "restart": _reading(restart, None),
    "user": Field.text,
    "init": _reading(boolean, False),
    "stop_grace_period": _reading(_grace, 0.0),
    "stop_signal": _reading(named(r"(SIG)?[A-Z][A-Z0-9+-]*|\d{1,2}", "signal"), ""),
    "cap_add": _texts,
    "cap_drop": _texts,
    "extra_hosts": hosts,
    "working_dir": _reading(absolute, ""),
}
