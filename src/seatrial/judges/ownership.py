"""Which znode belongs to which slot: by what its data says, never by its name, which changes at every registration."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from seatrial.instance import Instance
from seatrial.judges.case import Blind, Case
from seatrial.judges.plain_json import canonical, load
from seatrial.sanitise import clean, decode
from seatrial.snapshot import Node, RegistryPath, SlotFacts
from seatrial.spec.registration import RegistrationSpec

_WORDS = re.compile(r"[0-9A-Za-z.:_-]+")

Boxes = dict[str, Instance | None]
"""Slot → its running container, None where the slot could not be looked at or does not run."""


@dataclass(frozen=True, slots=True)
class Ownership:
    """The nodes of one registration path, sorted out for one slot.

    :param expected: texts of which the data must be one.
    :param exact: nodes whose data is as expected.
    :param other: the node that must be this slot's and says something else.
    :param ghosts: other nodes that hold no address of any container.
    """

    expected: tuple[str, ...]
    exact: tuple[Node, ...]
    other: Node | None = None
    ghosts: tuple[Node, ...] = ()

    @property
    def nodes(self) -> tuple[Node, ...]:
        """All nodes of the slot."""
        return self.exact or ((self.other,) if self.other else ())


def ownership(case: Case, found: RegistryPath) -> Ownership:
    """Sort out the nodes: by exact data, then by an address of the slot in the data, then by elimination.

    :raises Blind: where the slot's own address is not known.
    """
    wanted = expectations(case.check.expected, case.instance)
    readable = [node for node in found.nodes if not node.problem]
    exact = tuple(node for node in readable if says(node, wanted))
    if exact and len(found.nodes) <= case.check.spec.instances:
        return Ownership(wanted, exact)
    boxes = _boxes(case)
    left = _unclaimed(case.check.expected, readable, boxes, is_json(wanted[0]))
    other = None if exact else next((node for node in left if mentions(node, case.instance)), None)
    free = [node for node in left if not words(node) & _addresses(boxes.values())]
    if not exact and other is None and len(readable) == len(found.nodes):
        other = _by_elimination(case, readable, left, free, boxes)
    return Ownership(wanted, exact, other, tuple(node for node in free if node is not other))


def alike(case: Case) -> list[str]:
    """The slots of this service whose nodes must say the same as this one's, itself among them."""
    wanted = set(expectations(case.check.expected, case.instance))
    slots = [
        slot
        for slot, box in sorted(_boxes(case).items(), key=_ordinal)
        if box and slot.rpartition(".")[0] == case.check.service and slot != case.check.slot
        if wanted & _wanted(case.check.expected, box)
    ]
    return [case.check.slot, *slots]


def expectations(spec: RegistrationSpec, box: Instance) -> tuple[str, ...]:
    """What the data of a container's node may be: one text for each address that may be meant.

    :raises Blind: where the template asks for an address that the container does not have.
    """
    return filled_in(spec.data, spec.network, box)


def filled_in(template: str, wanted: str | None, box: Instance) -> tuple[str, ...]:
    """A declared text with what is the instance's own: one for each address that may be meant.

    :param wanted: network whose address is meant, None for any.
    :raises Blind: where the template asks for something that is not known of the instance.
    """
    if "{hostname}" in template and not box.hostname:
        raise Blind(f"the host name of {box.name} is not known")
    text = template.replace("{hostname}", box.hostname).replace("{name}", box.name)
    if "{ip}" not in text:
        return (text,)
    addresses = [address for network, address in box.addresses.items() if address and _meant(wanted, network)]
    if not addresses:
        on = ", ".join(box.addresses) or "no network of its own"
        raise Blind(f"{box.name} has no address on {wanted or 'any network'}; it is on {on}")
    return tuple(dict.fromkeys(text.replace("{ip}", address) for address in addresses))


