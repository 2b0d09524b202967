"""An answer that many threads want at the same moment is worked out once."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from seatrial.ssh.once import Once


def test_threads_that_ask_the_same_wait_for_one_call():
    called, all_here = [], threading.Barrier(8)

    def slow(key: str) -> str:
        called.append(key)
        time.sleep(0.05)
        return key.upper()

    once = Once(slow)

    def ask(key: str) -> str:
        all_here.wait(10)
        return once(key)

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(ask, ["a", "b"] * 4))
    assert told == ["A", "B"] * 4
    assert sorted(called) == ["a", "b"]


def test_what_failed_is_tried_again():
    answers = iter([OSError("no"), "yes"])

    def call(_: str) -> str:
        answer = next(answers)
        if isinstance(answer, OSError):
            raise answer
        return answer

    once = Once(call)
    with pytest.raises(OSError, match="no"):
        once("x")
    assert (once("x"), once("x")) == ("yes", "yes")
