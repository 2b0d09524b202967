"""Misfits in a file that has other mistakes too, so that all of them are told at once."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ValidationError

from seatrial.spec import models
from seatrial.spec.gathering import Path
from seatrial.spec.references import misfits

_PARTS: dict[str, type[BaseModel]] = {
    "processes": models.ProcessSpec,
    "ports": models.PortSpec,
    "registered": models.RegistrationSpec,
    "logs": models.LogSpec,
    "files": models.FileSpec,
    "status": models.StatusSpec,
    "watchdog": models.WatchdogSpec,
    "locate": models.Locator,
}


def loose_misfits(value: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    """Path in the file, and what does not fit there, as far as its parts can be read one by one.

    :param value: the plain values of a file that as a whole is wrong.
    """
    services = value.get("services")
    for name, service in services.items() if isinstance(services, dict) else ():
        if not isinstance(service, dict):
            continue
        if service.get("registered") and "zookeeper" not in value:
            yield ("services", name, "registered"), models.NO_REGISTRY
        for path, text in misfits(_read(service)):
            yield ("services", name, *path), text


def _read(service: dict[str, Any]) -> dict[str, Any]:
    parts = {key: _part(model, service[key]) for key, model in _PARTS.items() if key in service}
    return {**parts, "instances": service.get("instances", 1)}


def _part(model: type[BaseModel], value: Any) -> Any:
    if isinstance(value, list):
        return [_one(model, item) for item in value]
    if model is models.RegistrationSpec:
        return [_one(model, value)]
    return _one(model, value) if model in (models.WatchdogSpec, models.Locator) else None


def _one(model: type[BaseModel], value: Any) -> Any:
    try:
        return model.model_validate(value)
    except ValidationError:
        return None
