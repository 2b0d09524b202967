"""What a model finds wrong with a file, in the words of the file: where, what was found, what is allowed."""

import difflib
import re
from collections.abc import Iterable
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from seatrial.spec.deployment import MADE_UP_OF, DeploymentSpec
from seatrial.spec.service import ServiceSpec
from seatrial.spec.source import Source
from seatrial.spec.spot import Spot
from seatrial.yamltree.gathering import Mistakes, Path
from seatrial.yamltree.tree import Scalar, Table

_SHOWN = 80
_DERIVED = "it is taken from another key; give it a name of its own"
_ALLOWED = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "model_type": "a mapping, key: value",
    "model_attributes_type": "a mapping, key: value",
    "dict_type": "a mapping, key: value",
    "tuple_type": "a list, each item with '- ' before it or all in [ ]",
    "string_too_short": "a text that is not empty",
    "too_short": "at least one",
}
_PATTERNS = {
    "[A-Za-z0-9_.-]*": "letters, digits, '.', '_' and '-', the first a letter or digit",
    "(/[^/": "a znode path such as /services/relay",
    "[^\\s/@-]": "a class with its package, such as com.example.Main",
    "[A-Za-z0-9_~-]": "a context path such as / or /gms",
    "[!-~]": "an HTTP path, beginning with /, with blanks and other letters as %20",
    "|@[": "the path of a unix socket, such as /run/app.sock, or @name of an abstract one",
    "^/": "an absolute path in one line, beginning with /",
    "[+-]": 'an offset from UTC in quotes, such as "+08:00"',
}


def mistakes(error: ValidationError, source: Source, misfits: Iterable[tuple[Path, str]] = ()) -> Mistakes:
    """Tell everything that a model finds wrong with what it read, one mistake for each place and reason.

    :param misfits: what does not fit together; they replace what the models say of a service as a whole.
    """
    gathered = Mistakes(source.mistakes.file)
    for path, text in misfits:
        gathered.at(source.spot(path).node, text, path)
    of_the_whole = bool(gathered.problems())
    by_place: dict[tuple[Path, str], list[ErrorDetails]] = {}
    for detail in error.errors(include_url=False):
        spot = source.spot(detail["loc"])
        if not (of_the_whole and _is_of_the_whole(detail)) and not (source.partial and _may_come(detail, spot)):
            by_place.setdefault((spot.path, _kind(detail)), []).append(detail)
    for (path, _), details in by_place.items():
        _tell(path, details, source, gathered)
    return gathered


def _may_come(detail: ErrorDetails, spot: Spot) -> bool:
    """Whether what another part of the file says may put this right: mappings are merged, and no lists."""
    in_a_list = any(isinstance(part, int) for part in spot.path)
    incomplete = detail["type"] == "missing" or (detail["type"] == "value_error" and isinstance(spot.node, Table))
    return incomplete and not in_a_list


def _is_of_the_whole(detail: ErrorDetails) -> bool:
    """What a model says of a whole service or file, with less of a place than the misfits have."""
    path = detail["loc"]
    return detail["type"] == "value_error" and (not path or (path[0] == "services" and len(path) == 2))


def _kind(detail: ErrorDetails) -> str:
    """A missing or unknown key is a mistake of its own; several answers about one value are one."""
    special = detail["type"] in ("missing", "extra_forbidden")
    return str(detail["loc"][-1]) if special else ""


def _tell(path: Path, details: list[ErrorDetails], source: Source, gathered: Mistakes) -> None:
    detail, spot = details[0], source.spot(path)
    at_key = detail["type"] == "extra_forbidden" or detail["loc"][-1:] == ("[key]",)
    node = spot.key if at_key and spot.key else spot.node
    text = _text(detail, spot, source.model) if len(details) == 1 else _of_several(details, spot)
    gathered.at(node, text, (*source.at, *path))


def _text(detail: ErrorDetails, spot: Spot, model: type[BaseModel]) -> str:
    match detail["type"]:
        case "missing":
            return _missing(detail["loc"], model)
        case "extra_forbidden":
            return _unknown_key(detail["loc"], model)
        case "value_error":
            return _said(detail, spot)
        case "secret":
            return str(detail["msg"])
        case "literal_error":
            return _not_listed(detail, spot)
    return f"found {_shown(detail, spot)}; allowed: {_allowed(detail)}{_hint(detail, spot)}"


def _missing(path: Path, top: type[BaseModel]) -> str:
    model = _model_at(top, path[:-1])
    field = model.model_fields.get(str(path[-1])) if model else None
    return f"key {path[-1]!r} is missing" + (f": {field.description}" if field and field.description else "")


