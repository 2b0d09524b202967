"""Are there as many containers as declared?"""

import pytest

from seatrial.verdicts import Verdict, must_pass


@pytest.mark.asks("instances")
def test_as_many_containers_are_there_as_declared(verdict: Verdict) -> None:
    """Each slot is filled by one container, and none is left over."""
    must_pass(verdict)
