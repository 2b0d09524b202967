"""The ``ssh`` vehicle: our reader carried to a host over SSH, where it covers the host and all its containers.

The Python reader comes on stdin: ``python3 -`` would have none left for the request, and would import what lies in the
login folder. Where there is no Python, the shell's reader looks at the host, and containers are left to their engine.
"""

import shlex
import socket
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Protocol

from seatrial.deadline import Deadline
from seatrial.errors import CouldNotLook, Refused
from seatrial.host import Access, Trouble
from seatrial.parsers.frames import TOTAL_CAP, Frames, by_target, parse
from seatrial.parsers.process import stat
from seatrial.request import TargetRequest, Window
from seatrial.sanitise import clean, decode
from seatrial.snapshot import Inside, Unreadable
from seatrial.spec.inventory import Host
from seatrial.ssh.link import Link, Ran
from seatrial.ssh.trouble import NotReached, StillRunning
from seatrial.transports.cargo import cargo
from seatrial.transports.declared import DECLARED, Told, another, of_inside, of_text
from seatrial.transports.engine import ExecResult
from seatrial.transports.leftovers import ENDING_S, SAID_CAP, ending_argv, may_run_on, new_mark, with_mark
from seatrial.transports.marked import marked_command, marked_stdin, new_nonce, unmarked
from seatrial.transports.proc import NotHere, inside_of, request_line
from seatrial.transports.shell_reader import ShellReader
from seatrial.transports.unmarked import NoSuchProgram, check_late, check_marks

BOOT_ID, INIT = "/proc/sys/kernel/random/boot_id", "/proc/1/stat"


class Connections(Protocol):
    """Connects hosts, each once."""

    def begin(self, host: Host) -> None:
        """Start to connect; returns at once."""

    def reach(self, host: Host, deadline: Deadline) -> Link:
        """The connection to a host.

        :raises NotReached: where it cannot be reached, or must not be.
        """