def _unknown_key(path: Path, top: type[BaseModel]) -> str:
    model = _model_at(top, path[:-1])
    allowed = [*(model.model_fields if model else ()), *(MADE_UP_OF if model is DeploymentSpec else ())]
    return unknown_key(str(path[-1]), allowed)


def unknown_key(key: str, allowed: Iterable[str]) -> str:
    """What is said of a key that is none, with the nearest one that is."""
    return f"unknown key; {nearest(key, allowed)}allowed: {', '.join(allowed)}"


def _said(detail: ErrorDetails, spot: Spot) -> str:
    reason = str(detail.get("ctx", {}).get("error", detail["msg"]))
    derived = isinstance(spot.node, Table) and detail["loc"][-1:] == ("name",)
    if isinstance(spot.node, Scalar) and repr(detail["input"]) not in reason:
        return f"found {_shown(detail, spot)}; {reason}"
    return f"name: {reason}; {_DERIVED}" if derived else reason


def _not_listed(detail: ErrorDetails, spot: Spot) -> str:
    allowed = re.findall(r"'([^']*)'", str(detail.get("ctx", {}).get("expected", "")))
    near = nearest(str(detail["input"]), allowed)
    return f"found {_shown(detail, spot)}; {near}allowed: {', '.join(allowed)}"


def _of_several(details: Iterable[ErrorDetails], spot: Spot) -> str:
    """Of a value that may be of one of several types."""
    details = list(details)
    if any(detail["type"] == "value_error" for detail in details):
        return _said(next(detail for detail in details if detail["type"] == "value_error"), spot)
    allowed = dict.fromkeys(_allowed(detail) for detail in details)
    return f"found {_shown(details[0], spot)}; allowed: {', or '.join(allowed)}"


def _allowed(detail: ErrorDetails) -> str:
    if detail["type"] == "string_pattern_mismatch":
        pattern = str(detail.get("ctx", {}).get("pattern", ""))
        return next((words for sign, words in _PATTERNS.items() if sign in pattern), f"what matches {pattern}")
    plain = detail["msg"].removeprefix("Input should be ").removeprefix("a valid ")
    return _ALLOWED.get(detail["type"]) or plain.replace("Value should have", "a list or mapping with")


def _hint(detail: ErrorDetails, spot: Spot) -> str:
    if isinstance(spot.node, Table) and detail["loc"][-1:] == ("name",):
        return f"; {_DERIVED}"
    is_pattern = detail.get("ctx", {}).get("class_name") == "Pattern"
    if (is_pattern or detail["type"] == "string_type") and isinstance(spot.node, Scalar):
        return f'; write it in quotes: "{spot.node.text[:_SHOWN]}"'
    return ""


def _shown(detail: ErrorDetails, spot: Spot) -> str:
    value: Any = detail["input"]
    if isinstance(value, list | dict):
        kind = "list" if isinstance(value, list) else "mapping"
        return f"a {kind}" if value else f"an empty {kind}"
    text = repr(value[:_SHOWN]) if isinstance(value, str) else _plain(value)
    if isinstance(spot.node, Scalar) and "${" in spot.node.text:
        return f"{text} (from {spot.node.text[:_SHOWN]})"
    return text


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def nearest(name: str, allowed: Iterable[str]) -> str:
    """``did you mean 'image'? ``, or nothing where no name is near."""
    near = difflib.get_close_matches(name, list(allowed), 1)
    return f"did you mean {near[0]!r}? " if near else ""


def is_truth(path: Path) -> bool:
    """Whether nothing but true or false may stand at a path of the deployment file, or of its defaults."""
    model = _model_at(ServiceSpec, path[2:-1]) if path[:1] == ("defaults",) else _model_at(DeploymentSpec, path[:-1])
    field = model.model_fields.get(str(path[-1])) if model and path else None
    return field is not None and all(_is_truth(part) for part in get_args(field.annotation) or (field.annotation,))


def _is_truth(annotation: Any) -> bool:
    return annotation in (bool, NoneType, True, False) or (
        get_origin(annotation) is Literal and all(isinstance(one, bool) for one in get_args(annotation))
    )


def _model_at(annotation: Any, path: Path) -> type[BaseModel] | None:
    """The model that reads what stands at a path."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if not path:
            return annotation
        field = annotation.model_fields.get(str(path[0]))
        return _model_at(field.annotation, path[1:]) if field else None
    holds_items = get_origin(annotation) in (tuple, dict)
    rest = path[1:] if holds_items else path
    return next((model for part in get_args(annotation) if (model := _model_at(part, rest))), None)
