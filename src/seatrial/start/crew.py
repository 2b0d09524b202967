"""A bounded pool of threads whose work can be broken off."""

import concurrent.futures
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

from seatrial.deadline import Deadline
from seatrial.errors import StartError
from seatrial.start.shield import shielded
from seatrial.start.streams import Streams

WORKERS = 8


class Crew:
    """Does engine calls side by side; leaving it waits until no thread works any more.

    :param deadline: when unfinished work is broken off.
    :param streams: the long answers that its threads read, to be cut then.
    """

    def __init__(self, deadline: Deadline, streams: Streams) -> None:
        self.deadline = deadline
        self._streams = streams
        self._pool = concurrent.futures.ThreadPoolExecutor(WORKERS, "seatrial-start")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Break off what still runs; what it made must be there to be removed before anybody removes."""
        with shielded():
            self._streams.cut()
            self._pool.shutdown(wait=True, cancel_futures=True)

    def submit(self, work: Callable[[], Any]) -> "concurrent.futures.Future[Any]":
        """Begin one piece of work."""
        return self._pool.submit(work)

    def each(self, works: Mapping[str, Callable[[], Any]]) -> None:
        """Do all of these, side by side; the first failure ends the waiting.

        :param works: what to do, by a short description.
        :raises StartError: the first failure, or that the deadline passed and what was still being done.
        """
        futures = {self.submit(work): what for what, work in works.items()}
        left = max(0.0, self.deadline.at - time.monotonic())
        done, undone = concurrent.futures.wait(futures, left, concurrent.futures.FIRST_EXCEPTION)
        for future in done:
            future.result()
        if undone:
            busy = ", ".join(sorted(futures[future] for future in undone)[:5])
            raise StartError(f"not started within {self.deadline.within_s:g} s, still {busy}; allow more time")
