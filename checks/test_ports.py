"""Does every declared port listen where peers reach it, and does somebody answer?"""

import pytest

from seatrial.verdicts import Verdict, must_pass


@pytest.mark.asks("port.bind")
def test_the_port_listens_where_peers_reach_it(verdict: Verdict) -> None:
    """At the declared address, else at any that is not loopback."""
    must_pass(verdict)


@pytest.mark.asks("port.owner")
def test_the_port_is_held_by_the_declared_process(verdict: Verdict) -> None:
    """Whoever holds the socket is one of the processes that the file names."""
    must_pass(verdict)


@pytest.mark.asks("port.accept")
def test_a_connection_is_taken_by_the_process(verdict: Verdict) -> None:
    """By the process, not only by the kernel's queue."""
    must_pass(verdict)


@pytest.mark.asks("port.answer")
def test_the_declared_conversation_gets_the_declared_answer(verdict: Verdict) -> None:
    """What was sent gets back what the file expects."""
    must_pass(verdict)


@pytest.mark.asks("port.published")
def test_the_published_port_leads_to_the_service(verdict: Verdict) -> None:
    """The engine's mapping is as declared, and a connection is not dropped at once."""
    must_pass(verdict)
