"""The deployment file as frozen pydantic models; the field descriptions are the reference of the file format."""

from typing import Self

from pydantic import Field, model_validator

from seatrial.spec.expectation import Model
from seatrial.spec.scalars import Deadline, Line, Name
from seatrial.spec.service import ServiceSpec

MADE_UP_OF = ("include", "defaults", "environments")
"""Keys of a file that say what it is made up of; what is read as a deployment has none of them."""

NO_REGISTRY = "is registered, but the file has no zookeeper: {hosts: …} at its top"


class DockerSpec(Model):
    """Where the Docker Engine is."""

    engine: Line | None = Field(
        None, description="unix:///path or tcp://host:port; DOCKER_HOST, the docker context or the usual socket else"
    )


class ZooKeeperSpec(Model):
    """The ensemble that holds the registrations."""

    hosts: Line = Field(description="connect string: host:port,host:port with an optional /chroot at the end")
    timeout: Deadline = Field(5.0, description="deadline for connecting and for each answer")


class DeploymentSpec(Model):
    """A deployment file."""

    deployment: Name = Field(description="name of the deployment")
    docker: DockerSpec = Field(DockerSpec(), description="where the Docker Engine is")
    zookeeper: ZooKeeperSpec | None = Field(None, description="the ensemble that holds the registrations")
    services: dict[Name, ServiceSpec] = Field(min_length=1, description="name → service")
    start: Line | None = Field(None, description="compose file, for fixtures and commands that start the deployment")

    @model_validator(mode="after")
    def _registrations_have_a_registry(self) -> Self:
        asking = [name for name, service in self.services.items() if service.registered]
        if asking and self.zookeeper is None:
            raise ValueError(f"service {asking[0]!r}: {NO_REGISTRY}")
        return self
