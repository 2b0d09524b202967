"""Is every declared log there, clean, and written to?"""

import pytest

from seatrial.verdicts import Verdict, must_pass


@pytest.mark.asks("log.present")
def test_the_log_is_there(verdict: Verdict) -> None:
    """It exists, can be read, and belongs to the declared user."""
    must_pass(verdict)


@pytest.mark.asks("log.clean")
def test_the_log_holds_no_denied_line(verdict: Verdict) -> None:
    """Since the container's start, except lines that are allowed with a reason."""
    must_pass(verdict)


@pytest.mark.asks("log.fresh")
def test_the_log_was_written_to_lately(verdict: Verdict) -> None:
    """By the target's clock; an empty log was not."""
    must_pass(verdict)
