"""The ``ssh`` vehicle: our reader carried to a host over SSH, where it covers the host and all its containers.

The Python reader comes on stdin: ``python3 -`` would have none left for the request, and would import what lies in the
login folder. Where there is no Python, the shell's reader looks at the host, and containers are left to their engine.
"""

import shlex
import socket
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Protocol

from seatrial.deadline import Deadline
from seatrial.errors import CouldNotLook, CutShort, Refused
from seatrial.host import Access, Itself, Trouble
from seatrial.parsers.frames import Frames, by_target, parse
from seatrial.parsers.process import stat
from seatrial.request import TargetRequest, Window
from seatrial.sanitise import clean, decode
from seatrial.snapshot import Inside, Unreadable
from seatrial.spec.inventory.host import Host
from seatrial.ssh.link import Link, Ran
from seatrial.ssh.trouble import NotReached, StillRunning
from seatrial.transports.cargo import cargo
from seatrial.transports.declared import DECLARED, another, of_inside, of_text
from seatrial.transports.engine import ExecResult
from seatrial.transports.leftovers import SAID_CAP, may_run_on, new_mark, with_mark
from seatrial.transports.marked import marked_argv, marked_command, marked_stdin, new_nonce, unmarked
from seatrial.transports.on_hosts import OnHost, running
from seatrial.transports.proc import NotHere, inside_of, request_line
from seatrial.transports.shell_reader import ShellReader
from seatrial.transports.unmarked import NoSuchProgram, check_late, check_marks

