"""The JSON Schema of the deployment file, for editors: the models' own, with the short forms that the file allows."""

from typing import Any

from seatrial.spec.models import DeploymentSpec

_SHORT_FORMS: dict[str, list[dict[str, Any]]] = {
    "PortSpec": [
        {"type": "integer", "minimum": 1, "maximum": 65535},
        {"type": "string", "pattern": "^[0-9]+(/(tcp|udp))?$"},
    ],
    "Pattern": [{"type": "string", "minLength": 1}],
}
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """The schema; what it accepts may still have mistakes that only loading finds."""
    schema = DeploymentSpec.model_json_schema()
    definitions: dict[str, Any] = schema["$defs"]
    for model in (schema, *definitions.values()):
        _written_as_text(model)
    for name, forms in _SHORT_FORMS.items():
        definitions[name] = {"anyOf": [definitions[name], *forms]}
    registered = definitions["ServiceSpec"]["properties"]["registered"]
    one = {"$ref": "#/$defs/RegistrationSpec"}
    definitions["ServiceSpec"]["properties"]["registered"] = {"anyOf": [one, registered]}
    return {"$schema": _DIALECT, "title": "Seatrial deployment file", **_translated(schema)}


def _written_as_text(model: dict[str, Any]) -> None:
    """Defaults of durations are seconds in the models, and texts in the file."""
    for field in model.get("properties", {}).values():
        if field.get("type") == "string" and isinstance(field.get("default"), int | float):
            field["default"] = f"{field['default']:g}s"


def _translated(node: Any) -> Any:
    r"""Python's ``\Z`` is ``$`` in the schema's dialect of regular expressions."""
    if isinstance(node, dict):
        return {key: _translated(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_translated(item) for item in node]
    return node.replace(r"\Z", "$") if isinstance(node, str) else node
