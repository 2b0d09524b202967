"""Addresses that stand in a configuration node of the registry."""

from typing import Any

from pydantic import Field, model_validator

from seatrial.spec.expectation import Expectation
from seatrial.spec.registration import ZnodePath
from seatrial.spec.scalars import Line


class ListedSpec(Expectation):
    """A znode whose data must list every instance."""

    node: ZnodePath = Field(description="znode whose data is looked through")
    entry: Line = Field(
        "{ip}", description="what must stand there as a whole word; {ip}, {hostname} and {name} are the instance's"
    )
    name: Line = Field("", description="its name in check ids; the node where it is not given")
    network: Line | None = Field(None, description="network whose address {ip} is; any of them where it is not given")

    @model_validator(mode="before")
    @classmethod
    def _name_from_the_node(cls, data: Any) -> Any:
        named = isinstance(data, dict) and "name" not in data and isinstance(data.get("node"), str)
        return {**data, "name": data["node"]} if named else data
