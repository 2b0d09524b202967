"""The JSON Schema of the deployment file, for editors: the models' own, with the short forms that the file allows."""

from typing import Any

from seatrial.spec.deployment import MADE_UP_OF, DeploymentSpec
from seatrial.spec.file_model import DeploymentFile
from seatrial.spec.partial_schema import Parts

_NAMED_ONLY = ("DiskSpec", "UserSpec", "UnitSpec", "CronSpec", "NetworkSpec", "MountSpec")
_SHORT_FORMS: dict[str, list[dict[str, Any]]] = {
    "PortSpec": [
        {"type": "integer", "minimum": 1, "maximum": 65535},
        {"type": "string", "pattern": "^[0-9]+(-[0-9]+)?(:[0-9.:-]+)?(/(tcp|udp))?$"},
    ],
    "Pattern": [{"type": "string", "minLength": 1}],
    **{
        key: [{"type": "string", "minLength": 1}]
        for key in ("DiskSpec", "UserSpec", "UnitSpec", "CronSpec", "NetworkSpec", "MountSpec")
    },
}
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_VARIABLE = {"type": "string", "pattern": r"^\$\{[A-Za-z_][A-Za-z0-9_]*(:-[^{}]*)?\}$"}
_TOLD = ("title", "description", "default")
_BY_TYPE = ("integer", "number", "boolean")


def json_schema() -> dict[str, Any]:
    """The schema; what it accepts may still have mistakes that only loading finds.

    A file that includes others, or has defaults or environments, need not say all that a deployment needs.
    """
    schema = _whole()
    whole = {key: schema["properties"][key] for key in DeploymentSpec.model_fields}
    made_up = {"anyOf": [{"required": [key]} for key in MADE_UP_OF]}
    alone = {"if": {"not": made_up}, "then": {"required": schema.pop("required"), "properties": whole}}
    return _document({**schema, "properties": _loose(schema), **alone})


def part_schema() -> dict[str, Any]:
    """The schema of a file that another one includes: nothing is required."""
    schema = _whole()
    del schema["required"]
    return _document({**schema, "properties": _loose(schema)})


def _whole() -> dict[str, Any]:
    schema = DeploymentFile.model_json_schema()
    definitions: dict[str, Any] = schema["$defs"]
    for model in (schema, *definitions.values()):
        for field in model.get("properties", {}).values():
            _written_as_text(field)
    for name, forms in _SHORT_FORMS.items():
        definitions[name] = {"anyOf": [definitions[name], *forms]}
    for key in ("registered", "listed"):
        _one_or_several(definitions["ServiceSpec"]["properties"], key)
    _one_or_several(definitions["SshSpec"]["properties"], "identity")
    _one_or_several(definitions["NamedHost"]["properties"], "group")
    _one_or_several(schema["properties"], "include")
    return {"$schema": _DIALECT, **schema, "title": "Seatrial deployment file"}


def _loose(schema: dict[str, Any]) -> dict[str, Any]:
    """The properties of a file that may say a part of each; the definitions of parts are added to the schema's own."""
    parts, definitions = Parts(schema["$defs"]), schema["$defs"]
    own = {key: parts.of(schema["properties"][key]) for key in DeploymentSpec.model_fields}
    for field in definitions["Defaults"]["properties"].values():
        field.update(parts.of(field))
    definitions["Environment"]["properties"].update({key: parts.or_null(field) for key, field in own.items()})
    definitions["Environment"]["properties"]["variables"]["additionalProperties"] = {
        "type": ["string", "number", "boolean"]
    }
    return {**schema["properties"], **own}


def _one_or_several(properties: dict[str, Any], key: str) -> None:
    several = properties[key]
    told = {name: several.pop(name) for name in _TOLD if name in several}
    properties[key] = {**told, "anyOf": [several["items"], several]}


def _written_as_text(field: dict[str, Any]) -> None:
    """A file has no nulls, writes durations as texts, and may have a variable where a number is wanted."""
    if field.get("type") == "string" and isinstance(field.get("default"), int | float):
        field["default"] = f"{field['default']:g}s"
    if "default" in field and field["default"] is None:
        del field["default"]
    forms = [form for form in field.get("anyOf", ()) if form != {"type": "null"}]
    if not forms:
        forms = [{key: field.pop(key) for key in list(field) if key not in _TOLD}]
    if any(form.get("type") in _BY_TYPE or "enum" in form or "pattern" in form for form in forms):
        forms.append(_VARIABLE)
    field.pop("anyOf", None)
    field.update(forms[0] if len(forms) == 1 else {"anyOf": forms})


def _document(schema: dict[str, Any]) -> dict[str, Any]:
    return {key: _translated(value) for key, value in schema.items()}


def _translated(node: Any) -> Any:
    r"""Python's ``\Z`` is ``$`` in the schema's dialect of regular expressions."""
    if isinstance(node, dict):
        return {_translated(key): _translated(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_translated(item) for item in node]
    return node.replace(r"\Z", "$") if isinstance(node, str) else node
