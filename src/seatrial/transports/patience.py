"""How long a look goes on asking an engine that hangs."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from seatrial.deadline import Deadline
from seatrial.errors import CouldNotLook, TooLate
from seatrial.snapshot import Unreadable

T = TypeVar("T")


def or_why(ask: Callable[[], T], deadline: Deadline) -> T | Unreadable:
    """An answer, or why there is none; past the deadline nothing is asked any more."""
    try:
        if deadline.passed:
            return Unreadable(f"not asked: the look had already taken its {deadline.within_s:.3g} s")
        return ask()
    except CouldNotLook as error:
        return Unreadable(str(error))


def each_or_why(keys: Iterable[str], ask: Callable[[str], T], deadline: Deadline) -> dict[str, T | Unreadable]:
    """Answers one after the other; once one does not come in time, none of the others is asked for."""
    found: dict[str, T | Unreadable] = {}
    late: list[str] = []

    def asked(key: str) -> T:
        try:
            return ask(key)
        except TooLate as error:
            late.append(str(error))
            raise

    for key in keys:
        found[key] = Unreadable(f"not asked, since it hung before: {late[0]}") if late else _ask(asked, key, deadline)
    return found


def _ask(ask: Callable[[str], T], key: str, deadline: Deadline) -> T | Unreadable:
    return or_why(lambda: ask(key), deadline)
