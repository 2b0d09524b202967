"""The JSON Schema of the deployment file, for editors: the models' own, with the short forms that the file allows."""

from typing import Any

from seatrial.spec.deployment import DeploymentSpec

_SHORT_FORMS: dict[str, list[dict[str, Any]]] = {
    "PortSpec": [
        {"type": "integer", "minimum": 1, "maximum": 65535},
        {"type": "string", "pattern": "^[0-9]+(/(tcp|udp))?$"},
    ],
    "Pattern": [{"type": "string", "minLength": 1}],
}
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


_VARIABLE = {"type": "string", "pattern": r"^\$\{[A-Za-z_][A-Za-z0-9_]*(:-[^{}]*)?\}$"}
_TOLD = ("title", "description", "default")
_BY_TYPE = ("integer", "number", "boolean")


def json_schema() -> dict[str, Any]:
    """The schema; what it accepts may still have mistakes that only loading finds."""
    schema = DeploymentSpec.model_json_schema()
    definitions: dict[str, Any] = schema["$defs"]
    for model in (schema, *definitions.values()):
        for field in model.get("properties", {}).values():
            _written_as_text(field)
    for name, forms in _SHORT_FORMS.items():
        definitions[name] = {"anyOf": [definitions[name], *forms]}
    registered = definitions["ServiceSpec"]["properties"]["registered"]
    one = {"$ref": "#/$defs/RegistrationSpec"}
    definitions["ServiceSpec"]["properties"]["registered"] = {"anyOf": [one, registered]}
    return {"$schema": _DIALECT, "title": "Seatrial deployment file", **_translated(schema)}


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


def _translated(node: Any) -> Any:
    r"""Python's ``\Z`` is ``$`` in the schema's dialect of regular expressions."""
    if isinstance(node, dict):
        return {_translated(key): _translated(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_translated(item) for item in node]
    return node.replace(r"\Z", "$") if isinstance(node, str) else node
