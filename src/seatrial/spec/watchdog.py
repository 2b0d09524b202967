"""What restarts a service when it dies."""

from pydantic import Field

from seatrial.spec.expectation import Expectation, Model
from seatrial.spec.process import Named
from seatrial.spec.scalars import AbsolutePath, Duration, Name, User


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
