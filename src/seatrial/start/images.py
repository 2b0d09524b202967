"""Images of a project: built once each, kept as a cache for the next run, or pulled where nothing builds them."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from docker import APIClient
from docker.errors import ImageNotFound
from docker.utils import parse_repository_tag

from seatrial.deadline import Deadline
from seatrial.errors import StartError
from seatrial.sanitise import clean
from seatrial.start.engine import CALL_S, asking
from seatrial.start.model import Build, ComposeProject

TAIL = 30
"""Lines of build output that a failure shows."""
_LINE = 300

Log = Callable[[str], None]


def image_works(
    compose: ComposeProject, client: APIClient, deadline: Deadline, log: Log
) -> dict[str, Callable[[], None]]:
    """What must be done before every image is there, by a short description; the pieces may run side by side.

    Builds of one context run one after the other, so that the later ones find the earlier ones' layers in the cache.
    """
    builds: dict[Build, list[str]] = {}
    for service in compose.services:
        if service.build:
            builds.setdefault(service.build, []).append(compose.tag(service))
    built = {tag for tags in builds.values() for tag in tags}
    wanted = {service.image for service in compose.services} - built - {""}
    works: dict[str, Callable[[], None]] = {
        f"building {context}": partial(_build_all, client, own, deadline, log)
        for context, own in _by_context(builds).items()
    }
    return works | {f"pulling {image}": partial(_provide, client, image, log) for image in wanted}


def _by_context(builds: Mapping[Build, list[str]]) -> dict[str, dict[Build, list[str]]]:
    contexts: dict[str, dict[Build, list[str]]] = {}
    for build, tags in builds.items():
        contexts.setdefault(build.context, {})[build] = list(dict.fromkeys(tags))
    return contexts


def _build_all(client: APIClient, builds: Mapping[Build, list[str]], deadline: Deadline, log: Log) -> None:
    for build, tags in builds.items():
        _build(client, build, tags, deadline, log)


def _build(client: APIClient, build: Build, tags: list[str], deadline: Deadline, log: Log) -> None:
    log(f"building {tags[0]}")
    what = f"image {tags[0]} cannot be built from {build.context}"
    with asking(what):
        events = client.build(
            path=build.context,
            dockerfile=build.dockerfile,
            target=build.target or None,
            buildargs=dict(build.args),
            tag=tags[0],
            rm=True,
            forcerm=True,
            decode=True,
            timeout=_silence(deadline),
        )
        image = _followed(what, events)
        for tag in tags[1:]:
            client.tag(image, *_repository(tag), force=True)


def _followed(what: str, events: Iterable[Any]) -> str:
    """Read a build to its end; the image's id arrives as the last but one event of a good one."""
    tail: deque[str] = deque(maxlen=TAIL)
    image = ""
    for event in events:
        tail.extend(clean(line, _LINE) for line in str(event.get("stream", "")).splitlines() if line.strip())
        if "error" in event:
            raise StartError(_failed(what, clean(event["error"]), tail))
        image = (event.get("aux") or {}).get("ID", image)
    if not image:
        raise StartError(_failed(what, "the engine's output ended early", tail))
    return image


def _failed(what: str, why: str, tail: Iterable[str]) -> str:
    return "\n  ".join([f"{what}: {why}; correct the Dockerfile. Its last output:", *tail])


def _provide(client: APIClient, image: str, log: Log) -> None:
    with asking(f"image {image} cannot be inspected"):
        try:
            client.inspect_image(image)  # type: ignore[no-untyped-call]
        except ImageNotFound:
            log(f"pulling {image}")
            _pull(client, image)


def _pull(client: APIClient, image: str) -> None:
    repository, tag = _repository(image)
    advice = "correct the name, log in to its registry, or give build: or docker load it"
    what = f"image {image} is not here, and cannot be pulled ({advice})"
    with asking(what):
        for event in client.pull(repository, tag=tag, stream=True, decode=True):
            if "error" in event:
                raise StartError(f"{what}: {clean(event['error'])}")
        client.inspect_image(image)  # type: ignore[no-untyped-call]


def _repository(image: str) -> tuple[str, str]:
    repository, tag = parse_repository_tag(image)
    return repository, tag or "latest"


def _silence(deadline: Deadline) -> int:
    """Seconds that a build may say nothing: the crew cuts it at the deadline, this only backs that up."""
    return CALL_S + max(0, int(deadline.at - time.monotonic()))
