"""Threads that connect: few, and daemons, so that a resolver that hangs keeps no process from ending."""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")


class Crew:
    """Runs calls on at most so many threads.

    :param size: how many.
    """

    def __init__(self, size: int, name: str) -> None:
        self._size, self._name = size, name
        self._calls: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._waiting = 0
        self._lock = threading.Lock()

    def submit(self, call: Callable[[], T]) -> "Future[T]":
        """Run a call as soon as a thread is free."""
        future: Future[T] = Future()
        self._calls.put((future, call))
        with self._lock:
            self._waiting += 1
            if self._waiting > 0 and len(self._threads) < self._size:
                self._threads.append(threading.Thread(target=self._work, name=self._name, daemon=True))
                self._threads[-1].start()
        return future

    def end(self) -> None:
        """Let the threads end after what they do now; what has not begun is cancelled."""
        with suppress(queue.Empty):
            while True:
                waiting = self._calls.get_nowait()
                if waiting:
                    waiting[0].cancel()
        for _ in self._threads:
            self._calls.put(None)

    def join(self, within_s: float) -> None:
        """Wait for the threads to end."""
        for thread in self._threads:
            thread.join(within_s / max(1, len(self._threads)))

    def _work(self) -> None:
        while (next_ := self._calls.get()) is not None:
            future, call = next_
            with self._lock:
                self._waiting -= 1
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(call())
                except BaseException as error:
                    future.set_exception(error)
