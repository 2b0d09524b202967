"""The processes that must run in every instance."""

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from seatrial.spec.expectation import Expectation, Model
from seatrial.spec.java import HeapSpec, JavaSpec, runs_named
from seatrial.spec.moment import MomentsSpec
from seatrial.spec.naming import named
from seatrial.spec.scalars import AbsolutePath, Expected, Line, Name, Over, Regex, Share, User, VariableName

LimitName = Literal[
    "cpu time",
    "file size",
    "data size",
    "stack size",
    "core file size",
    "resident set",
    "processes",
    "open files",
    "locked memory",
    "address space",
    "file locks",
    "pending signals",
    "msgqueue size",
    "nice priority",
    "realtime priority",
    "realtime timeout",
]
"""The kernel's own names, proc(5)."""


class Matcher(Model):
    """Tells which processes are meant; all that is given must hold, and at least one must be given."""

    exe: Line | None = Field(None, description="the running binary: its full path, or its last part")
    script: Line | None = Field(
        None,
        description="what an interpreter runs: its exact first argument that is no option, such as a file or a class",
    )
    match: Regex | None = Field(None, description="a regular expression found in the arguments joined by blanks")
    java: JavaSpec | None = Field(None, description="what a Java launcher runs: a main class or a jar")

    @model_validator(mode="after")
    def _has_something_to_match(self) -> Self:
        if not (self.exe or self.script or self.match or self.java):
            raise ValueError("says not which process is meant; give exe, script, match or java")
        return self


class Named(Matcher):
    """Processes that check ids name."""

    name: Name = Field("", description="its name in check ids; else the last part of exe, script, class or jar")

    @model_validator(mode="before")
    @classmethod
    def _name_from_what_it_runs(cls, data: Any) -> Any:
        given = named(data, "exe", "script")
        if not isinstance(given, dict) or "name" in given:
            return given
        name = runs_named(given.get("java"))
        return given if name is None else {**given, "name": name}

    @model_validator(mode="after")
    def _has_a_name(self) -> Self:
        if not self.name:
            raise ValueError("needs a name for its check ids, since match gives none")
        return self


class ArgumentSpec(Model):
    """One argument that is not always the same."""

    regex: Regex = Field(description="a regular expression that must match the whole argument")


Argument = str | ArgumentSpec


class CpuSpec(Model):
    """How much of a processor a process may use: one that spins does no work."""

    below: Share = Field(0.9, description="share of one processor, or of the container's quota where that is less")
    over: Over = Field(2.0, description="measured over this time: so long a look takes, at most 5s")


class ProcessSpec(Named, Expectation):
    """A process that must run in every instance."""

    count: int = Field(1, ge=0, strict=True, description="how many roots: a master and its workers are one")
    workers: int | None = Field(None, ge=0, strict=True, description="how many further such processes below the root")
    user: User | None = Field(None, description="user name inside the target, or uid")
    argv: tuple[Argument, ...] | None = Field(
        None, min_length=1, description="all its arguments, argv[0] first, each compared exactly or by its regex"
    )
    pidfile: AbsolutePath | None = Field(None, description="file that must hold the pid of this process")
    parent: Name | None = Field(None, description="name of the declared process that must have started it")
    release: AbsolutePath | None = Field(
        None, description="folder, or the link to it, that its program or its working folder must be in"
    )
    libraries: bool = Field(False, description="whether the code that it has loaded must still be on the disk")
    fds: Share | None = Field(None, description="how much of its own limit of open files it may use, such as 80%")
    limits: dict[LimitName, Expected] = Field(
        {}, description="name as in /proc/PID/limits, without Max → soft limit, or a comparison; unlimited is allowed"
    )
    env: dict[VariableName, str] = Field({}, description="environment of the live process: name → value")
    started: MomentsSpec | None = Field(None, description="when it must have been started")
    cpu: CpuSpec | None = Field(None, description="how much of a processor it may use")
    properties: dict[Line, Expected] = Field({}, description="Java: name → value that its -Dname=value must give it")
    heap: HeapSpec | None = Field(None, description="Java: the size of its heap, as its arguments give it")
