"""Running a command where an instance is, and only while it is the one that the look saw."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from seatrial.errors import CouldNotLook, CutShort
from seatrial.instance import Container, Instance, Local, Machine
from seatrial.locate.container import container
from seatrial.sites.docker import DockerSite
from seatrial.sites.site import Site
from seatrial.transports import local_command, machine
from seatrial.transports.engine import Engine, ExecResult

if TYPE_CHECKING:
    from seatrial.transports.remote import Remote

ASKING_S = 10.0
"""Seconds to ask whether an instance is still the one that the look saw."""


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

    def __init__(self, seen: Container, engine: Engine) -> None:
        """Get ready; nothing is contacted before the first command.

        :param seen: the container as the look saw it.
        """
        self._seen, self._engine = seen, engine

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


class HostShell:
    """Runs commands on a host, as who logs in there."""

    def __init__(self, seen: Machine, remote: "Remote") -> None:
        """Get ready; nothing is contacted before the first command.

        :param seen: the host as the look saw it.
        """
        self._seen, self._remote = seen, remote

    def run(self, argv: Sequence[str], *, user: str, deadline_s: float, cap: int) -> ExecResult:
        """Run one command, as :class:`Shell` says; whether it is still the same boot is asked as of containers."""
        with _held_to_be(self._must_be_the_same):
            return self._remote.run(argv, user=user, deadline_s=deadline_s, cap=cap)

    def close(self) -> None:
        """The connection is that of the whole run."""

    def _must_be_the_same(self) -> None:
        start_ticks, boot_id = self._remote.boot(ASKING_S)
        if boot_id != self._seen.boot_id or start_ticks not in (0, self._seen.start_ticks):
            raise CutShort(f"host {self._seen.name} is not as the look saw it: it was booted again")


def shell_of(slot: str, instance: Instance, site: Site) -> Shell:
    """The shell for what fills a slot.

    :param site: where it was found.
    :raises CouldNotLook: where commands cannot be run in such an instance.
    """
    if isinstance(instance, Container) and isinstance(site, DockerSite):
        return ContainerShell(instance, Engine(site.harbour.address, dialler=site.harbour.dialler))
    if isinstance(instance, Local):
        return LocalShell(instance)
    if isinstance(instance, Machine):
        return _on_a_host(slot, instance, site)
    raise CouldNotLook(f"no command can be run in {instance.noun} {instance.name}")


def _on_a_host(slot: str, instance: Machine, site: Site) -> HostShell:
    from seatrial.sites.hosts import HostSite  # with the SSH client behind it, which only such slots need

    assert isinstance(site, HostSite)
    return HostShell(instance, site.remote(slot))
