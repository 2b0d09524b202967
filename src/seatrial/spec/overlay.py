"""One part of a file laid over another: mappings are merged, everything else is replaced, and a null removes a key."""

from seatrial.yamltree.tree import Node, Scalar, Table


def laid_over(below: Node, above: Node) -> Node:
    """What ``above`` says of a key counts; order and places are those of ``below``, which is changed."""
    if not (isinstance(below, Table) and isinstance(above, Table)):
        return above
    entries = below.by_key()
    for key, value in above.entries:
        if key.text not in entries:
            entries[key.text] = (key, value)
        elif is_null(value):
            del entries[key.text]
        else:
            own_key, own = entries[key.text]
            entries[key.text] = (own_key, laid_over(own, value))
    return Table(below.line, below.column, tuple(entries.values()), below.file)


def filled(own: Node, defaults: Node) -> Node:
    """What ``own`` says of a key counts; order and places are those of ``own``, which is completed."""
    if not (isinstance(own, Table) and isinstance(defaults, Table)):
        return own
    entries = own.by_key()
    for key, value in defaults.entries:
        if key.text not in entries:
            entries[key.text] = (key, value)
        elif is_null(entries[key.text][1]):
            del entries[key.text]
        else:
            own_key, said = entries[key.text]
            entries[key.text] = (own_key, filled(said, value))
    return Table(own.line, own.column, tuple(entries.values()), own.file)


def is_null(node: Node) -> bool:
    """Whether a value says nothing."""
    return isinstance(node, Scalar) and node.null
