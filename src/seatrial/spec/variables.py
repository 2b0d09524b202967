"""Variables of a deployment file: ``${NAME}``, ``${NAME:-default}``, and ``$$`` for one dollar sign."""

import re
from collections.abc import Mapping

_WHOLE = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*(?::-[^{}]*)?\}")
_DOLLAR = re.compile(
    r"\$(?:(?P<dollar>\$)|\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<has>:-(?P<default>[^{}]*))?\}|(?P<wrong>[{A-Za-z_]))"
)


def is_one_variable(text: str) -> bool:
    """Whether a text is a variable and nothing else."""
    return _WHOLE.fullmatch(text) is not None


def interpolated(text: str, environ: Mapping[str, str]) -> str:
    """Put variables in; a dollar sign that no letter or brace follows stays what it is, as at the end of a regex.

    :param environ: the variables that are known; an empty one counts as unset where there is a default.
    :raises ValueError: for a variable that is not set and has no default, and for ``$NAME`` and ``${…`` that is none.
    """
    return _DOLLAR.sub(lambda found: _value(found, environ), text)


def _value(found: re.Match[str], environ: Mapping[str, str]) -> str:
    if found["dollar"]:
        return "$"
    if found["wrong"]:
        raise ValueError("no variable; write ${NAME} or ${NAME:-default}, or $$ for a dollar sign")
    name = found["name"]
    if found["has"]:
        return environ.get(name) or found["default"]
    if name not in environ:
        raise ValueError(f"variable {name} is not set; set it, or write ${{{name}:-default}}")
    return environ[name]
