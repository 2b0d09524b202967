"""The deployment file as frozen pydantic models; the field descriptions are the reference of the file format."""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from seatrial.spec.gathering import dotted
from seatrial.spec.references import misfits
from seatrial.spec.scalars import Address, Day, Deadline, Duration, Expected, Mode, Publication, Regex, User, one_line

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*\Z", max_length=64)]
Text = Annotated[str, StringConstraints(min_length=1)]
Line = Annotated[str, StringConstraints(min_length=1), AfterValidator(one_line)]
HttpPath = Annotated[str, StringConstraints(pattern=r"^/[!-~]*\Z")]
AbsolutePath = Annotated[str, StringConstraints(pattern=r"^/[^\x00\r\n]*\Z", max_length=4096)]
UtcOffset = Annotated[str, StringConstraints(pattern=r"^[+-](0[0-9]|1[0-4]):[0-5][0-9]\Z")]
NO_REGISTRY = "is registered, but the file has no zookeeper: {hosts: …} at its top"
PortNumber = Annotated[int, Field(ge=1, le=65535, strict=True)]


class Model(BaseModel):
    """A part of the file: unknown keys are mistakes, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, regex_engine="python-re")


class Waiver(Model):
    """A finding that is accepted for a while."""

    until: Day = Field(description="last day on which the waiver counts; after it the check fails again")
    reason: Text = Field(description="why it is accepted, for whoever reads the report")


class Expectation(Model):
    """What every expectation may carry."""

    severity: Literal["blocker", "major", "minor"] = Field("major", description="how bad a failure is")
    owner_team: str = Field("", description="who is to be told")
    runbook: str = Field("", description="where it is written what to do")
    waive: Waiver | None = Field(None, description="accept a FAIL of these checks for a while; never an UNKNOWN")


class Matcher(Model):
    """Tells which processes are meant; all that is given must hold, and at least one must be given."""

    exe: Line | None = Field(None, description="the running binary: its full path, or its last part")
    script: Line | None = Field(
        None,
        description="what an interpreter runs: its exact first argument that is no option, such as a file or a class",
    )
    match: Regex | None = Field(None, description="a regular expression found in the arguments joined by blanks")

    @model_validator(mode="after")
    def _has_something_to_match(self) -> Self:
        if not (self.exe or self.script or self.match):
            raise ValueError("says not which process is meant; give exe, script or match")
        return self


class Named(Matcher):
    """Processes that check ids name."""

    name: Name = Field("", description="its name in check ids; the last part of exe or script where it is not given")

    @model_validator(mode="before")
    @classmethod
    def _name_from_what_it_runs(cls, data: Any) -> Any:
        return named(data, "exe", "script")

    @model_validator(mode="after")
    def _has_a_name(self) -> Self:
        if not self.name:
            raise ValueError("needs a name for its check ids, since match gives none")
        return self


class ProcessSpec(Named, Expectation):
    """A process that must run in every instance."""

    count: int = Field(1, ge=0, strict=True, description="how many roots: a master and its workers are one")
    workers: int | None = Field(None, ge=0, strict=True, description="how many further such processes below the root")
    user: User | None = Field(None, description="user name inside the target, or uid")
    argv: tuple[str, ...] | None = Field(
        None, min_length=1, description="all its arguments, argv[0] first, each compared exactly"
    )
    pidfile: AbsolutePath | None = Field(None, description="file that must hold the pid of this process")


class Conversation(Model):
    """What is said to a port and what must come back."""

    send: str = Field("", description="text to send after connecting; \\n and \\r\\n as YAML writes them")
    expect: Text | None = Field(None, description="text that the answer must hold")
    http: HttpPath | None = Field(None, description="path for an HTTP GET, instead of send and expect")
    status: int = Field(200, ge=100, le=599, strict=True, description="status that the HTTP answer must have")
    within: Deadline = Field(2.0, description="deadline for the answer")

    @model_validator(mode="after")
    def _asks_one_thing(self) -> Self:
        if self.http is None and self.expect is None:
            raise ValueError("expects nothing; give expect (with or without send), or http with a path")
        if self.http is not None and self.send:
            raise ValueError("has both http and send; give one of them")
        if self.http is None and "status" in self.model_fields_set:
            raise ValueError("has a status without http; give http with a path")
        return self


class PortSpec(Expectation):
    """A port on which every instance must listen."""

    port: PortNumber = Field(description="port number inside the target")
    proto: Literal["tcp", "udp"] = Field("tcp", description="protocol")
    bind: Address | None = Field(
        None, description="exact bind address; where it is not given, any that peers can reach (not loopback)"
    )
    owner: Name | None = Field(None, description="name of the declared process that must hold the socket")
    answer: Conversation | None = Field(None, description="what must come back; else only that it accepts")
    published: Publication | None = Field(
        None, description="host port, address:port, or true for any, on which the engine publishes it"
    )

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, data: Any) -> Any:
        if isinstance(data, int) and not isinstance(data, bool):
            return {"port": data}
        if isinstance(data, str):
            number, _, proto = data.partition("/")
            return {"port": int(number) if number.isdecimal() else number, **({"proto": proto} if proto else {})}
        return data

    @property
    def name(self) -> str:
        """``8080/tcp``, its key in check ids."""
        return f"{self.port}/{self.proto}"


class RegistrationSpec(Expectation):
    """A znode that every instance must have."""

    path: Annotated[str, StringConstraints(pattern=r"^(/[^/\x00\r\n]+)+\Z")] = Field(
        description="znode whose children are the instances"
    )
    data: Text = Field(
        "{ip}", description="what the node's data must be; {ip}, {hostname} and {name} are those of the instance"
    )
    ephemeral: bool = Field(True, strict=True, description="whether the node must vanish with its session")
    network: Line | None = Field(None, description="network whose address {ip} is; any of them where it is not given")

    @property
    def name(self) -> str:
        """Its key in check ids."""
        return self.path


class Heartbeat(Model):
    """A file that a living watchdog touches."""

    file: AbsolutePath = Field(description="path inside the target")
    max_age: Duration = Field(description="oldest modification time that is still alive, by the target's clock")
    owner: User | None = Field(None, description="user that must own the file")


class WatchdogSpec(Named, Expectation):
    """The process that restarts a service when it dies."""

    user: User | None = Field(None, description="user name inside the target, or uid")
    watches: Name = Field(description="name of the declared process that it must watch, as parent or by pid file")
    pidfile: AbsolutePath | None = Field(
        None, description="file through which it knows what it watches, where it is not the parent"
    )
    heartbeat: Heartbeat | None = Field(None, description="file that it touches while it watches")


class Pattern(Model):
    """What a log line is searched for."""

    line: Line | None = Field(None, description="text that the line holds, case counts")
    regex: Regex | None = Field(None, description="Python regular expression that is found in the line")
    reason: str = Field("", description="why it is harmless, for an allowed line")
    until: Day | None = Field(None, description="last day on which an allowed line is allowed")

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, data: Any) -> Any:
        return {"line": data} if isinstance(data, str) else data

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        if (self.line is None) == (self.regex is None):
            raise ValueError("needs either line or regex")
        return self


class LogSpec(Expectation):
    """A log that must be there and clean."""

    name: Line = Field("", description="its name in check ids; the path, or docker, where it is not given")
    path: AbsolutePath | None = Field(None, description="file inside the target; * ? and [] are wildcards")
    docker: bool = Field(False, strict=True, description="the engine's log of the container, instead of a path")
    deny: tuple[Pattern, ...] = Field((), description="no line may hold any of these")
    allow: tuple[Pattern, ...] = Field((), description="except lines that hold one of these")
    fresh: Duration | None = Field(None, description="it must have been written to not longer ago than this")
    since: Literal["start", "all"] = Field("start", description="lines since the container's start, or all of them")
    utc_offset: UtcOffset = Field("+00:00", description="zone of its time stamps that carry none")
    user: User | None = Field(None, description="user that must own the file")
    not_empty: bool = Field(False, strict=True, description="whether an empty file is wrong")

    @model_validator(mode="before")
    @classmethod
    def _name_from_where_it_is(cls, data: Any) -> Any:
        if not isinstance(data, dict) or "name" in data:
            return data
        where = "docker" if data.get("docker") is True else data.get("path")
        return {**data, "name": where} if isinstance(where, str) else data

    @model_validator(mode="after")
    def _is_in_one_place(self) -> Self:
        if (self.path is None) == (not self.docker):
            raise ValueError("needs either path or docker: true")
        if self.allow and not self.deny:
            raise ValueError("has allow without deny, which allows nothing more; give deny too")
        if any(pattern.until for pattern in self.deny):
            raise ValueError("until is for an allowed line; a denied one has no last day")
        if self.docker and (self.user is not None):
            raise ValueError("user is for a file; the engine's log has none")
        return self


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


class HttpStatus(Model):
    """A status page inside the target."""

    port: PortNumber = Field(description="port inside the target")
    path: HttpPath = Field("/", description="path of the GET")
    within: Deadline = Field(2.0, description="deadline for the answer")


class StatusSpec(Expectation):
    """A command or a page that tells the service's own numbers."""

    name: Name = Field("", description="its name in check ids; the command's last part or http where it is not given")
    command: tuple[Text, ...] | None = Field(None, min_length=1, description="argv, run inside the target")
    user: Line | None = Field(None, description="user that runs the command")
    within: Deadline = Field(5.0, description="deadline for the command")
    http: HttpStatus | None = Field(None, description="page to read instead of a command")
    expect: dict[Line, Expected] = Field(
        min_length=1, description="key → value, or a comparison such as '>= 1'; keys of JSON are dotted paths"
    )

    @model_validator(mode="before")
    @classmethod
    def _name_from_what_is_asked(cls, data: Any) -> Any:
        if isinstance(data, dict) and "name" not in data:
            command, http = data.get("command"), data.get("http")
            if isinstance(command, list) and command and isinstance(command[0], str):
                return {**data, "name": last_part(command[0])}
            if isinstance(http, dict):
                return {**data, "name": "http"}
        return data

    @model_validator(mode="after")
    def _asks_one_thing(self) -> Self:
        if (self.command is None) == (self.http is None):
            raise ValueError("needs either command or http")
        return self


