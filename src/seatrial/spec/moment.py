"""When something must have begun: after the deployment, say."""

import re
from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from seatrial.spec.expectation import Model

_FORM = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)")


def moment(value: Any) -> float:
    """Read an RFC 3339 time, ``2026-11-25T20:30:00+08:00``, as seconds since the epoch.

    :raises ValueError: for anything else; without a zone nobody could say which moment is meant.
    """
    if isinstance(value, float):
        return value
    try:
        if not isinstance(value, str) or not _FORM.fullmatch(value):
            raise ValueError
        return datetime.fromisoformat(value.upper()).timestamp()
    except (ValueError, OverflowError):
        raise ValueError(
            f"{str(value)[:80]!r} is no time with its zone; write it as 2026-11-25T20:30:00Z or …+08:00"
        ) from None


_MOMENT_JSON = WithJsonSchema({"type": "string", "format": "date-time"})
Moment = Annotated[float, BeforeValidator(moment), _MOMENT_JSON]


class MomentsSpec(Model):
    """A span of time, open at one end where only one is given."""

    after: Moment | None = Field(None, description="not before this time, with its zone: 2026-11-25T20:30:00Z")
    before: Moment | None = Field(None, description="not after this time, with its zone")

    @model_validator(mode="after")
    def _is_a_span(self) -> Self:
        if self.after is None and self.before is None:
            raise ValueError("says no time; give after, before, or both")
        if self.after is not None and self.before is not None and self.after >= self.before:
            raise ValueError("has an after that is not earlier than its before")
        return self
