"""One line of the engine's list of containers, and whether a locator means it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from seatrial.errors import CutShort
from seatrial.sanitise import clean
from seatrial.spec.locator import Locator

PROJECT = "com.docker.compose.project"
SERVICE = "com.docker.compose.service"
NUMBER = "com.docker.compose.container-number"
ONE_OFF = "com.docker.compose.oneoff"

LIVE = ("running", "paused", "restarting")
"""States in which a container is there; the others only left something behind."""

_TRAILING = re.compile(r"(\d{1,6})$")
_DIGEST = re.compile(r"(?:sha256:)?[0-9a-f]{12,64}")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A container as the engine lists it (Engine API, ``GET /containers/json``).

    :param image: the reference it was created from; an image id where that reference means another image by now.
    :param created: seconds since the epoch.
    """

    id: str
    name: str
    state: str
    image: str
    labels: Mapping[str, str]
    created: int

    @property
    def live(self) -> bool:
        """Whether it is there, not only left behind."""
        return self.state in LIVE

    @property
    def project(self) -> str:
        """Compose project, empty where compose did not make it."""
        return self.labels.get(PROJECT, "")

    @property
    def compose_number(self) -> int | None:
        """Compose's number of it, from 1."""
        text = self.labels.get(NUMBER, "")
        return int(text) if text.isascii() and text.isdigit() else None

    @property
    def trailing_number(self) -> int | None:
        """The number at the end of its name."""
        found = _TRAILING.search(self.name)
        return int(found[1]) if found else None

    @property
    def image_is_an_id(self) -> bool:
        """Whether the list hides the reference, since that means another image by now."""
        return _DIGEST.fullmatch(self.image) is not None

    def __str__(self) -> str:
        return f"{self.name} ({self.state})"


def candidate(row: Mapping[str, Any]) -> Candidate:
    """Read one line of the list.

    :raises CutShort: when it is not what the API says.
    """
    try:
        # A linked container has further names with two slashes.
        own = min(row["Names"], key=lambda name: name.count("/"))
        labels = {str(key): str(value) for key, value in (row["Labels"] or {}).items()}
        return Candidate(row["Id"], own.removeprefix("/"), row["State"], row["Image"], labels, int(row["Created"]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CutShort(f"the engine's list has a line that is not what its API says: {clean(error)}") from error


def meant(locator: Locator, found: Candidate, reference: Callable[[Candidate], str]) -> bool:
    """Whether a locator means a container: all that it gives must hold, and a one-off run of compose is never meant.

    :param reference: tells the image reference that a container was created with.
    """
    return (
        found.labels.get(ONE_OFF) != "True"
        and locator.compose_service in (None, found.labels.get(SERVICE))
        and locator.compose_project in (None, found.project)
        and (locator.name is None or fnmatchcase(found.name, locator.name.removeprefix("/")))
        and (locator.names is None or found.name in {name.removeprefix("/") for name in locator.names})
        and (locator.label is None or _has_label(found, locator.label))
        and (locator.image is None or normal(reference(found)) == normal(locator.image))
    )


def normal(reference: str) -> str:
    """An image reference with its defaults written out: ``redis`` is ``docker.io/library/redis:latest``."""
    first, slash, _ = reference.partition("/")
    if not slash:
        reference = f"docker.io/library/{reference}"
    elif "." not in first and ":" not in first and first != "localhost":
        reference = f"docker.io/{reference}"
    name = reference.rpartition("/")[2]
    return reference if ":" in name or "@" in name else f"{reference}:latest"


def _has_label(found: Candidate, label: str) -> bool:
    key, separator, value = label.partition("=")
    return key in found.labels and (not separator or found.labels[key] == value)
