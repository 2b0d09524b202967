"""The registrations of every instance."""

from typing import Annotated

from pydantic import Field, StringConstraints

from seatrial.spec.expectation import Expectation
from seatrial.spec.scalars import Line, Text

PLACEHOLDERS = ("{ip}", "{hostname}", "{name}")
"""What stands in ``data`` for something of the instance's own."""

ZnodePath = Annotated[str, StringConstraints(pattern=r"^(/[^/\x00\r\n]+)+\Z")]


class RegistrationSpec(Expectation):
    """A znode that every instance must have."""

    path: ZnodePath = Field(description="znode whose children are the instances")
    data: Text = Field(
        "{ip}", description="what the node's data must be; {ip}, {hostname} and {name} are those of the instance"
    )
    ephemeral: bool = Field(True, strict=True, description="whether the node must vanish with its session")
    network: Line | None = Field(None, description="network whose address {ip} is; any of them where it is not given")

    @property
    def name(self) -> str:
        """Its key in check ids."""
        return self.path
