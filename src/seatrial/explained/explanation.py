"""The explanations, as the files beside this one tell them."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True)
class Explanation:
    """What there is to say of one aspect, a few sentences each.

    :param means: the question that it answers.
    :param decided: what is read, and what is held against it.
    :param fooled: what fools a look at it, and whether it fools this one.
    :param next: what the operator does when it is not green.
    :param asked: the keys of the deployment file that ask for it; empty where only the documentation of them tells.
    """

    means: str
    decided: str
    fooled: str
    next: str
    asked: str = ""


ALLOWED = tuple(field.name for field in fields(Explanation))
REQUIRED = tuple(key for key in ALLOWED if key != "asked")


def explanation(aspect: str, told: Any) -> Explanation:
    """Read what one table of a file tells.

    :raises ValueError: where a key is missing, unknown or empty, or its value is no text.
    """
    if not isinstance(told, dict):
        raise ValueError(f'{aspect}: is no table; write ["{aspect}"] in quotes, with {", ".join(REQUIRED)}')
    for key in (*REQUIRED, *told):
        if key not in ALLOWED:
            raise ValueError(f"{aspect}: {key!r} is unknown; allowed: {', '.join(ALLOWED)}")
        if not isinstance(told.get(key), str) or not told[key].strip():
            raise ValueError(f"{aspect}: {key} is missing or empty; write one to three sentences")
    return Explanation(**{key: " ".join(text.split()) for key, text in told.items()})


def of_file(text: str) -> dict[str, Explanation]:
    """Aspect → what one file tells of it.

    :raises ValueError: where the file is no TOML, or a table in it is wrong.
    """
    import tomllib  # a run without a finding needs no explanation

    return {aspect: explanation(aspect, told) for aspect, told in tomllib.loads(text).items()}


@cache
def subjects() -> Mapping[str, Mapping[str, Explanation]]:
    """Subject → aspect → explanation: all there are, by the names of the files.

    :raises ValueError: where one of them is wrong; its name is in the text.
    """
    beside = [file for file in resources.files(__package__).iterdir() if file.name.endswith(".toml")]
    return MappingProxyType({file.name.removesuffix(".toml"): _read(file) for file in sorted(beside, key=str)})


@cache
def explanations() -> Mapping[str, Explanation]:
    """Aspect → explanation, of all subjects."""
    return MappingProxyType({aspect: told for subject in subjects().values() for aspect, told in subject.items()})


def _read(file: Any) -> Mapping[str, Explanation]:
    try:
        return MappingProxyType(of_file(file.read_text(encoding="utf-8")))
    except ValueError as error:
        raise ValueError(f"{file.name}: {error}") from None
