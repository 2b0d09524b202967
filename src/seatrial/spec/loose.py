"""Misfits in a file that has other mistakes too, so that all of them are told at once."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ValidationError

from seatrial.spec.container import ContainerSpec
from seatrial.spec.deployment import NO_REGISTRY
from seatrial.spec.file import FileSpec
from seatrial.spec.host import HostSpec
from seatrial.spec.listed import ListedSpec
from seatrial.spec.locator import Locator
from seatrial.spec.log import LogSpec
from seatrial.spec.port import PortSpec
from seatrial.spec.process import ProcessSpec
from seatrial.spec.references import misfits
from seatrial.spec.registration import RegistrationSpec
from seatrial.spec.space import SpaceSpec
from seatrial.spec.status import StatusSpec
from seatrial.spec.tomcat import TomcatSpec
from seatrial.spec.watchdog import WatchdogSpec
from seatrial.yamltree.gathering import Path

_PARTS: dict[str, type[BaseModel]] = {
    "processes": ProcessSpec,
    "ports": PortSpec,
    "registered": RegistrationSpec,
    "listed": ListedSpec,
    "logs": LogSpec,
    "files": FileSpec,
    "space": SpaceSpec,
    "status": StatusSpec,
    "watchdog": WatchdogSpec,
    "tomcat": TomcatSpec,
    "locate": Locator,
    "container": ContainerSpec,
    "host": HostSpec,
}


def loose_misfits(value: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    """Path in the file, and what does not fit there, as far as its parts can be read one by one.

    :param value: the plain values of a file that as a whole is wrong.
    """
    services = value.get("services")
    for name, service in services.items() if isinstance(services, dict) else ():
        if not isinstance(service, dict):
            continue
        for key in ("registered", "listed"):
            if service.get(key) and "zookeeper" not in value:
                yield ("services", name, key), NO_REGISTRY
        for path, text in misfits(_read(service)):
            yield ("services", name, *path), text


def _read(service: dict[str, Any]) -> dict[str, Any]:
    parts = {key: _part(model, service[key]) for key, model in _PARTS.items() if key in service}
    plain = {"instances": service.get("instances", 1), "on": service.get("on", "docker"), "image": service.get("image")}
    plain["docker"] = service.get("docker")
    return {**parts, **plain}


def _part(model: type[BaseModel], value: Any) -> Any:
    if isinstance(value, list):
        return [_one(model, item) for item in value]
    if model in (RegistrationSpec, ListedSpec):
        return [_one(model, value)]
    return _one(model, value) if model in (WatchdogSpec, TomcatSpec, Locator, ContainerSpec, HostSpec) else None


def _one(model: type[BaseModel], value: Any) -> Any:
    try:
        return model.model_validate(value)
    except ValidationError:
        return None
