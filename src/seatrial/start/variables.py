"""Variables in a compose file: ``${NAME}``, ``${NAME:-default}`` and ``$$`` for one dollar sign."""

import re
from collections.abc import Mapping

_DOLLAR = re.compile(r"\$(?:\$|\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<has>:-(?P<default>[^{}]*))?\})?")


def interpolated(text: str, environ: Mapping[str, str]) -> str:
    """Put variables in.

    :param environ: the variables that are known; an empty one counts as unset where there is a default, as in compose.
    :raises ValueError: for a variable that is not set and has no default, and for any other use of ``$``.
    """
    return _DOLLAR.sub(lambda found: _value(found, environ), text)


def _value(found: re.Match[str], environ: Mapping[str, str]) -> str:
    if found.group() == "$$":
        return "$"
    name = found["name"]
    if name is None:
        raise ValueError("a lone $; write ${NAME} or ${NAME:-default} for a variable, $$ for a dollar sign")
    if found["has"]:
        return environ.get(name) or found["default"]
    if name not in environ:
        raise ValueError(f"variable {name} is not set; set it, or write ${{{name}:-default}}")
    return environ[name]
