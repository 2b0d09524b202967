"""The users of every host."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from seatrial.spec.expectation import Expectation


def login(name: str) -> str:
    """Check that a text can be the name of a user in ``/etc/passwd`` (passwd(5)).

    :raises ValueError: where it cannot.
    """
    if not re.fullmatch(r"[^\s:]{1,256}", name):
        raise ValueError(f"{name!r} is no user name; write one word, without a colon")
    return name


class UserSpec(Expectation):
    """A user that every host must have."""

    name: Annotated[str, StringConstraints(min_length=1), AfterValidator(login)] = Field(
        description="user name in /etc/passwd"
    )
    uid: int | None = Field(None, ge=0, lt=2**32 - 1, strict=True, description="number that it must have")

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, data: Any) -> Any:
        return {"name": data} if isinstance(data, str) else data
