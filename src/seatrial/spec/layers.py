"""The layers of a deployment file: defaults at the bottom, then what it says, and one of its environments on top."""

from collections.abc import Mapping
from functools import reduce

from pydantic import ValidationError

from seatrial.errors import SpecError
from seatrial.spec import defaults
from seatrial.spec.deployment import MADE_UP_OF
from seatrial.spec.environment import chosen, known_variables
from seatrial.spec.mistakes import mistakes, nearest
from seatrial.spec.overlay import filled, is_null, laid_over
from seatrial.spec.service import ServiceSpec
from seatrial.spec.source import Source
from seatrial.spec.values import plain_values
from seatrial.spec.written import RULES, Written
from seatrial.yamltree.gathering import Mistakes
from seatrial.yamltree.tree import Node, Scalar, Table, values


def layered(written: Written, environ: Mapping[str, str], environment: str) -> Source:
    """The file with its defaults and one of its environments, to be read as one deployment.

    :param environ: where variables are looked up before those of the environment.
    :param environment: which of its environments; empty for none.
    :raises UsageError: where it has no such environment.
    :raises SpecError: where so much is laid over each other that it cannot be read.
    """
    gathered, root = written.gathered(), written.root
    above = chosen(written, environment, gathered)
    environ = known_variables(above.value("variables"), environ, gathered, ("environments", environment, "variables"))
    below = root.without(*MADE_UP_OF)
    whole = laid_over(below.without("services"), above.without("services", "defaults", "variables"))
    assert isinstance(whole, Table)
    by_kind = defaults.by_kind(root.entry("defaults"), above.entry("defaults"), gathered)
    in_parts = Mistakes(gathered.file)
    for kind, part in by_kind.items():
        in_parts.join(_in_part(kind, part, environ, gathered))
    layers = _Services(by_kind, environ, gathered)
    if entry := layers.entry(below.entry("services"), above.entry("services")):
        whole = Table(whole.line, whole.column, (*whole.entries, entry), whole.file)
    value = plain_values(whole, environ, gathered)
    return Source(value, whole, gathered, in_parts=in_parts, partial=written.incomplete)


def _in_part(kind: str, part: Table, environ: Mapping[str, str], gathered: Mistakes) -> Mistakes:
    """What is wrong with defaults, whether or not a service lets them count."""
    at = ("defaults", kind)
    value = plain_values(part, environ, gathered, at)
    try:
        ServiceSpec.model_validate(value)
    except ValidationError as error:
        return mistakes(error, Source(value, part, gathered, ServiceSpec, at, partial=True))
    return Mistakes(gathered.file)


class _Services:
    """Lays every service over its defaults, as long as that does not make too much of them."""

    def __init__(self, by_kind: Mapping[str, Table], environ: Mapping[str, str], gathered: Mistakes) -> None:
        self._by_kind = by_kind
        self._environ = environ
        self._mistakes = gathered
        self._left = RULES.most_values

    def entry(self, below: tuple[Scalar, Node] | None, above: tuple[Scalar, Node] | None) -> tuple[Scalar, Node] | None:
        """The key ``services`` and its value, of the file and of an environment."""
        first = below or above
        if first is None:
            return None
        tables = [each[1] for each in (below, above) if each]
        if not all(isinstance(table, Table) for table in tables):
            return first[0], reduce(laid_over, tables)
        return first[0], self._table(*(table for table in tables if isinstance(table, Table)))

    def _table(self, below: Table, above: Table | None = None) -> Table:
        changes = above.by_key() if above else {}
        entries = {}
        for key, own in below.entries:
            change = changes.pop(key.text, None)
            if change is None or not is_null(change[1]):
                entries[key.text] = (key, self._service(own, change and change[1]))
        for name, (key, own) in changes.items():
            if is_null(own):
                text = f"there is no service {name[:80]!r} to remove; {nearest(name, [*entries])}".rstrip("; ")
                self._mistakes.at(key, text, ("services", name))
            else:
                entries[name] = (key, self._service(own, None))
        return Table(below.line, below.column, tuple(entries.values()), below.file)

    def _service(self, own: Node, change: Node | None) -> Node:
        if change is not None and not isinstance(own, Table):
            own, change = change, None
        said = own if change is None else laid_over(own, change)
        if isinstance(said, Table) and isinstance(own, Table):
            below = defaults.of_service(self._by_kind, said.value("on"), self._environ)
            said = reduce(laid_over, [filled(own, below), *([change] if change else [])])
            self._spend(said)
        return said

    def _spend(self, service: Node) -> None:
        self._left -= values(service, self._left)
        if self._left < 0:
            most = f"with its defaults there are more than {RULES.most_values} values in all services"
            self._mistakes.at(service, most)
            raise SpecError(self._mistakes.problems())
