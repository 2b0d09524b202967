"""Is every declared file there, as declared?"""

import pytest

from seatrial.verdicts import Verdict, must_pass


@pytest.mark.asks("file.state")
def test_the_file_is_there_as_declared(verdict: Verdict) -> None:
    """Its kind, owner, mode and contents."""
    must_pass(verdict)
