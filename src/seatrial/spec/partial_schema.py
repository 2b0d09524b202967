"""JSON Schema of what is merged with something else: nothing is required, and a null removes a key."""

from typing import Any

_SUFFIX = "Part"
_PREFIX = "#/$defs/"


class Parts:
    """Makes definitions of parts from those of the whole, each once.

    :param definitions: those of the whole; those of the parts are added to them.
    """

    def __init__(self, definitions: dict[str, Any]) -> None:
        self._definitions = definitions

    def of(self, field: dict[str, Any]) -> dict[str, Any]:
        """The same field for a part; the items of a list stay whole, since lists are not merged."""
        part = {key: value for key, value in field.items() if key != "minProperties"}
        if "$ref" in field:
            part["$ref"] = _PREFIX + self._defined(field["$ref"].removeprefix(_PREFIX))
        if "anyOf" in field:
            part["anyOf"] = [self.of(form) for form in field["anyOf"]]
        if "patternProperties" in field:
            named = field["patternProperties"].items()
            part["patternProperties"] = {pattern: self.or_null(self.of(each)) for pattern, each in named}
        return part

    def or_null(self, field: dict[str, Any]) -> dict[str, Any]:
        """The same field, which may be removed as well."""
        told: dict[str, Any] = {key: field[key] for key in ("title", "description", "default") if key in field}
        rest = {key: value for key, value in field.items() if key not in told}
        return {**told, "anyOf": [*(rest["anyOf"] if list(rest) == ["anyOf"] else [rest]), {"type": "null"}]}

    def _defined(self, name: str) -> str:
        if name.endswith(_SUFFIX):
            return name
        part = f"{name}{_SUFFIX}"
        if part not in self._definitions:
            whole = self._definitions[name]
            self._definitions[part] = {}
            self._definitions[part] = self._loosened(whole)
        return part

    def _loosened(self, whole: dict[str, Any]) -> dict[str, Any]:
        kept = {key: value for key, value in whole.items() if key != "required"}
        fields = whole.get("properties", {})
        return {**kept, "properties": {key: self.or_null(self.of(field)) for key, field in fields.items()}}
