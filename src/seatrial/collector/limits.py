"""What keeps a reader from harm, and from doing any."""

import errno
import os
import resource
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

MEMORY = 4 << 30
FILES = 65536


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Interrupt what takes longer, also a regular expression that does not end, and go on.

    The deadline of :func:`limit` waits meanwhile. Nothing may be written in such a block: half a frame is none.

    :raises TimeoutError: inside the block.
    """

    def late(*_: object) -> None:
        raise TimeoutError(errno.ETIME, f"it took longer than {max(seconds, 0.0):.3g} s")

    began = time.monotonic()
    if seconds <= 0:
        late()
    before = signal.signal(signal.SIGALRM, late)
    rest = signal.setitimer(signal.ITIMER_REAL, seconds)[0]
    try:
        yield
    finally:
        left = max(rest - (time.monotonic() - began), 0.001) if rest else 0.0
        signal.setitimer(signal.ITIMER_REAL, left)
        signal.signal(signal.SIGALRM, before)


def limit(deadline_s: float) -> None:
    """End at the deadline, whatever happens; no core, no endless CPU or memory, files for nobody else."""
    os.umask(0o077)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, deadline_s)
    for kind, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, int(deadline_s) + 2),
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_NOFILE, FILES),
    ):
        hard = resource.getrlimit(kind)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (value, value))
