"""Running a command where an instance is, and only while it is the one that the look saw."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from seatrial.errors import CouldNotLook, CutShort
from seatrial.instance import Container, Instance, Local
from seatrial.locate.container import container
from seatrial.transports import local_command, machine
from seatrial.transports.engine import Engine, ExecResult
from seatrial.transports.engine_address import EngineAddress


class Shell(Protocol):
    """Runs commands in one instance."""

    def run(self, argv: Sequence[str], *, user: str, deadline_s: float, cap: int) -> ExecResult:
        """Run one command to its end.

        :param user: name or uid, empty for the instance's own.
        :param deadline_s: seconds for the command.
        :param cap: longest output in bytes, stdout and stderr together.
        :raises CouldNotLook: for anything but a command that ran to its end in the instance that the look saw.
        """

    def close(self) -> None:
        """Let go of connections."""


@contextmanager
def _held_to_be(must_be_the_same: Callable[[], None]) -> Iterator[None]:
    """Make sure before and after what runs inside; where that could not run, a change says best why."""
    must_be_the_same()
    try:
        yield
    except CouldNotLook:
        must_be_the_same()
        raise
    must_be_the_same()


class ContainerShell:
    """Runs commands in one container.

    Whether it is still the container that the look saw is asked before and after every command, not once a test: asking
    takes 0.4 ms where an exec takes 70, and the answer of a container that restarted in the middle of a test, with its
    files gone, must not pass for that of the one before.
    """

    def __init__(self, seen: Container, address: EngineAddress) -> None:
        """Get ready; nothing is contacted before the first command.

        :param seen: the container as the look saw it.
        """
        self._seen, self._engine = seen, Engine(address)

    def run(self, argv: Sequence[str], *, user: str, deadline_s: float, cap: int) -> ExecResult:
        """Run one command below a shell that marks its end, as :class:`Shell` says."""
        with _held_to_be(self._must_be_the_same):
            return self._engine.exec_marked(self._seen.id, argv, user=user, deadline_s=deadline_s, cap=cap)

    def close(self) -> None:
        """Close the connections to the engine."""
        self._engine.close()

    def _must_be_the_same(self) -> None:
        now = container(self._engine.inspect(self._seen.id)).identity
        wrong = [f"{key} was {was} and is {now[key]}" for key, was in self._seen.identity.items() if was != now[key]]
        if wrong:
            raise CutShort(f"container {self._seen.name} is not as the look saw it: {'; '.join(wrong)}")


class LocalShell:
    """Runs commands where a service of this machine lives, in its namespaces or simply here."""

    def __init__(self, seen: Local) -> None:
        """Get ready.

        :param seen: the service as the look saw it.
        """
        self._seen = seen

    def run(self, argv: Sequence[str], *, user: str, deadline_s: float, cap: int) -> ExecResult:
        """Run one command, as :class:`Shell` says; whether it is still the same service is asked as of containers."""
        with _held_to_be(self._must_be_the_same):
            return local_command.run(self._seen, argv, user=user, deadline_s=deadline_s, cap=cap)

    def close(self) -> None:
        """Nothing is kept open."""

    def _must_be_the_same(self) -> None:
        if machine.again(self._seen) is None:
            raise CutShort(f"{self._seen.name} is not as the look saw it: its first process has ended")


def shell_of(instance: Instance, address: EngineAddress | None) -> Shell:
    """The shell for what fills a slot.

    :param address: of the engine that the look asked, None where it asked none.
    :raises CouldNotLook: where commands cannot be run in such an instance.
    """
    if isinstance(instance, Container) and address is not None:
        return ContainerShell(instance, address)
    if isinstance(instance, Local):
        return LocalShell(instance)
    raise CouldNotLook(f"no command can be run in {instance.noun} {instance.name}")