MOST_READ = 64 << 20
"""Longest answer of a reader in bytes; a reader on this machine may tell four times as much."""

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
        self._looked: Link | None = None
        self._certain: Link | None = None

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
        user, itself = self._access.user, self._access.itself
        if itself is None or itself.uid == 0:
            return ""
        return f"{user} is not root on {self.host.name}; log in as root, or give ssh: {{sudo: true}} in the file"

    def reach(self, deadline: Deadline) -> Link:
        """Connect, unless it is connected; all that this look asks goes over this connection.

        :raises NotReached: where it cannot be, or must not be.
        """
        try:
            link = self.link(deadline)
        except NotReached as error:
            self._access = replace(error.access or self._access, sudo=self._sudo, trouble=error.trouble)
            raise
        if self._looked is None:
            self._access, self._looked = replace(link.access, sudo=self._sudo), link
        return link

    def link(self, deadline: Deadline) -> Link:
        """The connection to it; within a look it is one and the same, since behind a new one may be another machine.

        :raises NotReached: where it cannot be reached.
        :raises CutShort: where the one of the look is broken.
        """
        link = self._connections.reach(self.host, deadline)
        if self._looked is not None and link is not self._looked:
            raise CutShort(f"the connection to {self.host.name} broke while we looked; over a new one nothing is asked")
        return link

    def over(self) -> None:
        """The look is over: forget how it was reached, and whoever asks from now on may be connected anew."""
        self._access = Access(self.host.name, self.host.address or self.host.name, sudo=self._sudo)
        self._looked = None

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

    def arrive(self, deadline: Deadline) -> str:
        """Make sure, before its engine is asked for anything, that a shell runs on the machine that is meant.

        :returns: how the socket of its engine is, as :func:`seatrial.transports.declared.of_text` tells it.
        :raises NotReached: where it is another one, or that cannot be told.
        """
        link = self.reach(deadline)
        try:
            itself, socket_ = self._told(link, deadline)
            self._must_be(itself)
        except NotReached as error:
            self._access = replace(self._access, trouble=error.trouble)
            raise
        return socket_

    def certain(self, deadline: Deadline) -> Link:
        """The connection to it, where it is the machine that the inventory means; for who only passes through it.

        :raises NotReached: where it is another one, or that cannot be told.
        """
        link = self.link(deadline)
        if (self.host.hostname or self.host.machine_id) and link is not self._certain:
            itself = self._told(link, deadline)[0]
            trouble = another(self.host, itself)
            if trouble is not None:
                raise NotReached(trouble)
            self._certain = link
        return link

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
        link, nonce = self.link(deadline), new_nonce()
        command = OnHost(link, _sudo(link, user), new_mark())
        with running(command):
            try:
                ran = link.run(
                    _line(command, marked_command(argv)), stdin=marked_stdin(nonce, b""), deadline=deadline, cap=cap
                )
            except CouldNotLook as error:
                if may_run_on(error):
                    command.end()
                raise
        try:
            exit_code, stdout = unmarked(nonce, ran.exit_code, ran.stdout)
        except CutShort as error:
            raise _not_run(user, ran, error) from error
        return ExecResult(exit_code, stdout, ran.stderr)

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
        how = " by sudo" if self._sudo else ""
        self.calls.append(f"our reader ({started.split()[0]}) on {self.host.name} as {link.access.user}{how}")
        return self._printed(link, started, stdin, nonce, deadline)

    def _printed(self, link: Link, started: str, stdin: bytes, nonce: str, deadline: Deadline) -> bytes:
        """What a program printed between marks, run by sudo where that is asked for."""
        asked_at = time.time()
        ran = self._ran(link, f"sudo -n {started}" if self._sudo else started, stdin, nonce, deadline)
        answered_at = time.time()
        check_marks(ran, nonce, user=link.access.user if self._sudo else "")
        self._answered(asked_at, answered_at)
        return ran.stdout

    def _ran(self, link: Link, command: str, stdin: bytes, nonce: str, deadline: Deadline) -> Ran:
        try:
            return link.run(command, stdin=stdin, deadline=deadline, cap=MOST_READ)
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
        itself = of_inside(answers)
        if itself is None and (self.host.hostname or self.host.machine_id):
            itself = self._told(link, deadline)[0]
        if itself is not None:
            self._must_be(itself)

    def _must_be(self, itself: Itself) -> None:
        self._access = replace(self._access, itself=itself)
        trouble = another(self.host, itself)
        if trouble is not None:
            raise NotReached(trouble)

    def _told(self, link: Link, deadline: Deadline) -> tuple[Itself, str]:
        """What it calls itself, where no reader told it."""
        nonce, asking = new_nonce(), shlex.join(marked_argv(DECLARED))
        self.calls.append(f"uname on {self.host.name} as {link.access.user}")
        try:
            printed = self._printed(link, asking, marked_stdin(nonce, b""), nonce, deadline)
            return of_text(unmarked(nonce, 0, printed)[1])
        except NotReached:
            raise
        except NoSuchProgram as error:
            raise NotReached(Trouble("access.shell", str(error))) from error
        except CouldNotLook as error:
            text = f"it cannot be told whether {self.host.name} is the machine of the inventory: {error}"
            raise NotReached(Trouble("host.identity", text)) from error


def _sudo(link: Link, user: str) -> tuple[str, ...]:
    """What stands before a command that another user is to run."""
    if not user or user == link.access.user:
        return ()
    return ("sudo", "-n", "-u", f"#{user}" if user.isdigit() else user, "--")


def _line(command: OnHost, line: str) -> str:
    """A command line with the mark in its environment, which sudo would not let through."""
    line = with_mark(command.mark, line)
    return shlex.join((*command.sudo, "sh", "-c", line)) if command.sudo else line


def _not_run(user: str, ran: Ran, error: CutShort) -> CouldNotLook:
    """Why a command was not run, in the words of sudo where those tell it."""
    said = clean(ran.stderr.strip()[-300:], 300)
    return Refused(f"as {user}: {said}") if user and b"sudo" in ran.stderr else error


def _all(requests: Iterable[TargetRequest], error: CouldNotLook) -> dict[str, Inside | Unreadable]:
    return {request.slot: Unreadable(str(error)) for request in requests}
