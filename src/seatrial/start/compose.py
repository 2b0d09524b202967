"""An ordinary compose file, of which a documented subset is played; every other key is refused by name."""

import graphlib
import os
import re
from collections.abc import Mapping
from pathlib import Path

from seatrial.start.fields import Field, unknown
from seatrial.start.model import ComposeProject, ComposeService, Network
from seatrial.start.mounts import volume_name
from seatrial.start.notation import boolean, choice, named
from seatrial.start.services import Surroundings, service
from seatrial.start.source import read_source
from seatrial.yamltree.gathering import Mistakes

_project_name = named(r"[a-z0-9][a-z0-9_-]{0,62}", "project name")
_service_name = named(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", "service name")
_network_name = named(r"[A-Za-z0-9][A-Za-z0-9_.-]*", "network name")


def read_compose(path: Path, environ: Mapping[str, str] | None = None) -> ComposeProject:
    """Read a compose file.

    :param path: the file; relative paths in it begin at its folder.
    :param environ: variables for ``${NAME}``, the process's own by default.
    :raises SpecError: with every mistake of the file at once.
    """
    environ = os.environ if environ is None else environ
    mistakes = Mistakes(str(path))
    root = read_source(path, environ, mistakes)
    around = Surroundings(path.resolve().parent, environ)
    project = _project(Field("compose file", root, mistakes), path.resolve(), around)
    mistakes.raise_any()
    return project


def _project(root: Field, path: Path, around: Surroundings) -> ComposeProject:
    keys = {key: Field(key, field.node, root.mistakes) for key, field in _top(root).items()}
    fields = keys["services"].entries() if "services" in keys else {}
    if not fields:
        root.complain("services are missing")
    services = tuple(service(_named(name, _service_name, field), field, around) for name, field in fields.items())
    networks = tuple(_network(name, field) for name, field in _entries(keys, "networks"))
    volumes = tuple(_volume(name, field) for name, field in _entries(keys, "volumes"))
    name = keys["name"].read(_project_name, "") if "name" in keys else _folder_name(root, path)
    for one in services:
        _check_names(one, fields, [network.name for network in networks], volumes)
    _check_order(services, fields)
    _check_images(services, fields)
    return ComposeProject(name, path, services, _used_networks(services, networks), _used_volumes(services))


def _top(root: Field) -> dict[str, Field]:
    return root.keys(("name", "services", "networks", "volumes"))


def _entries(keys: Mapping[str, Field], key: str) -> list[tuple[str, Field]]:
    return list(keys[key].entries().items()) if key in keys else []


def _named(name: str, notation: object, field: Field) -> str:
    assert callable(notation)
    try:
        notation(name)
    except ValueError as error:
        field.complain(str(error))
    return name


def _folder_name(root: Field, path: Path) -> str:
    name = re.sub(r"[^a-z0-9_-]", "", path.parent.name.lower()).lstrip("_-")[:63]
    if not name:
        root.complain(f"the folder's name {path.parent.name!r} makes no project name; write name: at the top")
    return name


def _network(name: str, field: Field) -> Network:
    _named(name, _network_name, field)
    keys = field.keys(("driver", "internal"))
    driver = keys["driver"].read(choice("bridge"), "bridge") if "driver" in keys else "bridge"
    return Network(name, driver, keys["internal"].read(boolean, False) if "internal" in keys else False)


def _volume(name: str, field: Field) -> str:
    keys = field.keys(("driver",))
    if "driver" in keys:
        keys["driver"].read(choice("local"), "")
    return _named(name, volume_name, field)


def _check_names(
    one: ComposeService, fields: Mapping[str, Field], networks: list[str], volumes: tuple[str, ...]
) -> None:
    field = fields[one.name]
    for attachment in one.networks:
        if attachment.network not in (*networks, "default", ""):
            field.complain(unknown("network", attachment.network, (*networks, "default")))
    for mount in one.volumes:
        if mount.kind == "volume" and mount.source and mount.source not in volumes:
            field.complain(unknown("volume", mount.source, volumes) + "; declare it under volumes: at the top")
    for dependency in one.depends_on:
        if dependency.service and dependency.service not in fields:
            field.complain(unknown("service in depends_on", dependency.service, fields))


def _check_order(services: tuple[ComposeService, ...], fields: Mapping[str, Field]) -> None:
    unprobed = {one.name for one in services if one.healthcheck and one.healthcheck.disabled}
    for one in services:
        for dependency in one.depends_on:
            if dependency.healthy and dependency.service in unprobed:
                fields[one.name].complain(
                    f"waits for {dependency.service} to be healthy, whose healthcheck is disabled"
                )
    try:
        graphlib.TopologicalSorter({one.name: [d.service for d in one.depends_on] for one in services}).prepare()
    except graphlib.CycleError as error:
        circle = error.args[1]
        fields[circle[0]].complain(f"depends_on goes in a circle: {' -> '.join(reversed(circle))}")


def _check_images(services: tuple[ComposeService, ...], fields: Mapping[str, Field]) -> None:
    first: dict[str, ComposeService] = {}
    for one in services:
        if one.image and one.build and first.setdefault(one.image, one).build != one.build:
            fields[one.name].complain(f"builds image {one.image} otherwise than {first[one.image].name} does")


def _used_networks(services: tuple[ComposeService, ...], declared: tuple[Network, ...]) -> tuple[Network, ...]:
    known = {network.name: network for network in (Network("default"), *declared)}
    used = dict.fromkeys(attachment.network for one in services for attachment in one.networks)
    return tuple(known[name] for name in used if name in known)


def _used_volumes(services: tuple[ComposeService, ...]) -> tuple[str, ...]:
    mounts = [mount for one in services for mount in one.volumes]
    return tuple(dict.fromkeys(mount.source for mount in mounts if mount.kind == "volume" and mount.source))
