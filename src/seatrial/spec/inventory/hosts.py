"""The inventory of a deployment file: a table of hosts, and hosts that the file names itself."""

import codecs
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from seatrial.spec.expectation import Model
from seatrial.spec.inventory.host import Host
from seatrial.spec.inventory.host_names import HostAddress, HostKey, Label, MachineId, UserName, one_or_several
from seatrial.spec.inventory.jump import Jump
from seatrial.spec.scalars import Line, PortNumber

ENCODINGS = ("utf-8", "utf-16", "gb18030", "gbk", "gb2312", "big5", "iso8859-1")
"""Encodings of a table, by the names that Python gives them."""

Column = Annotated[str, StringConstraints(min_length=1, max_length=200)]


def table_encoding(text: str) -> str:
    """Check the name of an encoding, and write it as Python does.

    :raises ValueError: for one that tables are not read in.
    """
    try:
        found = codecs.lookup(text).name
    except (LookupError, ValueError):
        found = ""
    if found not in ENCODINGS:
        raise ValueError(f"{text[:80]!r} is no encoding of a table; allowed: {', '.join(ENCODINGS)}")
    return found


Encoding = Annotated[str, AfterValidator(table_encoding)]


class NamedHost(Model):
    """One host; without an address it is an alias that the configuration of ssh knows."""

    address: HostAddress | None = Field(None, description="IP address or host name")
    port: PortNumber | None = Field(None, description="port of its SSH server")
    user: UserName | None = Field(None, description="who logs in")
    jump: Jump | None = Field(
        None, description="jump hosts on the way: hosts of the inventory, aliases or [user@]host[:port]; or none"
    )
    role: Label | None = Field(None, description="what it is for")
    group: Annotated[tuple[Label, ...], BeforeValidator(one_or_several)] = Field(
        (), description="groups that it is in, one or a list"
    )
    zone: Label | None = Field(None, description="where it stands")
    hostname: HostAddress | None = Field(None, description="what hostname must tell there")
    machine_id: MachineId | None = Field(None, description="what /etc/machine-id must hold there, in quotes")

    def host(self, name: str) -> Host:
        """The same as a value."""
        return Host(
            name,
            self.address or "",
            self.port or 0,
            self.user or "",
            self.jump or "",
            self.role or "",
            self.group,
            self.zone or "",
            self.hostname or "",
            self.machine_id or "",
        )


class Columns(Model):
    """What the columns of the table are called, where they are not called as these keys are."""

    name: Column | None = Field(None, description="name of the host; its address where there is none")
    address: Column | None = Field(None, description="IP address or host name")
    port: Column | None = Field(None, description="port of its SSH server")
    user: Column | None = Field(None, description="who logs in")
    jump: Column | None = Field(None, description="jump hosts on the way")
    role: Column | None = Field(None, description="what it is for")
    group: Column | None = Field(None, description="groups that it is in, with commas between them")
    zone: Column | None = Field(None, description="where it stands")
    hostname: Column | None = Field(None, description="what hostname must tell there")
    machine_id: Column | None = Field(None, description="what /etc/machine-id must hold there")


class HostsSpec(Model):
    """The hosts of the deployment: a table, hosts named here, or both."""

    csv: Line | None = Field(None, description="table of hosts, one a row, relative to the file that says it")
    xlsx: Line | None = Field(None, description="the same as a workbook; needs pip install 'seatrial[xlsx]'")
    sheet: Line | None = Field(None, description="sheet of the workbook; the first one where it is not given")
    encoding: Encoding = Field("utf-8", description="of the csv file")
    columns: Columns = Field(Columns(), description="our name → name of the column in the table")
    named: dict[HostKey, NamedHost] = Field({}, description="name → host")

    @property
    def table(self) -> str:
        """The table's path as it is written; empty where there is none."""
        return self.csv or self.xlsx or ""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.csv and self.xlsx:
            raise ValueError("has both csv and xlsx; the table is one of them")
        if not (self.table or self.named):
            raise ValueError("names no host; give csv, xlsx or named")
        if self.sheet and not self.xlsx:
            raise ValueError("has a sheet without xlsx")
        if "encoding" in self.model_fields_set and not self.csv:
            raise ValueError("has an encoding without csv")
        if self.columns.model_fields_set and not self.table:
            raise ValueError("has columns without a table; give csv or xlsx")
        return self
