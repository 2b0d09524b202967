"""Which container fills which slot: the same one tomorrow, whatever order the engine lists them in."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from seatrial.locate.candidate import Candidate
from seatrial.snapshot import ServiceFacts, Unreadable
from seatrial.spec.service import ServiceSpec


@dataclass(frozen=True, slots=True)
class Binding:
    """The slots of one service.

    :param facts: what was found, what is surplus, what is empty.
    :param slots: slot → container id, for those that are filled.
    """

    facts: ServiceFacts
    slots: Mapping[str, str]


def bind(service: str, spec: ServiceSpec, found: Sequence[Candidate]) -> Binding:
    """Fill the slots of a service.

    By an explicit list of names; else by ordinal (compose's number, else the number at the end of the name), else in
    the order of the names. A container that does not run fills a slot only where no running one does.

    :param found: the containers that its locator means.
    """
    ordinals = _listed(spec.locate.names, found) if spec.locate.names else _ordinals(found)
    filled: dict[int, Candidate] = {}
    for live in (True, False):
        _fill(filled, spec.instances, _in_order(one for one in found if one.live is live), ordinals)
    used = {one.id for one in filled.values()}
    slots = [f"{service}.{ordinal}" for ordinal in range(spec.instances)]
    facts = ServiceFacts(
        service=service,
        found=tuple(sorted(str(one) for one in found)),
        surplus=tuple(sorted(one.name for one in found if one.live and one.id not in used)),
        empty=tuple(slot for ordinal, slot in enumerate(slots) if ordinal not in filled),
    )
    return Binding(facts, {slots[ordinal]: filled[ordinal].id for ordinal in sorted(filled)})


def every_slot(service: str, spec: ServiceSpec, problem: Unreadable) -> dict[str, Unreadable]:
    """Each slot of a service with the reason why nothing can be told of it."""
    return {f"{service}.{ordinal}": problem for ordinal in range(spec.instances)}


def projects(found: Iterable[Candidate]) -> tuple[str, ...]:
    """The compose projects of these containers, sorted."""
    return tuple(sorted({one.project for one in found if one.project}))


def _fill(filled: dict[int, Candidate], room: int, found: Sequence[Candidate], ordinals: Mapping[str, int]) -> None:
    """Fill free slots: first those that have their own number, then the others in order."""
    rest = []
    for one in found:
        ordinal = ordinals.get(one.id, -1)
        if 0 <= ordinal < room and ordinal not in filled:
            filled[ordinal] = one
        else:
            rest.append(one)
    free = [ordinal for ordinal in range(room) if ordinal not in filled]
    filled.update(zip(free, rest, strict=False))


def _in_order(found: Iterable[Candidate]) -> list[Candidate]:
    """Sorted by name, numbers by their value (``relay-10`` after ``relay-9``); of two alike, the newest first."""
    return sorted(found, key=lambda one: (_stem(one), one.trailing_number or 0, one.name, -one.created))


def _stem(one: Candidate) -> str:
    return one.name.rstrip("0123456789")


def _listed(names: Sequence[str], found: Sequence[Candidate]) -> dict[str, int]:
    places = {name.removeprefix("/"): ordinal for ordinal, name in enumerate(names)}
    return {one.id: places[one.name] for one in found}


def _ordinals(found: Sequence[Candidate]) -> dict[str, int]:
    """Slot numbers from 0: compose's where every container has one of its own, else those that end the names."""
    composed = {one.id: one.compose_number - 1 for one in found if one.compose_number is not None}
    if len(composed) == len(found) and not _twice(one.compose_number for one in found if one.live):
        return composed
    numbers = {one.id: one.trailing_number for one in found if one.trailing_number is not None}
    first = 0 if 0 in numbers.values() else 1
    return {key: number - first for key, number in numbers.items()}


def _twice(numbers: Iterable[int | None]) -> bool:
    return any(count > 1 for count in Counter(numbers).values())
