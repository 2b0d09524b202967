"""A call for whose end nobody has to wait, as one that asks a peer which may keep us for ever."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


def aside(call: Callable[[], T], name: str) -> Future[T]:
    """Make a call in a daemon thread: unlike a pool's, no exit of the interpreter waits for it.

    :param name: of the thread.
    :returns: what becomes its result, or its error; await it with a timeout.
    """
    future: Future[T] = Future()
    threading.Thread(target=_fulfil, args=(future, call), name=name, daemon=True).start()
    return future


def _fulfil(future: "Future[T]", call: Callable[[], T]) -> None:
    try:
        future.set_result(call())
    except BaseException as error:  # it is raised where the result is asked for
        future.set_exception(error)
