"""What keeps a reader from harm, and from doing any."""

import os
import resource
import signal

MEMORY = 4 << 30
FILES = 65536


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
