"""One deployment file about many containers: a service for each, so that one run looks at all of them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import yaml
from pydantic import ValidationError

from seatrial.spec.service import ServiceSpec

from .box import Box
from .row import Situation

Mapped = dict[str, object]


@dataclass(frozen=True)
class Place:
    """A container, held against the file of a situation, as a service with a name of its own."""

    service: str
    held_against: Situation
    box: Box

    @property
    def mapped(self) -> Mapped:
        """What the file says of that service."""
        return {**_said(self.held_against, self.box), "locate": {"names": [self.box.name]}}


def _said(situation: Situation, box: Box) -> Mapped:
    said = situation.service
    if said is None:
        return dict(yaml.safe_load(situation.file.format(name=box.name))["services"]["app"])
    return dict(said(box) if callable(said) else said)


def service_name(situation: Situation, suffix: str = "") -> str:
    """``H09 no name`` → ``h09-no-name``."""
    return re.sub(r"[^a-z0-9]+", "-", situation.id.lower()).strip("-") + suffix


def compose(places: Iterable[Place]) -> str:
    """The deployment file."""
    services = {place.service: place.mapped for place in places}
    return yaml.safe_dump({"deployment": "faults", "services": services}, sort_keys=False, allow_unicode=True)


def mistake(place: Place) -> str:
    """What is wrong with one service, which would make the whole file unusable; empty where nothing is."""
    try:
        ServiceSpec.model_validate(place.mapped)
    except ValidationError as error:
        return str(error)
    return ""
