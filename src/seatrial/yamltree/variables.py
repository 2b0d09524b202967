"""Variables in the texts of a file: ``${NAME}``, ``${NAME:-default}``, and ``$$`` for one dollar sign."""

import re
from collections.abc import Mapping

_NAMED = r"\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<has>:-(?P<default>[^{}]*))?\}"
_WHOLE = re.compile(rf"\${_NAMED}")
_DOLLAR = re.compile(rf"\$(?:(?P<dollar>\$)|{_NAMED}|(?P<next>[{{A-Za-z_])?)")


def is_one_variable(text: str) -> bool:
    """Whether a text is a variable and nothing else."""
    return _WHOLE.fullmatch(text) is not None


def interpolated(text: str, environ: Mapping[str, str], *, lone_stays: bool = False) -> str:
    """Put variables in.

    :param environ: the variables that are known; an empty one counts as unset where there is a default.
    :param lone_stays: whether a dollar sign that no letter or brace follows stays what it is, as at the end of a regex.
    :raises ValueError: for a variable that is not set and has no default, and for any other use of ``$``.
    """
    return _DOLLAR.sub(lambda found: _value(found, environ, lone_stays), text)


def _value(found: re.Match[str], environ: Mapping[str, str], lone_stays: bool) -> str:
    name = found["name"]
    if found["dollar"] or (lone_stays and not (name or found["next"])):
        return "$"
    if not name:
        what = "no variable" if found["next"] == "{" else "a lone $"
        raise ValueError(f"{what}; write ${{NAME}} or ${{NAME:-default}} for a variable, $$ for a dollar sign")
    if found["has"]:
        return environ.get(name) or found["default"]
    if name not in environ:
        raise ValueError(f"variable {name} is not set; set it, or write ${{{name}:-default}}")
    return environ[name]
