"""Answers that are asked for by many threads at the same moment, and worked out once."""

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Once(Generic[K, V]):
    """Calls a function once for each argument; who asks meanwhile waits. What it raises is not kept.

    :param call: the function.
    """

    def __init__(self, call: Callable[[K], V]) -> None:
        self._call = call
        self._told: dict[K, V] = {}
        self._turns: dict[K, threading.Lock] = {}

    def __call__(self, key: K) -> V:
        """The answer."""
        with self._turns.setdefault(key, threading.Lock()):
            if key not in self._told:
                self._told[key] = self._call(key)
            return self._told[key]
