"""The deployment file as frozen pydantic models; the field descriptions are the reference of the file format."""

from collections.abc import Iterable
from typing import Any, Self

from pydantic import Field, PrivateAttr, model_validator

from seatrial.spec.docker import DockerSpec
from seatrial.spec.expectation import Model
from seatrial.spec.inventory.host import Host
from seatrial.spec.inventory.host_names import HostName
from seatrial.spec.inventory.hosts import HostsSpec
from seatrial.spec.scalars import Deadline, Line, Name
from seatrial.spec.service import ServiceSpec
from seatrial.spec.ssh import SshSpec

MADE_UP_OF = ("include", "defaults", "environments")
"""Keys of a file that say what it is made up of; what is read as a deployment has none of them."""

NO_REGISTRY = "is to be found in the registry, but the file has no zookeeper: {hosts: …} at its top"


class ZooKeeperSpec(Model):
    """The ensemble that holds the registrations."""

    hosts: Line = Field(description="connect string: host:port,host:port with an optional /chroot at the end")
    timeout: Deadline = Field(5.0, description="deadline for connecting and for each answer")
    via: HostName | None = Field(
        None, description="host over SSH from which the servers are dialled, where they are not reached from here"
    )


class DeploymentSpec(Model):
    """A deployment file."""

    deployment: Name = Field(description="name of the deployment")
    docker: DockerSpec = Field(DockerSpec(), description="where the Docker Engine is")
    zookeeper: ZooKeeperSpec | None = Field(None, description="the ensemble that holds the registrations")
    hosts: HostsSpec | None = Field(None, description="the inventory: hosts that are reached over SSH")
    ssh: SshSpec = Field(SshSpec(), description="how they are reached")
    services: dict[Name, ServiceSpec] = Field(min_length=1, description="name → service")
    start: Line | None = Field(None, description="compose file, for fixtures and commands that start the deployment")

    _inventory: tuple[Host, ...] = PrivateAttr(())

    @property
    def inventory(self) -> tuple[Host, ...]:
        """All hosts: those of the table in its order, then those that the file names.

        Those of the table are known where the file was loaded; what is only validated has read no other file.
        """
        return self._inventory

    def with_inventory(self, hosts: Iterable[Host]) -> Self:
        """The same deployment, its hosts being these."""
        whole = self.model_copy()
        whole._inventory = tuple(hosts)
        return whole

    def model_post_init(self, _context: Any, /) -> None:
        """Knows the hosts that the file names itself."""
        named = self.hosts.named if self.hosts else {}
        self._inventory = tuple(host.host(name) for name, host in named.items())

    @model_validator(mode="after")
    def _registrations_have_a_registry(self) -> Self:
        asking = [name for name, service in self.services.items() if service.registered or service.listed]
        if asking and self.zookeeper is None:
            raise ValueError(f"service {asking[0]!r}: {NO_REGISTRY}")
        return self
