"""The environments of a deployment file: what is laid over it, and variables, one of them at a time."""

import re
from collections import ChainMap
from collections.abc import Mapping

from seatrial.errors import UsageError
from seatrial.sanitise import clean
from seatrial.spec.deployment import DeploymentSpec
from seatrial.spec.mistakes import nearest, unknown_key
from seatrial.spec.overlay import is_null
from seatrial.spec.written import Written
from seatrial.yamltree.gathering import Mistakes, Path
from seatrial.yamltree.tree import Node, Scalar, Table
from seatrial.yamltree.variables import interpolated

KEYS = (*DeploymentSpec.model_fields, "defaults", "variables")
"""What an environment may say."""

MOST = 100
"""How many environments a file may have."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NOTHING = Table(1, 1)


def names(root: Table) -> tuple[str, ...]:
    """The names of all environments, in the order of the file."""
    said = root.value("environments")
    return tuple(key.text for key, _ in said.entries[:MOST]) if isinstance(said, Table) else ()


def chosen(written: Written, name: str, mistakes: Mistakes) -> Table:
    """What an environment says; nothing where none is chosen.

    :raises UsageError: where there is no such environment.
    :raises SpecError: where what is said of it is none.
    """
    environments = _environments(written.root, mistakes)
    if not name:
        return _NOTHING
    if name not in environments:
        if written.incomplete:
            return _NOTHING
        mistakes.raise_any()
        raise UsageError(_unknown(name, tuple(environments), mistakes.file))
    for key, _ in environments[name].entries:
        if key.text not in KEYS:
            mistakes.at(key, unknown_key(key.text, KEYS), ("environments", name, key.text))
    other = [key.text for key, _ in environments[name].entries if key.text not in KEYS]
    return environments[name].without(*other)


def known_variables(said: Node | None, environ: Mapping[str, str], mistakes: Mistakes, at: Path) -> Mapping[str, str]:
    """All variables that are known: those of the process, and those of an environment where they are not set, or empty.

    :param said: what the environment says of its variables.
    :param at: path to it, from the top of the file.
    """
    if said is None:
        return environ
    if not isinstance(said, Table):
        mistakes.at(said, "allowed: a mapping, NAME: value", at)
        return environ
    told = {}
    for key, value in said.entries:
        path = (*at, key.text)
        if not _VARIABLE.fullmatch(key.text):
            mistakes.at(key, "is no name of a variable; allowed: letters, digits and '_', the first no digit", path)
        elif not isinstance(value, Scalar) or is_null(value):
            mistakes.at(value, "allowed: a text or a number", path)
        elif not environ.get(key.text):
            told[key.text] = _value(value, environ, mistakes, path)
    return ChainMap(told, environ)  # type: ignore[arg-type] # it is only read


def _value(node: Scalar, environ: Mapping[str, str], mistakes: Mistakes, path: Path) -> str:
    try:
        return interpolated(node.text, environ, lone_stays=True)
    except ValueError as error:
        mistakes.at(node, str(error), path)
        return node.text


def _environments(root: Table, mistakes: Mistakes) -> dict[str, Table]:
    said, found = root.value("environments"), {}
    if said and not (isinstance(said, Table) and len(said.entries) <= MOST):
        mistakes.at(said, f"allowed: a mapping, name: what differs there, of at most {MOST}", ("environments",))
        return {}
    for key, value in said.entries if isinstance(said, Table) else ():
        path = ("environments", key.text[:80])
        if not _NAME.fullmatch(key.text):
            mistakes.at(key, "allowed: at most 64 letters, digits, '.', '_' and '-', the first a letter or digit", path)
        elif not isinstance(value, Table):
            mistakes.at(value, "allowed: a mapping, with keys of a deployment file", path)
        else:
            found[key.text] = value
    return found


def _unknown(name: str, known: tuple[str, ...], file: str) -> str:
    if not known:
        return clean(f"--environment {name}: {file} has no environments")
    return clean(f"--environment {name}: {file} has none of that name; {nearest(name, known)}it has {', '.join(known)}")
