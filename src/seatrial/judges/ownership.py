"""Which znode belongs to which slot: by what its data says, never by its name, which changes at every registration."""

import json
import re
from dataclasses import dataclass

from seatrial.judges.case import Blind, Case
from seatrial.sanitise import decode
from seatrial.snapshot import Container, Node, RegistryPath, SlotFacts
from seatrial.spec.models import RegistrationSpec

_WORDS = re.compile(r"[0-9A-Za-z.:_-]+")


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
    other: Node | None
    ghosts: tuple[Node, ...]

    @property
    def nodes(self) -> tuple[Node, ...]:
        """All nodes of the slot."""
        return self.exact or ((self.other,) if self.other else ())


def ownership(case: Case, found: RegistryPath) -> Ownership:
    """Sort out the nodes: by exact data, then by an address of the slot in the data, then by elimination.

    :raises Blind: where the slot's own address is not known.
    """
    spec: RegistrationSpec = case.check.expected
    wanted = expectations(spec, case.container)
    readable = [node for node in found.nodes if not node.problem]
    exact = tuple(node for node in readable if says(node, wanted))
    boxes = _boxes(case)
    left = [node for node in readable if not _claimed(spec, node, boxes)]
    other = None if exact else next((node for node in left if mentions(node, case.container)), None)
    if not exact and other is None and len(readable) == len(found.nodes):
        other = _by_elimination(case, readable, left, boxes)
    known = [box for box in boxes.values() if box]
    ghosts = tuple(node for node in left if node is not other and not any(mentions(node, box) for box in known))
    return Ownership(wanted, exact, other, ghosts)


def expectations(spec: RegistrationSpec, box: Container) -> tuple[str, ...]:
    """What the data of a container's node may be: one text for each address that may be meant.

    :raises Blind: where the template asks for an address that the container does not have.
    """
    text = spec.data.replace("{hostname}", box.hostname).replace("{name}", box.name)
    if "{ip}" not in text:
        return (text,)
    addresses = [address for network, address in box.addresses.items() if address and _meant(spec.network, network)]
    if not addresses:
        on = ", ".join(box.addresses) or "no network of its own"
        raise Blind(f"{box.name} has no address on {spec.network or 'any network'}; it is on {on}")
    return tuple(dict.fromkeys(text.replace("{ip}", address) for address in addresses))


def says(node: Node, wanted: tuple[str, ...]) -> bool:
    """Whether a node's data is one of these: as JSON where the template is JSON, else as text without outer blanks."""
    return any(_equal(node.data, text) for text in wanted)


def mentions(node: Node, box: Container) -> bool:
    """Whether an address of the container stands in the data."""
    words = {part for word in _WORDS.findall(decode(node.data)) for part in (word, word.rpartition(":")[0])}
    return any(address in words for address in box.addresses.values() if address)


def shown(node: Node) -> str:
    """A node's data for a message."""
    try:
        text = node.data.decode().strip()
    except UnicodeDecodeError:
        return f"{len(node.data)} bytes that are no text (first bytes {node.data[:16].hex(' ')})"
    return text if len(text) <= 200 else f"{len(node.data)} bytes (first {text[:60]!r})"


def _meant(declared: str | None, network: str) -> bool:
    """A compose network is called ``project_name`` in the engine."""
    return declared is None or network == declared or network.endswith(f"_{declared}")


def _equal(data: bytes, text: str) -> bool:
    wanted = _canonical(text.encode())
    if wanted and wanted[0] in "{[":
        return _canonical(data) == wanted
    return decode(data).strip() == text.strip()


def _canonical(data: bytes) -> str:
    """JSON in one fixed notation, empty for what is no JSON; ``true`` is not 1 here, as it would be in Python."""
    try:
        return json.dumps(json.loads(data), sort_keys=True)
    except (ValueError, RecursionError):
        return ""


def _boxes(case: Case) -> dict[str, Container | None]:
    """Slot → its running container, None where the slot could not be looked at or does not run."""
    return {
        slot: facts.container if isinstance(facts, SlotFacts) and facts.container.status == "running" else None
        for slot, facts in case.snapshot.slots.items()
    }


def _mine(case: Case, slot: str) -> bool:
    return slot.rpartition(".")[0] == case.check.service


def _claimed(spec: RegistrationSpec, node: Node, boxes: dict[str, Container | None]) -> bool:
    """Whether the data is exactly what some slot must say."""
    return any(box is not None and says(node, _safely(spec, box)) for box in boxes.values())


def _safely(spec: RegistrationSpec, box: Container) -> tuple[str, ...]:
    try:
        return expectations(spec, box)
    except Blind:
        return ()


def _by_elimination(case: Case, nodes: list[Node], left: list[Node], boxes: dict[str, Container | None]) -> Node | None:
    """The n-th node left over for the n-th slot left over, where there are as many of both and every slot is known."""
    spec: RegistrationSpec = case.check.expected
    mine = {slot: box for slot, box in sorted(boxes.items(), key=_ordinal) if _mine(case, slot)}
    if None in mine.values():
        return None
    free = [node for node in left if not any(mentions(node, box) for box in boxes.values() if box)]
    waiting = [slot for slot, box in mine.items() if box and not _has_node(spec, box, nodes, left)]
    pairs = dict(zip(waiting, free, strict=False))
    return pairs.get(case.check.slot) if len(waiting) == len(free) else None


def _has_node(spec: RegistrationSpec, box: Container, nodes: list[Node], left: list[Node]) -> bool:
    wanted = _safely(spec, box)
    return any(says(node, wanted) for node in nodes) or any(mentions(node, box) for node in left)


def _ordinal(item: tuple[str, object]) -> tuple[str, int]:
    service, _, ordinal = item[0].rpartition(".")
    return service, int(ordinal) if ordinal.isdecimal() else -1
