"""Finding the containers of a deployment with one list call to the engine."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from seatrial.deadline import Deadline
from seatrial.errors import CouldNotLook, Refused
from seatrial.instance import Container
from seatrial.locate.binding import bind, every_slot, projects
from seatrial.locate.candidate import Candidate, candidate, meant
from seatrial.locate.container import container
from seatrial.snapshot import ServiceFacts, Unreadable
from seatrial.spec.service import ServiceSpec
from seatrial.transports.engine import Engine
from seatrial.transports.patience import each_or_why


@dataclass(frozen=True, slots=True)
class Located:
    """Which containers fill the slots of a deployment.

    :param services: service → what was found, or why nothing could be.
    :param slots: slot → container id, or why none can be named; a slot that nothing fills is not in it.
    :param names: container id → the name that it was listed by.
    """

    services: Mapping[str, ServiceFacts | Unreadable]
    slots: Mapping[str, str | Unreadable]
    names: Mapping[str, str]

    @property
    def container_ids(self) -> tuple[str, ...]:
        """The ids of all located containers, each once."""
        return tuple(dict.fromkeys(found for found in self.slots.values() if isinstance(found, str)))


class NotAnswered(CouldNotLook):
    """The engine did not tell which containers there are."""


def find(engine: Engine, services: Mapping[str, ServiceSpec]) -> Located:
    """Find the containers of every service.

    :raises NotAnswered: where the engine does not tell which there are.
    """
    try:
        listed = [candidate(row) for row in engine.containers()]
        found = {name: _meant(engine, spec, listed) for name, spec in services.items()}
    except CouldNotLook as error:
        raise NotAnswered(str(error)) from error
    told: dict[str, ServiceFacts | Unreadable] = {}
    slots: dict[str, str | Unreadable] = {}
    for name, spec in services.items():
        told[name], filled = _one(name, spec, found[name])
        slots |= filled
    return Located(told, slots, {one.id: one.name for one in listed})


def first_looks(engine: Engine, located: Located, deadline: Deadline) -> dict[str, Container | Unreadable]:
    """What the engine says of each located container; none that was renamed since it was listed.

    :param deadline: as for :func:`inspect_all`.
    """
    firsts = inspect_all(engine, located.container_ids, deadline)
    return {found: _as_listed(first, located.names[found]) for found, first in firsts.items()}


def _as_listed(first: Container | Unreadable, name: str) -> Container | Unreadable:
    if isinstance(first, Unreadable) or first.name == name:
        return first
    return Unreadable(f"container {name} was renamed to {first.name} while it was being found")


def inspect_all(
    engine: Engine, container_ids: Iterable[str], deadline: Deadline, env: Collection[str] = ()
) -> dict[str, Container | Unreadable]:
    """What the engine says of each of these containers now, one call each (0.4 ms on a kept connection).

    :param deadline: of the whole look; past it, and once an answer is late, nothing more is asked.
    :param env: the environment variables that are read; no others are.
    """
    return each_or_why(container_ids, partial(_inspect, engine, env), deadline)


def image_ids(engine: Engine, references: Iterable[str], deadline: Deadline) -> dict[str, str | Unreadable]:
    """The id that each of these image references has now, one call for each.

    :param deadline: as for :func:`inspect_all`.
    """
    return each_or_why(dict.fromkeys(references), engine.image_id, deadline)


def _inspect(engine: Engine, env: Collection[str], container_id: str) -> Container:
    return container(engine.inspect(container_id), env)


def _meant(engine: Engine, spec: ServiceSpec, listed: Sequence[Candidate]) -> list[Candidate]:
    return [one for one in listed if meant(spec.locate, one, partial(_reference, engine))]


def _reference(engine: Engine, one: Candidate) -> str:
    """The reference a container was created with; the list shows an id once that means another image."""
    if not one.image_is_an_id:
        return one.image
    try:
        return _inspect(engine, (), one.id).image_ref
    except Refused as error:
        if error.status == 404:
            return ""  # it vanished since it was listed
        raise


def _one(
    name: str, spec: ServiceSpec, found: Sequence[Candidate]
) -> tuple[ServiceFacts | Unreadable, Mapping[str, str | Unreadable]]:
    several = projects(found)
    if spec.locate.compose_service and not spec.locate.names and len(several) > 1:
        problem = Unreadable(
            f"containers of several compose projects match: {', '.join(several)}; give compose_project"
        )
        return problem, every_slot(name, spec, problem)
    binding = bind(name, spec, found)
    return binding.facts, binding.slots