def says(node: Node, wanted: tuple[str, ...]) -> bool:
    """Whether a node's data is one of these: as JSON where the template is JSON, else as text without outer blanks."""
    return any(_said(node.data, is_json(text)) == _said(text.encode(), is_json(text)) for text in wanted)


def is_json(text: str) -> bool:
    """Whether a declared text is a JSON object or list, so that spaces and the order of keys do not count."""
    return text.lstrip()[:1] in ("{", "[") and bool(_canonical(text.encode()))


def words(node: Node) -> frozenset[str]:
    """The words in a node's data that may be addresses, with and without a port."""
    found = _WORDS.findall(decode(node.data))
    return frozenset(part for word in found for part in (word, word.rpartition(":")[0]))


def mentions(node: Node, box: Instance) -> bool:
    """Whether an address of the container stands in the data."""
    return bool(words(node) & _addresses([box]))


def shown(node: Node) -> str:
    """A node's data for a message."""
    try:
        text = node.data.decode().strip()
    except UnicodeDecodeError:
        return f"{len(node.data)} bytes that are no text (first bytes {node.data[:16].hex(' ')})"
    return text if len(text) <= 200 else f"{len(node.data)} bytes (first {clean(text, 60)!r})"


def _meant(declared: str | None, network: str) -> bool:
    """A compose network is called ``project_name`` in the engine."""
    return declared is None or network == declared or network.endswith(f"_{declared}")


def _said(data: bytes, as_json: bool) -> str | bytes:
    return _canonical(data) if as_json else data.strip()


@lru_cache(maxsize=1024)
def _canonical(data: bytes) -> str:
    """JSON in one fixed notation, empty for what is no JSON or has one key with two values."""
    try:
        return canonical(load(data))
    except (ValueError, RecursionError):
        return ""


def _boxes(case: Case) -> Boxes:
    return {
        slot: facts.instance if isinstance(facts, SlotFacts) and facts.instance.status == "running" else None
        for slot, facts in case.snapshot.slots.items()
    }


def _addresses(boxes: Iterable[Instance | None]) -> set[str]:
    return {address for box in boxes if box for address in box.addresses.values() if address}


def _unclaimed(spec: RegistrationSpec, nodes: list[Node], boxes: Boxes, as_json: bool) -> list[Node]:
    """The nodes whose data is not exactly what some slot must say."""
    claimed = {key for box in boxes.values() if box for key in _keys(spec, box, as_json)}
    return [node for node in nodes if _said(node.data, as_json) not in claimed]


def _wanted(spec: RegistrationSpec, box: Instance) -> set[str]:
    try:
        return set(expectations(spec, box))
    except Blind:
        return set()


def _keys(spec: RegistrationSpec, box: Instance, as_json: bool) -> set[str | bytes]:
    return {_said(text.encode(), as_json) for text in _wanted(spec, box)} - {""}


def _by_elimination(case: Case, nodes: list[Node], left: list[Node], free: list[Node], boxes: Boxes) -> Node | None:
    """The n-th node left over for the n-th slot left over, where there are as many of both and every slot is known."""
    mine = [(slot, box) for slot, box in boxes.items() if slot.rpartition(".")[0] == case.check.service]
    if any(box is None for _, box in mine):
        return None
    as_json = is_json(expectations(case.check.expected, case.instance)[0])
    said = {_said(node.data, as_json) for node in nodes}
    named = {word for node in left for word in words(node)}
    waiting = [
        slot
        for slot, box in sorted(mine, key=_ordinal)
        if box and not _keys(case.check.expected, box, as_json) & said and not _addresses([box]) & named
    ]
    pairs = dict(zip(waiting, free, strict=False))
    return pairs.get(case.check.slot) if len(waiting) == len(free) else None


def _ordinal(item: tuple[str, object]) -> tuple[str, int]:
    service, _, ordinal = item[0].rpartition(".")
    return service, int(ordinal) if ordinal.isdecimal() else -1
