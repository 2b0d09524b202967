"""What must be left, and whether it can be written, where a service keeps its files."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, StrictBool, model_validator

from seatrial.spec.disk import mount_point
from seatrial.spec.expectation import Expectation
from seatrial.spec.room import Inodes, Space
from seatrial.spec.scalars import AbsolutePath

SPACE_ASKS = {"free": "fs.space", "inodes": "fs.inodes", "writable": "fs.rw"}
"""Key of a declared place → the aspect that it asks for."""


class SpaceSpec(Expectation):
    """A place of the service, and what must be true of the filesystem that it is on."""

    path: Annotated[AbsolutePath, AfterValidator(mount_point)] = Field(
        description="a folder or file, as the service sees it; what it is on is found"
    )
    free: Space | None = Field(None, description="least space that must be left to ordinary users: 10%, 100MiB")
    inodes: Inodes | None = Field(None, description="least inodes that must be left: 5%, or a number")
    writable: StrictBool | None = Field(
        None, description="whether its filesystem is mounted so that it can be written to"
    )

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if self.free is None and self.inodes is None and self.writable is None:
            raise ValueError(f"{self.path} asks for nothing; give {', '.join(SPACE_ASKS)}, or several of them")
        return self

    @property
    def name(self) -> str:
        """Its key in check ids."""
        return self.path
