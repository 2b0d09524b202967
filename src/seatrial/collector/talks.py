"""Connections from inside the targets' networks, all at the same time, each until its own deadline."""

import select
import time
from collections.abc import Callable, Sequence
from typing import TypeAlias

from seatrial.collector.talk import POLL_S, Talk

QueueOf: TypeAlias = Callable[["Talk"], "int | str | None"]
_Door: TypeAlias = "tuple[int, int | str]"


def converse(talks: Sequence[Talk], queue_of: QueueOf) -> None:
    """All of them at the same time, but one after the other with the same port: a server may take one at a time.

    :param queue_of: how many connections wait on a talk's listener, or why that is not known.
    """
    waiting: dict[_Door, list[Talk]] = {}
    for talk in reversed(talks):
        waiting.setdefault((talk.key[0], talk.end.door), []).append(talk)
    running = [queue.pop() for queue in waiting.values()]
    for talk in running:
        talk.dial()
    while running:
        _wait(running)
        for talk in running:
            if talk.may_be_queued(time.monotonic()):
                _look_at_queue(talk, queue_of)
            talk.expire(time.monotonic())
        following = [_following(talk, waiting, queue_of) for talk in running]
        running = [talk for talk in following if talk]


def _following(talk: Talk, waiting: dict[_Door, list[Talk]], queue_of: QueueOf) -> "Talk | None":
    """The same where it is not done; else end it, and begin the next one with that port."""
    if not talk.done:
        return talk
    if talk.connected and talk.queue is None and not talk.udp and not (talk.reads and talk.received):
        talk.queue = queue_of(talk)
    talk.hang_up()
    queue = waiting[(talk.key[0], talk.end.door)]
    following = queue.pop() if queue else None
    if following:
        following.dial()
    return following


def _wait(running: Sequence[Talk]) -> None:
    for talk in running:
        talk.begin()
    poll, by_fd = select.poll(), {talk.fileno(): talk for talk in running if talk.begun and not talk.done}
    for fd, talk in by_fd.items():
        poll.register(fd, select.POLLIN | (select.POLLOUT if talk.wants_to_write() else 0))
    for fd, _ in poll.poll(POLL_S * 1000):
        by_fd[fd].step()


def _look_at_queue(talk: Talk, queue_of: QueueOf) -> None:
    now = queue_of(talk)
    talk.queue = min(now, talk.queue) if isinstance(now, int) and isinstance(talk.queue, int) else now
    talk.done = talk.queue == 0
