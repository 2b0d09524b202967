"""Were the declared Java processes started as they should?"""

import pytest

from seatrial.verdicts import Verdict, must_pass


@pytest.mark.asks("process.java")
def test_the_java_process_has_the_declared_properties_and_heap(verdict: Verdict) -> None:
    """Among its own arguments; what is given twice counts as it was given last."""
    must_pass(verdict)
