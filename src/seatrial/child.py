"""pytest as the gate runs it: the same pytest, in a process that lives for one run only."""

import gc
import json
import os
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from seatrial.exits import Exit
from seatrial.transports import ending

_GC_THRESHOLD = 100_000
"""Allocations between two collections: nearly all that a run makes lives to its end, so there is little to collect."""


def main() -> None:
    """Import what looks, wait on stdin for what to run (:mod:`seatrial.waiting`), and run it.

    It ends without taking the process apart object by object, which takes 0.1 s.
    """
    gc.disable()
    import seatrial.early  # noqa: F401 - takes as long as our parent needs until it tells

    told = _told()
    try:
        _be_interruptible()
        status = _pytest(told)
    except KeyboardInterrupt:  # before pytest was there to take it
        status = Exit.INTERRUPTED
    finally:
        ending.end_all()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _pytest(told: dict[str, Any]) -> int:
    early = _begun(told["look"]) if told["look"] else None
    # Imported before pytest's plugin manager does it, which would rewrite the asserts of all our modules at each run
    # where it may not keep the result: half a second, for modules that hold no test.
    import pytest

    import seatrial.plugin  # noqa: F401

    gc.freeze()
    gc.set_threshold(_GC_THRESHOLD)
    gc.enable()
    return int(pytest.main(told["argv"], plugins=[early] if early else []))


def _told() -> dict[str, Any]:
    """What to run; all that is printed from now on goes to the run's log."""
    line = sys.stdin.buffer.readline()
    if not line.endswith(b"\n"):
        os._exit(0)  # our parent has nothing to run, or is gone
    told: dict[str, Any] = json.loads(line)
    threading.Thread(target=_hang_on, args=(os.dup(0),), name="seatrial-lifeline", daemon=True).start()
    log = os.open(told["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    for spare in (log, nothing):
        os.close(spare)
    sys.argv[1:] = told["argv"]
    return told


def _hang_on(lifeline: int) -> None:
    """End at once, with the commands that run, when our parent lets go of us or is gone, however it ended."""
    os.read(lifeline, 1)
    ending.end_all()
    os.kill(os.getpid(), signal.SIGKILL)


def _be_interruptible() -> None:
    """End as at an interrupt, so that the journal is closed, where our parent asks, or the terminal is closed.

    SIGINT stays as it is: in the background, where our parent ignores it, so do we.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as nohup(1) makes it
        signal.signal(signal.SIGHUP, signal.default_int_handler)


def _begun(look: dict[str, Any]) -> object:
    from seatrial.early import EarlyLook
    from seatrial.errors import UsageError
    from seatrial.options import Options

    with suppress(UsageError):  # the plugin says it, in pytest's way
        return EarlyLook(Path(look["file"]), Options(**look["options"]), dict(os.environ))
    return None


if __name__ == "__main__":
    main()
