"""The systemd units of every host."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from seatrial.spec.expectation import Expectation

_KINDS = ("service", "socket", "device", "mount", "automount", "swap", "target", "path", "timer", "slice", "scope")


def unit_name(name: str) -> str:
    """Check the name of a unit and write it out: ``nginx`` is ``nginx.service``, as systemctl(1) has it.

    :raises ValueError: for what systemd.unit(5) allows in no name, and for a leading dash, which begins an option.
    """
    if not re.fullmatch(r"[A-Za-z0-9:_.\\@][A-Za-z0-9:_.\\@-]{0,254}", name):
        raise ValueError(f"{name!r} is no name of a systemd unit; write one such as nginx or relay@1.service")
    return name if name.rpartition(".")[2] in _KINDS else f"{name}.service"


class UnitSpec(Expectation):
    """A systemd unit that every host must have."""

    unit: Annotated[str, StringConstraints(min_length=1), AfterValidator(unit_name)] = Field(
        description="its name; without a kind it is a service"
    )
    active: Literal["active", "inactive"] = Field("active", description="what systemd must say of it now")
    enabled: bool | None = Field(None, strict=True, description="whether it must be started at boot")

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, data: Any) -> Any:
        return {"unit": data} if isinstance(data, str) else data

    @property
    def name(self) -> str:
        """Its key in check ids."""
        return self.unit
