"""Can the service still write where it keeps its files?"""

import pytest

from seatrial.verdicts import Verdict, must_pass


@pytest.mark.asks("fs.space")
def test_there_is_space_left_where_the_service_writes(verdict: Verdict) -> None:
    """On the filesystem that the path is on, for ordinary users."""
    must_pass(verdict)


@pytest.mark.asks("fs.inodes")
def test_there_are_inodes_left_where_the_service_writes(verdict: Verdict) -> None:
    """A filesystem without them takes no new file, however much space is left."""
    must_pass(verdict)


@pytest.mark.asks("fs.rw")
def test_the_filesystem_is_mounted_as_writable_as_declared(verdict: Verdict) -> None:
    """Both the mount and its filesystem count."""
    must_pass(verdict)
