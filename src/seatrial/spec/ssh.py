"""How hosts are reached over SSH, where they do not say it themselves."""

import re
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from seatrial.spec.expectation import Model
from seatrial.spec.inventory.host_names import UserName, one_or_several
from seatrial.spec.inventory.jump import Jump
from seatrial.spec.scalars import Deadline, Line, PortNumber
from seatrial.spec.secret import INLINE

_REFERENCE = r"(?:env:[A-Za-z_][A-Za-z0-9_]*|file:[^\x00-\x1f]+)"


def secret_reference(value: Any) -> str:
    """Check that a secret is named and not written down; a wrong one is not shown.

    :raises PydanticCustomError: for anything but ``env:NAME`` and ``file:PATH``.
    """
    if isinstance(value, str) and re.fullmatch(_REFERENCE, value):
        return value
    raise PydanticCustomError("secret", INLINE)


SecretReference = Annotated[
    str, BeforeValidator(secret_reference), WithJsonSchema({"type": "string", "pattern": f"^{_REFERENCE}$"})
]


class SshSpec(Model):
    """How hosts are reached over SSH; what a host says itself counts before it."""

    FILES: ClassVar = ("config", "known_hosts", "identity", "passphrase")

    config: Line | None = Field(
        None, description="a configuration file, as ssh -F takes it; OpenSSH's own default files else"
    )
    known_hosts: Line | None = Field(
        None, description="file with the keys of hosts, instead of those that the configuration names"
    )
    user: UserName | None = Field(None, description="who logs in")
    port: PortNumber | None = Field(None, description="port of the servers")
    jump: Jump | None = Field(
        None, description="jump hosts on the way: [user@]host[:port], several with commas, nearest first, or none"
    )
    identity: Annotated[tuple[Line, ...], BeforeValidator(one_or_several)] = Field(
        (), description="private key file, one or a list"
    )
    passphrase: SecretReference | None = Field(
        None, description="where the passphrase of the keys is: env:NAME or file:PATH; never the passphrase itself"
    )
    sudo: bool = Field(False, strict=True, description="whether what reads a host runs below sudo -n")
    within: Deadline = Field(10.0, description="deadline for connecting, banner and authentication of each hop")