class ContainerSpec(Expectation):
    """What the engine must say of each container."""

    health: Literal["healthy"] | None = Field(None, description="state of its health check")
    max_restarts: int | None = Field(None, ge=0, strict=True, description="how often the engine may have restarted it")


class Locator(Model):
    """Tells which containers belong to a service; all that is given must hold."""

    compose_service: Line | None = Field(None, description="compose's label com.docker.compose.service")
    compose_project: Line | None = Field(None, description="compose's label com.docker.compose.project")
    name: Line | None = Field(None, description="container name; * and ? are wildcards")
    names: tuple[Line, ...] | None = Field(None, description="exact container names, slot by slot")
    label: Line | None = Field(None, description="key or key=value")
    image: Line | None = Field(None, description="image reference as the container was created with")

    @model_validator(mode="after")
    def _has_something_to_match(self) -> Self:
        if not any((self.compose_service, self.compose_project, self.name, self.names, self.label, self.image)):
            raise ValueError("is empty; give compose_service, name, names, label or image")
        return self


class DockerSpec(Model):
    """Where the Docker Engine is."""

    engine: Line | None = Field(
        None, description="unix:///path or tcp://host:port; DOCKER_HOST, the docker context or the usual socket else"
    )


class ServiceSpec(Expectation):
    """One service of the deployment."""

    on: Literal["docker"] = Field("docker", description="where it runs")
    locate: Locator = Field(description="how its instances are found")
    instances: int = Field(1, ge=1, le=10_000, strict=True, description="how many there must be")
    image: Line | None = Field(None, description="reference whose image every instance must run")
    container: ContainerSpec = Field(ContainerSpec(), description="what the engine must say of it")
    processes: tuple[ProcessSpec, ...] = Field((), description="processes of every instance")
    ports: tuple[PortSpec, ...] = Field((), description="listeners of every instance")
    registered: tuple[RegistrationSpec, ...] = Field((), description="registrations of every instance")
    watchdog: WatchdogSpec | None = Field(None, description="what restarts it when it dies")
    logs: tuple[LogSpec, ...] = Field((), description="logs of every instance")
    files: tuple[FileSpec, ...] = Field((), description="files of every instance")
    status: tuple[StatusSpec, ...] = Field((), description="the service's own numbers")

    @model_validator(mode="before")
    @classmethod
    def _one_registration_or_several(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("registered"), dict):
            return {**data, "registered": [data["registered"]]}
        return data

    @model_validator(mode="after")
    def _names_are_unique_and_known(self) -> Self:
        for path, text in misfits(dict(self)):
            raise ValueError(f"{dotted(path)}: {text}")
        return self


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


def last_part(path: str) -> str:
    """``/opt/relay/p2prelay`` → ``p2prelay``."""
    return path.rstrip("/").rpartition("/")[2]


def named(data: Any, *keys: str) -> Any:
    """Give an item that has no name the last part of the first of these keys that it has."""
    if not isinstance(data, dict) or "name" in data:
        return data
    source = next((data[key] for key in keys if isinstance(data.get(key), str)), None)
    return data if source is None else {**data, "name": last_part(source)}
