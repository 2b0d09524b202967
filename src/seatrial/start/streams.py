"""Answers that arrive over minutes (builds, pulls), cut from another thread when nobody wants them any more."""

import threading
import weakref
from typing import Any

import requests

from seatrial.errors import StartError


class Streams:
    """The open long answers of one client.

    A thread that reads one sits in a system call that no exception reaches; shutting its socket down ends the read, and
    the engine, finding the connection gone, breaks the build or pull off.
    """

    def __init__(self) -> None:
        self._open: weakref.WeakSet[requests.Response] = weakref.WeakSet()
        self._lock = threading.Lock()
        self._cut = False

    def watch(self, response: requests.Response, *_args: Any, **options: Any) -> None:
        """Take note of a long answer; a response hook of ``requests``.

        :raises StartError: when everything was cut already.
        """
        if not options.get("stream"):
            return
        with self._lock:
            if self._cut:
                response.close()
                raise StartError("broken off")
            self._open.add(response)

    def cut(self) -> None:
        """End every open answer, and every one that comes later."""
        with self._lock:
            self._cut = True
            for response in self._open:
                _shut(response)

    def close(self) -> None:
        """Give up what nobody read to its end; no thread may read any more."""
        for response in list(self._open):
            response.close()


def _shut(response: requests.Response) -> None:
    try:
        response.raw.shutdown()
    except (ValueError, RuntimeError, OSError):
        return  # it has ended by itself meanwhile
