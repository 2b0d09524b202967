"""Signals around starting and removing: the first one unwinds, none interrupts the removal."""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
Handler = Callable[[int, FrameType | None], object]


@contextmanager
def terminable() -> Iterator[None]:
    """Let SIGTERM and SIGHUP unwind the program as Ctrl-C does, where nobody has decided otherwise."""
    with _handling([one for one in (signal.SIGTERM, signal.SIGHUP) if _unhandled(one)], _leave):
        yield


@contextmanager
def shielded() -> Iterator[None]:
    """Hold SIGINT, SIGTERM and SIGHUP back until the end of the block, then deliver the first of them."""
    held: list[int] = []
    with _handling([one for one in _ENDING if _heard(one)], lambda number, _frame: held.append(number)):
        yield
    if held:
        signal.raise_signal(held[0])


def _leave(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)


def _unhandled(number: signal.Signals) -> bool:
    return signal.getsignal(number) is signal.SIG_DFL


def _heard(number: signal.Signals) -> bool:
    return signal.getsignal(number) not in (signal.SIG_IGN, None)


@contextmanager
def _handling(numbers: list[signal.Signals], handler: Handler) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield  # Python delivers signals to the main thread only
        return
    before = {number: signal.getsignal(number) for number in numbers}
    try:
        for number in numbers:
            signal.signal(number, handler)
        yield
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)
