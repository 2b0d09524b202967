"""The shell's reader at work in one target: a first look, conversations, and a second look for what that did not see.

The second one shows accept queues while connections are held open (proc(5): ``rx_queue`` of a listening socket in
``/proc/net/tcp``), and the programs and sockets of processes of other users, which root without CAP_SYS_PTRACE may not
see (ptrace(2)), so it runs as their own users, where that can be had.
"""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType

from seatrial.errors import CouldNotLook
from seatrial.parsers.frames import Frames
from seatrial.parsers.inside import inside, merge_second, queue_on
from seatrial.request import TargetRequest, Window
from seatrial.snapshot import Inside, Talk, Unreadable
from seatrial.transports.conversations import Conversation, QueueOn, conversations, told
from seatrial.transports.dialler import Inward
from seatrial.transports.loader import sh_script, sh_second
from seatrial.transports.marked import new_nonce

USERS_CAP = 8
"""Most users as which one target is looked at again."""

LOOKS_AT_A_QUEUE, QUEUE_PAUSE_S = 4, 0.5
"""How often an accept queue that does not fall back is read, and the seconds between."""

_USER = re.compile(rb"^Uid:\s+(\d{1,10})\s.*?^Gid:\s+(\d{1,10})\s", re.MULTILINE | re.DOTALL)

Run = Callable[[bytes, str, str], Frames]
"""Runs a script with its nonce as a user, empty for the one that sees most, and takes apart what it printed."""


class ShellReader:
    """One target during one look.

    :param run: runs a script in it.
    :param dialler: connects to its listeners.
    :param vehicle: what the report calls it.
    :param other_users: whether scripts can be run as other users.
    """

    def __init__(
        self,
        request: TargetRequest,
        window: Window,
        run: Run,
        dialler: Inward,
        *,
        vehicle: str = "exec",
        other_users: bool = True,
    ) -> None:
        self._request, self._window, self._run, self._dialler = request, window, run, dialler
        self._vehicle, self._other_users = vehicle, other_users

    def look(self) -> Inside:
        """Read, then talk, since lines that our own connections cause must not be in the logs; then look again."""
        nonce = new_nonce()
        frames = self._run(sh_script(self._request, self._window, nonce), nonce, "")
        found = inside(frames, self._request, self._vehicle)
        users = hidden_users(frames) if self._other_users else ()
        with conversations(self._dialled(found), found.listeners, self._dialler) as held:
            return self._again(found, users, held)

    def _dialled(self, found: Inside) -> TargetRequest:
        """What is asked, with all addresses that can be dialled: from a whole machine itself, also those it binds."""
        if self._request.scope != "machine" or isinstance(found.listeners, Unreadable):
            return self._request
        bound = dict.fromkeys(one.address for one in found.listeners if one.address not in ("0.0.0.0", "::"))
        return replace(self._request, addresses=tuple(dict.fromkeys((*self._request.addresses, *bound))))

    def _again(self, found: Inside, users: Sequence[str], held: Sequence[Conversation]) -> Inside:
        as_whom = users or (("",) if any(each.waits for each in held) else ())
        queue: QueueOn = _not_asked
        for user in as_whom:
            second = self._second(user)
            if isinstance(second, Unreadable):
                queue = partial(_why_not, second)
            else:
                found, queue = merge_second(found, second, self._request.processes), partial(queue_on, second)
        if as_whom:
            queue = self._patient(held, queue, as_whom[-1])
        return replace(found, talks=MappingProxyType(told(held, queue)))

    def _patient(self, held: Sequence[Conversation], queue: QueueOn, user: str) -> QueueOn:
        """Read an accept queue that still holds a connection again: a busy machine takes its time."""
        for _ in range(LOOKS_AT_A_QUEUE - 1):
            if not any(_waits(made) for made in told(held, queue).values()):
                break
            time.sleep(QUEUE_PAUSE_S)
            second = self._second(user)
            if not isinstance(second, Unreadable):
                queue = partial(queue_on, second)
        return queue

    def _second(self, user: str) -> Frames | Unreadable:
        """A look that only adds: where it fails, what the first one could not see stays unreadable."""
        nonce = new_nonce()
        try:
            return self._run(sh_second(self._request, nonce), nonce, user)
        except CouldNotLook as error:
            return Unreadable(str(error))


def hidden_users(frames: Frames) -> tuple[str, ...]:
    """The users, as ``uid:gid``, of processes whose program could not be read, root excepted.

    Both ids count: ptrace(2) lets a process look at another one only where user and group are the same.
    """
    found = set()
    for frame in frames.all("exe"):
        status = frames.find("status", *frame.numbers[1:]) if frame.status else None
        ids = _USER.search(status.payload) if status is not None and not status.status else None
        if ids is not None and int(ids[1]):
            found.add(f"{int(ids[1])}:{int(ids[2])}")
    return tuple(sorted(found)[:USERS_CAP])


def _waits(made: Talk | Unreadable) -> bool:
    return isinstance(made, Talk) and isinstance(made.queue_after, int) and made.queue_after > 0


def _not_asked(address: str, port: int) -> int | Unreadable:
    return Unreadable(f"the accept queue of {address}:{port} was not read")


def _why_not(problem: Unreadable, address: str, port: int) -> int | Unreadable:
    return Unreadable(f"the accept queue of {address}:{port} could not be read: {problem.reason}")
