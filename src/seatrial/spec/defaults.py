"""What services of one kind say where they do not say it themselves."""

from collections.abc import Mapping
from contextlib import suppress
from typing import get_args

from seatrial.spec.locator import Kind
from seatrial.spec.mistakes import unknown_key
from seatrial.spec.overlay import laid_over
from seatrial.spec.service import ServiceSpec
from seatrial.yamltree.gathering import Mistakes
from seatrial.yamltree.tree import Node, Scalar, Table
from seatrial.yamltree.variables import interpolated

ALL = "all"
KINDS: tuple[str, ...] = get_args(Kind)
_NOTHING = Table(1, 1)


def by_kind(
    below: tuple[Scalar, Node] | None, above: tuple[Scalar, Node] | None, mistakes: Mistakes
) -> dict[str, Table]:
    """Kind → what its services have in common; ``all`` is what services of all kinds have.

    :param below: the key ``defaults`` and its value, of the file.
    :param above: the same of the environment that is laid over it.
    """
    whole: Node = _NOTHING
    for entry in (below, above):
        if entry and not isinstance(entry[1], Table):
            mistakes.at(entry[1], f"allowed: a mapping with {', '.join((ALL, *KINDS))}", ("defaults",))
        elif entry:
            whole = laid_over(whole, entry[1])
    assert isinstance(whole, Table)
    parts = {key.text: part for key, node in whole.entries if (part := _part(key, node, mistakes))}
    common = parts.get(ALL, _NOTHING)
    told = (ALL, *KINDS) if ALL in parts else tuple(parts)
    return {kind: _laid_over(common, parts.get(kind, _NOTHING)) for kind in told}


def of_service(kinds: Mapping[str, Table], on: Node | None, environ: Mapping[str, str]) -> Table:
    """The defaults of a service, by its kind.

    :param on: what it says of its kind.
    :param environ: the variables that are known.
    """
    kind = ServiceSpec.model_fields["on"].default
    if isinstance(on, Scalar):
        with suppress(ValueError):  # told where values are read
            kind = interpolated(on.text, environ)
    return kinds.get(kind, kinds.get(ALL, _NOTHING))


def _part(key: Scalar, node: Node, mistakes: Mistakes) -> Table | None:
    if key.text not in (ALL, *KINDS):
        mistakes.at(key, unknown_key(key.text, (ALL, *KINDS)), ("defaults", key.text[:80]))
        return None
    if not isinstance(node, Table):
        mistakes.at(node, "allowed: a mapping, with keys of a service", ("defaults", key.text))
        return None
    if on := node.entry("on"):
        mistakes.at(on[0], "where a service runs is said by the service itself", ("defaults", key.text, "on"))
    return node.without("on")


def _laid_over(below: Table, above: Table) -> Table:
    both = laid_over(below, above)
    assert isinstance(both, Table)
    return both
