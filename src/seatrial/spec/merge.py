"""Several files as one: what they say must not contradict itself."""

from seatrial.spec.scalar_text import plain_value
from seatrial.spec.secret import is_secret
from seatrial.yamltree.gathering import Mistakes, Path
from seatrial.yamltree.tree import Listing, Node, Scalar, Table


def together(one: Node, other: Node, mistakes: Mistakes, path: Path = ()) -> Node:
    """Both as one; where they say different things of a key, a mistake names both places and the first one counts.

    :param path: keys that lead to them, from the top of the file.
    """
    if isinstance(one, Table) and isinstance(other, Table):
        entries = one.by_key()
        for key, value in other.entries:
            known = entries.get(key.text)
            said = together(known[1], value, mistakes, (*path, key.text)) if known else value
            entries[key.text] = (known[0] if known else key, said)
        return Table(one.line, one.column, tuple(entries.values()), one.file)
    if not same(one, other):
        where = mistakes.where(one.line, one.column, one.file)
        told = ("another one", "one") if is_secret(path) else (_shown(other), _shown(one))
        mistakes.at(other, f"found {told[0]}, but {where} says {told[1]}; keep one of both", path)
    return one


def same(one: Node, other: Node) -> bool:
    """Whether two values are equal, however they are written."""
    if isinstance(one, Scalar) and isinstance(other, Scalar):
        return _meant(one) == _meant(other)
    if isinstance(one, Listing) and isinstance(other, Listing):
        pairs = zip(one.items, other.items, strict=False)
        return len(one.items) == len(other.items) and all(same(*pair) for pair in pairs)
    if isinstance(one, Table) and isinstance(other, Table):
        known = other.by_key()
        keys = {key.text for key, _ in one.entries} == known.keys()
        return keys and all(same(value, known[key.text][1]) for key, value in one.entries)
    return False


def _meant(node: Scalar) -> tuple[str, object]:
    """Type and value, so that 1 is not true; a text where no other type is told yet."""
    if not node.plain or "$" in node.text:
        return ("str" if not node.plain else "variable" if "$" in node.text else "str", node.text)
    try:
        value = plain_value(node.text)
    except ValueError:
        return "surprise", node.text
    return type(value).__name__, value


def _shown(node: Node) -> str:
    if isinstance(node, Scalar):
        return repr(node.text[:80])
    return "a list" if isinstance(node, Listing) else "a mapping"
