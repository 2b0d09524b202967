"""What an ``xfail`` of the user's covers: that a test looked and found something wrong, and nothing else."""

import pytest


def expected(item: pytest.Item, report: pytest.TestReport, error: BaseException) -> bool:
    """Whether an exception may count as the failure that a test's ``xfail`` expects.

    ``pytest.xfail()`` says so itself; a mark says it of a failed assertion in the test, not in its set-up, where what a
    test needs is missing; and with ``raises=`` of whatever it names, which pytest has held against the exception.
    """
    if isinstance(error, pytest.xfail.Exception):
        return True
    marks = list(item.iter_markers("xfail"))
    if marks and all(mark.kwargs.get("raises") is not None for mark in marks):
        return True
    return report.when == "call" and isinstance(error, AssertionError | pytest.fail.Exception)
