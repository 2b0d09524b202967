"""pytest as the gate runs it: the same pytest, in a process that lives for one run only."""

import gc
import os
import sys

_GC_THRESHOLD = 100_000
"""Allocations between two collections: nearly all that a run makes lives to its end, so there is little to collect."""


def main() -> None:
    """Run pytest with our arguments; end without taking the process apart object by object, which takes 0.1 s."""
    gc.disable()
    # Imported before pytest's plugin manager does it, which would rewrite the asserts of all our modules at each run
    # where it may not keep the result: half a second, for modules that hold no test.
    import pytest

    import seatrial.plugin  # noqa: F401

    gc.freeze()
    gc.set_threshold(_GC_THRESHOLD)
    gc.enable()
    status = int(pytest.main())
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    main()
