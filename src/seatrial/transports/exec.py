"""The exec vehicle: our shell reader, run in each container through the engine, where its /proc cannot be seen.

One exec for each container, since an exec costs 70-90 ms of CPU; a second one only for what the first could not see:
accept queues while connections from here are held open (proc(5): ``rx_queue`` of a listening socket in
``/proc/net/tcp``), and the programs and sockets of processes of other users, which root without CAP_SYS_PTRACE may
not see (ptrace(2)), so it runs as their own users.
"""

import re
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from types import MappingProxyType

from seatrial.errors import CouldNotLook
from seatrial.parsers.frames import Frames, parse
from seatrial.parsers.inside import inside, merge_second, queue_on
from seatrial.request import TargetRequest, Window
from seatrial.snapshot import Inside, Talk, Unreadable
from seatrial.transports.conversations import Conversation, QueueOn, conversations, told
from seatrial.transports.deadline import Deadline
from seatrial.transports.engine import Engine
from seatrial.transports.loader import sh_script, sh_second
from seatrial.transports.marked import check_started, new_nonce

READ_CAP = 64 * 1024 * 1024
"""Most bytes of a reader's answer."""

USERS_CAP = 8
"""Most users as which one container is looked at again."""

LOOKS_AT_A_QUEUE, QUEUE_PAUSE_S = 4, 0.5
"""How often an accept queue that does not fall back is read, and the seconds between."""

_ROOT = "0:0"
_USER = re.compile(rb"^Uid:\s+(\d{1,10})\s.*?^Gid:\s+(\d{1,10})\s", re.MULTILINE | re.DOTALL)


def look(
    engine: Engine, requests: Sequence[TargetRequest], window: Window, *, max_workers: int = 4
) -> dict[str, Inside | Unreadable]:
    """Look into containers through the engine's exec; what fails for one is told for its slot only.

    Connections are made only to the addresses of these containers.

    :param max_workers: containers that are looked into at the same time: four saturate two cores.
    """
    with ThreadPoolExecutor(max_workers, "seatrial-exec") as pool:
        found = pool.map(partial(_or_why, engine, window), requests)
        return dict(zip((request.slot for request in requests), found, strict=True))


def _or_why(engine: Engine, window: Window, request: TargetRequest) -> Inside | Unreadable:
    try:
        return _Target(engine, request, window).look()
    except CouldNotLook as error:
        return Unreadable(str(error))


class _Target:
    """One container during one look."""

    def __init__(self, engine: Engine, request: TargetRequest, window: Window) -> None:
        self._engine, self._request, self._window = engine, request, window
        self._deadline = Deadline.within(window.deadline_s)

    def look(self) -> Inside:
        """Read, then talk, since lines that our own connections cause must not be in the logs; then look again."""
        nonce = new_nonce()
        frames = self._read(sh_script(self._request, self._window, nonce), nonce, _ROOT)
        found = inside(frames, self._request, "exec")
        users = hidden_users(frames)
        with conversations(self._request, found.listeners) as held:
            return self._again(found, users, held)

    def _again(self, found: Inside, users: Sequence[str], held: Sequence[Conversation]) -> Inside:
        as_whom = users or ((_ROOT,) if any(each.waits for each in held) else ())
        queue: QueueOn = _not_asked
        for user in as_whom:
            second = self._second(user)
            if isinstance(second, Unreadable):
                queue = partial(_why_not, second)
            else:
                found, queue = merge_second(found, second), partial(queue_on, second)
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
            return self._read(sh_second(self._request, nonce), nonce, user)
        except CouldNotLook as error:
            return Unreadable(str(error))

    def _read(self, script: bytes, nonce: str, user: str) -> Frames:
        ran = self._engine.exec(
            self._request.container_id,
            ["sh"],
            user=user,
            stdin=script,
            deadline_s=self._deadline.left(),
            cap=READ_CAP,
            label=f"our reader as {user}",
        )
        check_started(ran.exit_code, ran.stdout)
        return Frames(parse(ran.stdout, nonce))


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
