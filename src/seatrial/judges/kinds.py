"""What kind of value something is, where that is why it is not what is expected."""

from seatrial.spec.scalars import Plain, comparison, number_in


def unlike_kinds(wanted: Plain, found: object) -> str:
    """``; it is no number``: empty where the kinds are alike, so that the values themselves tell the difference."""
    held = comparison(wanted)
    if held.op != "is":
        return "" if number_in(found) is not None else f"; it is {kind(found)}, and no number"
    return "" if kind(held.wanted) == kind(found) else f"; it is {kind(found)}, expected is {kind(held.wanted)}"


def kind(value: object) -> str:
    """``a number``, as JSON tells kinds apart (RFC 8259, section 3)."""
    if isinstance(value, bool):
        return "true or false"
    kinds = {str: "a text", int: "a number", float: "a number", list: "a list", dict: "an object"}
    return kinds.get(type(value), "null")