class FromThere:
    """Connections that a host makes to its own ports.

    :param link: to that host.
    """

    udp = False
    """A session carries no datagrams."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def inside(self, address: str, port: int, deadline: Deadline) -> socket.socket:
        """Connect to one of its own addresses."""
        return self._link.dial(address, port, deadline)


class Remote:
    """One host behind SSH: what reads it, and what runs commands there.

    :param connections: to all hosts of the run.
    :param sudo: whether the reader runs below ``sudo -n``.
    :ivar calls: what was run there since the list was cleared, one line each, for the report.
    """

    def __init__(self, connections: Connections, host: Host, *, sudo: bool) -> None:
        self.host = host
        self.calls: list[str] = []
        self._connections, self._sudo, self._has_python = connections, sudo, True
        self._access = Access(host.name, host.address or host.name, sudo=sudo)

    @property
    def sudo(self) -> bool:
        """Whether what reads it runs below ``sudo -n``."""
        return self._sudo

    def __repr__(self) -> str:
        return f"Remote({self.host.name!r})"

    @property
    def access(self) -> Access:
        """How it was reached and read the last time."""
        return self._access

    def begin(self) -> None:
        """Start to connect; returns at once."""
        self._connections.begin(self.host)

    def usable(self) -> str:
        """Empty, or why what runs there cannot be read in full."""
        user = self._access.user
        if self._sudo or user in ("", "root"):
            return ""
        return f"{user} is not root on {self.host.name}; log in as root, or give ssh: {{sudo: true}} in the file"

    def reach(self, deadline: Deadline) -> Link:
        """Connect, unless it is connected, and forget how it was reached before.

        :raises NotReached: where it cannot be, or must not be.
        """
        self._access = Access(self.host.name, self.host.address or self.host.name, sudo=self._sudo)
        try:
            link = self._connections.reach(self.host, deadline)
        except NotReached as error:
            self._access = replace(error.access or self._access, sudo=self._sudo, trouble=error.trouble)
            raise
        self._access = replace(link.access, sudo=self._sudo)
        return link

    def link(self, deadline: Deadline) -> Link:
        """The connection to it, a new one where the last one broke.

        :raises NotReached: where it cannot be reached.
        """
        return self._connections.reach(self.host, deadline)

    def look(self, requests: Sequence[TargetRequest], window: Window) -> dict[str, Inside | Unreadable]:
        """Read the host and its containers with one run; what could not be read is an ``Unreadable``."""
        deadline = Deadline.within(window.deadline_s)
        try:
            link = self.link(deadline)
            answers = self._read_or_why(link, requests, window, deadline)
            self._must_be_declared(link, answers.values(), deadline)
        except NotReached as error:
            self._access = replace(self._access, trouble=error.trouble)
            return _all(requests, error)
        except CouldNotLook as error:
            return _all(requests, error)
        return answers

    def identify(self, deadline: Deadline) -> None:
        """Make sure, without a reader, that it is the machine that the inventory means.

        :raises NotReached: where it is another one, or that cannot be told.
        """
        try:
            self._must_be_declared(self.link(deadline), (), deadline)
        except NotReached as error:
            self._access = replace(self._access, trouble=error.trouble)
            raise

    def boot(self, deadline_s: float) -> tuple[int, str]:
        """Start time of its first process, 0 where this user may not see it (hidepid of proc(5)), and its boot id.

        Both, since machines that share a kernel share its boot id.

        :raises CouldNotLook: where they cannot be read.
        """
        ran = self.run(["cat", BOOT_ID, INIT], deadline_s=deadline_s, cap=SAID_CAP)
        boot_id, _, init = ran.stdout.partition(b"\n")
        if not boot_id:
            raise CouldNotLook(f"{BOOT_ID} could not be read: {clean(ran.stderr[:SAID_CAP], 200)}")
        return stat(init).start_ticks if init else 0, decode(boot_id)

    def run(self, argv: Sequence[str], *, user: str = "", deadline_s: float, cap: int) -> ExecResult:
        """Run a command there, below a shell that marks its end.

        :param user: name or uid, by ``sudo -n -u``; empty for who logged in.
        :param deadline_s: seconds after which it is ended with all that it started.
        :param cap: bytes that it may print.
        :raises CouldNotLook: for anything but a command that ran to its end.
        """
        self.calls.append(f"run {argv[0]} on {self.host.name}")
        deadline = Deadline.within(deadline_s)
        link, nonce, mark = self.link(deadline), new_nonce(), new_mark()
        command = self._as(link, user, with_mark(mark, marked_command(argv)))
        try:
            ran = link.run(command, stdin=marked_stdin(nonce, b""), deadline=deadline, cap=cap)
        except CouldNotLook as error:
            if may_run_on(error):
                self._end(link, user, mark)
            raise
        exit_code, stdout = unmarked(nonce, ran.exit_code, ran.stdout)
        return ExecResult(exit_code, stdout, ran.stderr)

    def _as(self, link: Link, user: str, command: str) -> str:
        if not user or user == link.access.user:
            return command
        asked = f"#{user}" if user.isdigit() else user
        return f"sudo -n -u {shlex.quote(asked)} -- sh -c {shlex.quote(command)}"

    def _end(self, link: Link, user: str, mark: str) -> None:
        """End what a command left behind; the command's own error tells more than a failure of this."""
        with suppress(CouldNotLook):
            command = self._as(link, user, shlex.join(ending_argv(mark)))
            link.run(command, deadline=Deadline.within(ENDING_S), cap=SAID_CAP)

    def _read_or_why(
        self, link: Link, requests: Sequence[TargetRequest], window: Window, deadline: Deadline
    ) -> dict[str, Inside | Unreadable]:
        try:
            return self._read(link, requests, window, deadline)
        except NotReached:
            raise
        except CouldNotLook as error:
            return _all(requests, error)

    def _read(
        self, link: Link, requests: Sequence[TargetRequest], window: Window, deadline: Deadline
    ) -> dict[str, Inside | Unreadable]:
        if self._has_python:
            try:
                return self._carried(link, requests, window, deadline)
            except NoSuchProgram:
                self._has_python = False
        return {request.slot: self._by_shell(link, request, window, deadline) for request in requests}

    def _carried(
        self, link: Link, requests: Sequence[TargetRequest], window: Window, deadline: Deadline
    ) -> dict[str, Inside | Unreadable]:
        nonce, reader = new_nonce(), cargo()
        asked = request_line(requests, window, nonce)
        stdout = self._output(link, reader.command, reader.program + asked, nonce, deadline)
        answers = by_target(parse(stdout, nonce, noisy=True))
        return {
            request.slot: inside_of(answers.get(at, Frames(())), request, "ssh") for at, request in enumerate(requests)
        }

    def _by_shell(self, link: Link, request: TargetRequest, window: Window, deadline: Deadline) -> Inside | Unreadable:
        if request.scope != "machine":
            return NotHere(f"{self.host.name} has no Python to read its containers with")

        def run(script: bytes, nonce: str, user: str) -> Frames:
            assert not user
            return Frames(parse(self._output(link, "sh", script, nonce, deadline), nonce, noisy=True))

        try:
            return ShellReader(request, window, run, FromThere(link), vehicle="ssh", other_users=False).look()
        except NoSuchProgram as error:
            raise NotReached(Trouble("access.shell", str(error))) from error

    def _output(self, link: Link, started: str, stdin: bytes, nonce: str, deadline: Deadline) -> bytes:
        """What a reader printed, which was started and came to write."""
        self.calls.append(f"our reader ({started.split()[0]}) on {self.host.name} as {link.access.user}")
        asked_at = time.time()
        ran = self._ran(link, f"sudo -n {started}" if self._sudo else started, stdin, nonce, deadline)
        answered_at = time.time()
        check_marks(ran, nonce, user=link.access.user if self._sudo else "")
        self._answered(asked_at, answered_at)
        return ran.stdout

    def _ran(self, link: Link, command: str, stdin: bytes, nonce: str, deadline: Deadline) -> Ran:
        try:
            return link.run(command, stdin=stdin, deadline=deadline, cap=TOTAL_CAP)
        except StillRunning as error:
            check_late(error, nonce)
            raise
        except Refused as error:
            raise NotReached(Trouble("access.shell", str(error))) from error

    def _answered(self, asked_at: float, answered_at: float) -> None:
        """Between which moments its clock was read: those of all runs of one look."""
        before = self._access
        asked_at = min(asked_at, before.asked_at or asked_at)
        self._access = replace(before, asked_at=asked_at, answered_at=max(answered_at, before.answered_at))

    def _must_be_declared(self, link: Link, answers: Iterable[Inside | Unreadable], deadline: Deadline) -> None:
        """Make sure that it is the machine that the inventory means, where that says more than an address.

        :raises NotReached: where it is another one, or that cannot be told.
        """
        if not (self.host.hostname or self.host.machine_id):
            return
        trouble = another(self.host, of_inside(answers) or self._told(link, deadline))
        if trouble is not None:
            raise NotReached(trouble)

    def _told(self, link: Link, deadline: Deadline) -> Told:
        """What it calls itself, where no reader told it."""
        nonce = new_nonce()
        try:
            ran = link.run(marked_command(DECLARED), stdin=marked_stdin(nonce, b""), deadline=deadline, cap=SAID_CAP)
            return of_text(unmarked(nonce, ran.exit_code, ran.stdout)[1])
        except NotReached:
            raise
        except CouldNotLook as error:
            text = f"it cannot be told whether {self.host.name} is the machine of the inventory: {error}"
            raise NotReached(Trouble("host.identity", text)) from error


def _all(requests: Iterable[TargetRequest], error: CouldNotLook) -> dict[str, Inside | Unreadable]:
    return {request.slot: Unreadable(str(error)) for request in requests}
