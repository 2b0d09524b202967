"""One service of the deployment: where it is, and what is expected of it."""

from typing import Any, Self

from pydantic import Field, model_validator

from seatrial.spec.container import ContainerSpec
from seatrial.spec.docker import DockerSpec
from seatrial.spec.expectation import Expectation
from seatrial.spec.file import FileSpec
from seatrial.spec.host import HostSpec
from seatrial.spec.listed import ListedSpec
from seatrial.spec.locator import Kind, Locator
from seatrial.spec.log import LogSpec
from seatrial.spec.port import Ports
from seatrial.spec.process import ProcessSpec
from seatrial.spec.references import misfits
from seatrial.spec.registration import RegistrationSpec
from seatrial.spec.scalars import Line
from seatrial.spec.space import SpaceSpec
from seatrial.spec.status import StatusSpec
from seatrial.spec.tomcat import TomcatSpec
from seatrial.spec.watchdog import WatchdogSpec
from seatrial.yamltree.gathering import dotted


class ServiceSpec(Expectation):
    """One service of the deployment."""

    on: Kind = Field("docker", description="where it runs: in containers, on hosts over SSH, or on this machine")
    docker: DockerSpec | None = Field(None, description="its Docker Engine, instead of the one at the top of the file")
    locate: Locator = Field(description="how its instances are found")
    instances: int = Field(
        1,
        ge=1,
        le=10_000,
        strict=True,
        description="how many there must be; `on: ssh`: where it is not given, as many as `locate` chooses",
    )
    image: Line | None = Field(None, description="reference whose image every instance must run")
    container: ContainerSpec = Field(ContainerSpec(), description="what must be true of each container")
    host: HostSpec = Field(HostSpec(), description="what every host must be; `on: ssh`, or this machine")
    processes: tuple[ProcessSpec, ...] = Field((), description="processes of every instance")
    ports: Ports = Field((), description="listeners of every instance")
    registered: tuple[RegistrationSpec, ...] = Field((), description="registrations of every instance")
    listed: tuple[ListedSpec, ...] = Field((), description="configuration nodes that must list every instance")
    tomcat: TomcatSpec | None = Field(None, description="the Tomcat of every instance")
    watchdog: WatchdogSpec | None = Field(None, description="what restarts it when it dies")
    logs: tuple[LogSpec, ...] = Field((), description="logs of every instance")
    files: tuple[FileSpec, ...] = Field((), description="files of every instance")
    space: tuple[SpaceSpec, ...] = Field(
        (), description="places of every instance, and the filesystems that they are on"
    )
    status: tuple[StatusSpec, ...] = Field((), description="the service's own numbers")

    @model_validator(mode="before")
    @classmethod
    def _one_registration_or_several(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        alone = {key: [data[key]] for key in ("registered", "listed") if isinstance(data.get(key), dict)}
        return {**data, **alone}

    @model_validator(mode="after")
    def _names_are_unique_and_known(self) -> Self:
        for path, text in misfits(dict(self)):
            raise ValueError(f"{dotted(path)}: {text}")
        return self
