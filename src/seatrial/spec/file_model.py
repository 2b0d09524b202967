"""The deployment file as it is written, for its schema and its reference; what is loaded is made up of its parts."""

from pydantic import Field, create_model

from seatrial.spec.defaults import ALL, KINDS
from seatrial.spec.deployment import DeploymentSpec
from seatrial.spec.expectation import Model
from seatrial.spec.scalars import Line, Name
from seatrial.spec.service import ServiceSpec

Defaults: type[Model] = create_model(
    "Defaults",
    __base__=Model,
    __doc__="What services have in common: any key of a service but `on`. What a service says itself counts before it.",
    **{ALL: (ServiceSpec | None, Field(None, description="of every service"))},
    **{kind: (ServiceSpec | None, Field(None, description=f"of every service with `on: {kind}`")) for kind in KINDS},
)  # type: ignore[call-overload]


class Environment(Model):
    """What is different in one environment: any key of the file but `include` and `environments`, laid over it."""

    variables: dict[str, str] = Field(
        {}, description="name → value for ${NAME} in the whole file, where the variable is not set, or empty"
    )
    defaults: Defaults | None = Field(None, description="laid over the defaults of the file")


class DeploymentFile(DeploymentSpec):
    """A deployment file."""

    include: tuple[Line, ...] = Field(
        (), description="files that hold more of it, one or a list, relative to this one; * ? and [] are wildcards"
    )
    defaults: Defaults | None = Field(None, description="what services have in common, by kind")
    environments: dict[Name, Environment] = Field({}, description="name → what is different there")
