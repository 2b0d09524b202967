"""The disks of every host."""

import posixpath
import re
from pathlib import PurePosixPath
from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator

from seatrial.spec.expectation import Expectation
from seatrial.spec.room import Inodes, Space
from seatrial.spec.scalars import AbsolutePath, Line

_TAG = re.compile(r"(?:PART)?(?:UUID|LABEL)=|ID=|/dev/disk/by-")
_ONLY_MOUNTS = {"defaults", "auto", "noauto", "user", "nouser", "users", "owner", "group", "fail", "nofail", "_netdev"}
"""Options that only mount(8) reads: no kernel tells them."""


def mount_point(path: str) -> str:
    """Check that a path is written as the kernel writes mount points.

    :raises ValueError: where it is not.
    """
    plain = "/" + posixpath.normpath(path).lstrip("/")
    if path != plain:
        raise ValueError(f"{path!r} is not written as the kernel writes a mount point; write {plain}")
    return path


def mounted_source(source: str) -> str:
    """Check that a source is one that the kernel tells (``/proc/PID/mountinfo``, proc(5)): it knows no tags.

    :raises ValueError: for ``UUID=…``, ``LABEL=…`` and links to devices.
    """
    if _TAG.match(source):
        raise ValueError(
            f"{source!r} is how a disk is looked for, and no kernel tells that of what is mounted; "
            "write the device, as findmnt prints it, such as /dev/vdb1"
        )
    return source


def mount_option(option: str) -> str:
    """Check that an option is one that the kernel tells of what is mounted.

    :raises ValueError: for several in one text, and for those that only mount(8) reads.
    """
    if "," in option or option != option.strip():
        raise ValueError(f"{option!r} is not one option; write a list, such as [rw, noatime]")
    if option in _ONLY_MOUNTS or option.startswith(("x-", "comment=")):
        raise ValueError(f"{option!r} is read by mount alone, and no kernel tells it; leave it out")
    return option


class DiskSpec(Expectation):
    """A filesystem that must be mounted on every host."""

    mount: Annotated[AbsolutePath, AfterValidator(mount_point)] = Field(description="where it must be mounted")
    source: Annotated[Line, AfterValidator(mounted_source)] | None = Field(
        None, description="its device or server, as findmnt prints it"
    )
    fstype: Line | None = Field(None, description="kind of filesystem: ext4, xfs, nfs4 and so on")
    options: tuple[Annotated[Line, AfterValidator(mount_option)], ...] = Field(
        (), description="mount options that must hold, such as rw or noatime"
    )
    free: Space | None = Field(None, description="least space that must be left to ordinary users: 10%, 5GiB, 500MB")
    inodes: Inodes | None = Field(None, description="least inodes that must be left: 5%, or a number")

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, data: Any) -> Any:
        return {"mount": data} if isinstance(data, str) else data

    @property
    def name(self) -> str:
        """Its key in check ids."""
        return self.mount

    @property
    def above(self) -> tuple[str, ...]:
        """The folders above it, the nearest first: it is on the filesystem of one of them where nothing is mounted."""
        return tuple(str(parent) for parent in PurePosixPath(self.mount).parents)
