"""Is every instance registered in ZooKeeper?"""

import pytest

from seatrial.verdicts import Verdict, must_pass


@pytest.mark.asks("zk.node")
def test_the_instance_has_one_node_in_the_registry(verdict: Verdict) -> None:
    """One child of the path is its own, found by what it says, not by its name."""
    must_pass(verdict)


@pytest.mark.asks("zk.data")
def test_the_node_says_the_address_of_the_instance(verdict: Verdict) -> None:
    """The address that the container has now."""
    must_pass(verdict)


@pytest.mark.asks("zk.ephemeral")
def test_the_node_vanishes_with_its_session(verdict: Verdict) -> None:
    """A persistent node stays when the service dies."""
    must_pass(verdict)


@pytest.mark.asks("zk.listed")
def test_the_configuration_node_lists_the_instance(verdict: Verdict) -> None:
    """As a whole word of its data, with the address that the instance has now."""
    must_pass(verdict)
