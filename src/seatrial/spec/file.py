"""The files of every instance."""

from typing import Literal

from pydantic import Field

from seatrial.spec.expectation import Expectation
from seatrial.spec.scalars import AbsolutePath, Mode, Text, User


class FileSpec(Expectation):
    """A file or directory that must be there, as declared."""

    path: AbsolutePath = Field(description="path inside the target")
    kind: Literal["regular", "directory", "socket", "fifo"] = Field("regular", description="what it must be")
    user: User | None = Field(None, description="user that must own it")
    mode: Mode | None = Field(None, description='permission bits, in quotes: "0644"')
    contains: tuple[Text, ...] = Field((), description="texts that its first 64 KiB must hold")
    not_empty: bool = Field(False, strict=True, description="whether it must hold at least one byte")

    @property
    def name(self) -> str:
        """Its key in check ids."""
        return self.path
