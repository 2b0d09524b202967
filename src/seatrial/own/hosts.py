"""pytest-testinfra's ``host`` for one slot, on our own connections.

What a user runs with ``host.run`` ends with the exit code that it has. What testinfra's modules run is guarded
(:mod:`seatrial.own.guards`), since they take any code but 0 for a no.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from testinfra.backend.base import BaseBackend, CommandResult
from testinfra.host import Host

from seatrial.errors import Unknown
from seatrial.own.guards import doubt, guarded
from seatrial.own.targets import Targets
from seatrial.sanitise import clean

_SHOWN = 300


class Answer(CommandResult):  # type: ignore[misc]
    """How a command ended; what a report shows of it passed our sanitiser, and holds no command line."""

    def __repr__(self) -> str:
        """Exit code and output, shortened and without secrets."""
        stdout, stderr = clean(self.stdout_bytes, _SHOWN), clean(self.stderr_bytes, _SHOWN)
        return f"CommandResult(rc={self.rc}, stdout={stdout!r}, stderr={stderr!r})"


class SlotBackend(BaseBackend):  # type: ignore[misc]
    """testinfra's connection to what fills a slot.

    :param deadline_s: seconds that one command may take.
    """

    NAME = "slot"

    def __init__(self, slot: str, targets: Targets, deadline_s: float) -> None:
        super().__init__(slot)
        self.user = ""
        self._targets, self._deadline_s = targets, deadline_s

    def run(self, command: str, *args: str, **_: Any) -> Answer:
        """Run a shell's command to its end.

        :raises Unknown: for anything but a command that ran to its end in the instance that the look saw.
        """
        text = self.get_command(command, *args)
        argv = ["sh", "-c", text]
        ran = self._targets.run(self.hostname, argv, user=self.user, deadline_s=self._deadline_s)
        return Answer(self, ran.exit_code, self.encode(text), ran.stdout, ran.stderr)

    def run_local(self, *_: str) -> Answer:
        """Refuse: nothing runs on this machine that a test asks of a slot.

        :raises Unknown: always.
        """
        raise Unknown(f"{self.hostname}: nothing is run on this machine")

    def get_encoding(self) -> str:
        """UTF-8; testinfra would ask a python in the target."""
        return "UTF-8"


class Modules(Host):  # type: ignore[misc]
    """What testinfra's modules ask: each command is made sure to look, and its answer to be one."""

    def run(self, command: str, *args: str, **_: Any) -> Answer:
        """Run a module's command.

        :raises Unknown: where it could not look.
        """
        text = self.backend.quote(command, *args)
        ran: Answer = self.backend.run(guarded(text))
        problem = doubt(text, ran.rc, ran.stdout_bytes, ran.stderr_bytes)
        if problem:
            raise Unknown(f"{self.backend.hostname}: {problem}")
        return ran

    def run_expect(self, expected: list[int], command: str, *args: str, **more: Any) -> Answer:
        """Run a module's command; with an exit code that it does not expect, it could not look.

        :raises Unknown: for such a code, where testinfra would call it a failed assertion.
        """
        ran = self.run(command, *args, **more)
        if ran.rc not in expected:
            said = clean(ran.stderr_bytes or ran.stdout_bytes, _SHOWN)
            raise Unknown(
                f"{self.backend.hostname}: {clean(command, 60)} ended with {ran.rc}: {said or 'without a word'}"
            )
        return ran

    def check_output(self, command: str, *args: str, **more: Any) -> str:
        """What a module's command prints.

        :raises Unknown: where it did not end with 0.
        """
        return str(self.run_expect([0], command, *args, **more).stdout).rstrip("\r\n")


class SlotHost(Host):  # type: ignore[misc]
    """The host that a user's test holds."""

    def __init__(self, backend: SlotBackend) -> None:
        super().__init__(backend)
        self._modules = Modules(backend)

    def __getattr__(self, name: str) -> Any:
        """A module of testinfra's; ``command`` runs what the user says, so it is not guarded."""
        return super().__getattr__(name) if name == "command" else getattr(self._modules, name)

    def exists(self, command: str) -> bool:
        """Whether a command is in PATH."""
        return bool(self._modules.exists(command))

    def find_command(self, command: str, extrapaths: Any = ("/sbin", "/usr/sbin")) -> str:
        """The path of a command.

        :raises ValueError: where there is none.
        """
        return str(self._modules.find_command(command, extrapaths))

    @contextmanager
    def sudo(self, user: str | None = None) -> Iterator[None]:
        """Run what is inside as another user, root if none is named; the engine does it, no sudo is needed."""
        before, self.backend.user = self.backend.user, user or "root"
        try:
            yield
        finally:
            self.backend.user = before


def host_of(slot: str, targets: Targets, deadline_s: float) -> SlotHost:
    """The host of a slot; nothing is run before it is asked for something.

    :param deadline_s: seconds that one command may take.
    :raises Unknown: where the look knows already that nothing can be run there.
    """
    targets.check(slot)
    return SlotHost(SlotBackend(slot, targets, deadline_s))
