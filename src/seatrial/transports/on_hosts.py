"""Commands that run on hosts over SSH at this moment: sshd ends none of them when its connection ends, so we do."""

import shlex
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from seatrial.deadline import Deadline
from seatrial.errors import CouldNotLook
from seatrial.ssh.link import Link
from seatrial.transports.leftovers import ENDING_S, SAID_CAP, ending_argv

LAST_S = 1.5
"""Seconds for ending what runs on all hosts, where nobody waits longer for us."""


@dataclass(frozen=True, slots=True)
class OnHost:
    """A command on a host.

    :param link: over which it was started.
    :param sudo: what stands before a command to run it as the same user, empty for who logged in.
    :param mark: in its environment, and in that of all that it starts.
    """

    link: Link
    sudo: tuple[str, ...]
    mark: str

    @property
    def is_running(self) -> bool:
        """Whether it began and is not over, as far as we know."""
        return self in _RUNNING

    def begun(self) -> None:
        """Remember it until :meth:`over`."""
        _RUNNING.add(self)

    def over(self) -> None:
        """Forget it."""
        _RUNNING.discard(self)

    def end(self) -> None:
        """End it with all that it started; its own error tells more than a failure of this."""
        _end(self.link, self.sudo, [self.mark], Deadline.within(ENDING_S))


_RUNNING: set[OnHost] = set()


@contextmanager
def running(command: OnHost) -> Iterator[None]:
    """Remember a command while it runs."""
    command.begun()
    try:
        yield
    finally:
        command.over()


def end_all() -> None:
    """End every command that runs on a host, for a process that is about to end itself."""
    deadline, commands = Deadline.within(LAST_S), list(_RUNNING)
    links = {command.link for command in commands}
    threads = [threading.Thread(target=_end_over, args=(link, commands, deadline), daemon=True) for link in links]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline.at - time.monotonic()))


def _end_over(link: Link, commands: Iterable[OnHost], deadline: Deadline) -> None:
    """End those of one connection: first their sessions, since a server may allow no more of them."""
    link.interrupt()
    mine = [command for command in commands if command.link is link]
    for sudo in {command.sudo for command in mine}:
        _end(link, sudo, [command.mark for command in mine if command.sudo == sudo], deadline)


def _end(link: Link, sudo: tuple[str, ...], marks: Iterable[str], deadline: Deadline) -> None:
    with suppress(CouldNotLook):
        link.run(shlex.join((*sudo, *ending_argv(*marks))), deadline=deadline, cap=SAID_CAP)
