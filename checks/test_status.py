"""Do the service's own numbers say what they should?"""

import pytest

from seatrial.verdicts import Verdict, must_pass


@pytest.mark.asks("status.value")
def test_the_status_says_what_is_expected(verdict: Verdict) -> None:
    """One value of a status command or page."""
    must_pass(verdict)
