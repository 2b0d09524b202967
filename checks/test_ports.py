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


@pytest.mark.asks("port.udp")
def test_the_declared_datagram_gets_the_declared_answer(verdict: Verdict) -> None:
    """Over UDP only an answer proves that somebody is there."""
    must_pass(verdict)


@pytest.mark.asks("port.mapping")
def test_the_engine_publishes_the_port_as_declared(verdict: Verdict) -> None:
    """At the declared address and port of its host."""
    must_pass(verdict)


@pytest.mark.asks("port.published")
def test_the_published_port_leads_to_the_service(verdict: Verdict) -> None:
    """A connection from outside is not dropped at once, and gets the declared answer."""
    must_pass(verdict)


@pytest.mark.asks("port.extra")
def test_nothing_listens_that_the_file_does_not_name(verdict: Verdict) -> None:
    """No debugger, no forgotten daemon."""
    must_pass(verdict)


@pytest.mark.asks("port.wait")
def test_the_port_opens_within_the_declared_time(verdict: Verdict) -> None:
    """Counted from the start of its owner, or of what fills the slot."""
    must_pass(verdict)


@pytest.mark.asks("port.reach")
def test_the_port_is_reached_over_the_network(verdict: Verdict) -> None:
    """From the engine's host, and not only from inside."""
    must_pass(verdict)
