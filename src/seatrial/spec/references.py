"""Whether the names in one service fit each other: what pydantic's field by field reading cannot see."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from seatrial.spec.host import host_misfits
from seatrial.spec.locator import KEYS
from seatrial.spec.registration import PLACEHOLDERS
from seatrial.yamltree.gathering import Path

_OF_CONTAINERS = (
    ("ports", "published"),
    ("ports", "reach"),
    ("logs", "docker"),
    ("registered", "network"),
    ("listed", "network"),
)

KINDS = ("processes", "ports", "registered", "listed", "logs", "files", "space", "status")


def misfits(service: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """Path inside the service, and what is wrong there.

    :param service: the models that could be read, by key; a list has None where an item could not.
    """
    for kind in KINDS:
        yield from _twice(kind, [item and item.name for item in _items(service, kind)])
    yield from _status_twice(_items(service, "status"))
    yield from _cron_twice(service.get("container"))
    yield from _unknown_processes(service)
    yield from _slot_names(service)
    yield from _alike(service)
    yield from _of_containers(service)
    yield from host_misfits(service)


def _items(service: Mapping[str, Any], kind: str) -> Sequence[Any]:
    return service.get(kind) or ()


def _twice(kind: str, names: list[str | None]) -> Iterator[tuple[Path, str]]:
    for at, name in enumerate(names):
        if name is not None and name in names[:at]:
            yield (kind, at), f"{kind} has {name!r} twice; give each a name of its own"


def _status_twice(items: Sequence[Any]) -> Iterator[tuple[Path, str]]:
    """Name and key are joined by a dot in check ids."""
    seen: set[str] = set()
    for at, item in enumerate(items):
        ids = {f"{item.name}.{key}" for key in item.expect} if item else set()
        if seen & ids:
            yield ("status", at), f"another status is called {sorted(seen & ids)[0]!r} too; give this one another name"
        seen |= ids


def _cron_twice(container: Any) -> Iterator[tuple[Path, str]]:
    names = [line.name for line in getattr(container, "cron", ())]
    for at, name in enumerate(names):
        if name in names[:at]:
            yield ("container", "cron", at), f"cron has {name!r} twice; give each a name of its own"


def _unknown_processes(service: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    processes = _items(service, "processes")
    if None in processes:
        return
    known = sorted(process.name for process in processes)
    for at, port in enumerate(_items(service, "ports")):
        if port and port.owner and port.owner not in known:
            yield ("ports", at, "owner"), _unknown(port.owner, known)
    for at, process in enumerate(processes):
        if process.parent and process.parent not in known:
            yield ("processes", at, "parent"), _unknown(process.parent, known)
        if process.parent == process.name:
            yield ("processes", at, "parent"), f"{process.name!r} cannot be its own parent"
    watchdog, tomcat = service.get("watchdog"), service.get("tomcat")
    if watchdog and watchdog.watches not in known:
        yield ("watchdog", "watches"), _unknown(watchdog.watches, known)
    if tomcat and tomcat.process and tomcat.process not in known:
        yield ("tomcat", "process"), _unknown(tomcat.process, known)


def _unknown(name: str, known: Sequence[str]) -> str:
    return f"{name!r} is none of the processes of this service: {', '.join(known) or 'it declares none'}"


def _slot_names(service: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    locate, instances = service.get("locate"), service.get("instances")
    if locate and locate.hosts and len(set(locate.hosts)) < len(locate.hosts):
        yield ("locate", "hosts"), "a host is named twice; each fills one slot"
    names = locate.names if locate else None
    if names is None:
        return
    if len(set(names)) < len(names):
        yield ("locate", "names"), "a container is named twice; each fills one slot"
    if isinstance(instances, int) and len(names) != instances:
        yield ("locate", "names"), f"found {len(names)} names for instances: {instances}; there must be one for each"


def _of_containers(service: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """What only an engine can tell is not asked of this machine, and neither kind is found by the other's keys."""
    kind, locate = service.get("on"), service.get("locate")
    if kind not in KEYS:
        return
    if locate and kind not in locate.kinds:
        other = locate.kinds[0] if locate.kinds else ""
        found, way_out = (f"has keys of on: {other}", f"; or say on: {other}") if other else ("is empty", "")
        yield ("locate",), f"{found}; for on: {kind} give {', '.join(KEYS[kind])}{way_out}"
    if kind == "docker":
        return
    instances = service.get("instances")
    one = "this machine" if locate and locate.machine else _one_file(locate)
    if one and isinstance(instances, int) and instances != 1:
        yield ("instances",), f"found {instances}, but {one} is one instance"
    container = service.get("container")
    given: list[Path] = [(key,) for key in ("docker", "image") if service.get(key) is not None]
    given += [("container",)] if container and container.model_fields_set else []
    for list_, key in _OF_CONTAINERS:
        given += [(list_, at, key) for at, item in enumerate(_items(service, list_)) if item and getattr(item, key)]
    for path in given:
        yield path, f"is a fact of containers, which on: {kind} does not have; leave it out"


def _one_file(locate: Any) -> str:
    """The only file that a locator means, empty where it means several or none."""
    path = (locate.pidfile or locate.namespace or "") if locate else ""
    return "" if any(sign in path for sign in "*?[") else str(path)


def _alike(service: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """What says the same of all instances tells them not apart: one node or entry would do for all."""
    instances = service.get("instances")
    for list_, key, noun in (("registered", "data", "node"), ("listed", "entry", "entry")):
        for at, item in enumerate(_items(service, list_)):
            said = getattr(item, key) if item else ""
            own = not item or any(mark in said for mark in PLACEHOLDERS)
            if not own and isinstance(instances, int) and instances > 1:
                text = f"is the same for all {instances} instances, so one {noun} would do for all"
                yield (list_, at, key), f"{said!r} {text}; use {' or '.join(PLACEHOLDERS)}"
