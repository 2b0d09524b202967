"""port.*: bound where peers reach it, held by the right process, answered, published."""

from dataclasses import replace
from typing import Any

import pytest

from seatrial.instance import Published
from seatrial.snapshot import Listener, SlotFacts, Talk, Unreadable

from .facts import (
    NO_RIGHT,
    ask,
    container,
    facts,
    http,
    inside,
    listener,
    one_port,
    process,
    shell,
    watchdog,
    within,
)

BIND, OWNER, ACCEPT = "port.bind[8080/tcp]", "port.owner[8080/tcp]", "port.accept[8080/tcp]"
PUBLISHED, ANSWER = "port.published[8080/tcp]", "port.answer[8081/tcp]"


def talked(**changes: Any) -> SlotFacts:
    """A healthy slot whose two conversations went otherwise."""
    talks = inside().talks
    return within(talks={key: replace(talk, **changes) for key, talk in talks.items()})


def reset(*, bind: str | None = "127.0.0.1") -> SlotFacts:
    """A slot whose published port is dropped by the engine's proxy."""
    listeners = (listener(address=bind),) if bind else ()
    return facts(inside=inside(listeners=listeners), outside={"8080/tcp": Talk("127.0.0.1:18920", True, closed=True)})


@pytest.mark.parametrize("check", [BIND, OWNER, ACCEPT, PUBLISHED, ANSWER, "port.owner[8081/tcp]"])
def test_h02_a_plain_ipv4_listener_passes(check: str) -> None:
    assert ask(check).passed


def test_h01_a_dual_stack_listener_answers_ipv4() -> None:
    assert ask(BIND, within(listeners=(listener(address="::", v6only=False),))).passed
    assert ask(BIND, within(listeners=(listener(address="::", v6only=False),)), **one_port(bind="0.0.0.0")).passed


def test_h01_a_dual_stack_listener_of_which_only_a_connection_tells_answers_ipv4() -> None:
    look = within(listeners=(listener(address="::", v6only=None),))
    assert ask(BIND, look).passed
    assert ask(BIND, look, **one_port(bind="0.0.0.0")).passed
    nobody_dialled = within(listeners=(listener(address="::", v6only=None),), talks={})
    assert ask(BIND, nobody_dialled).outcome == "UNKNOWN"
    assert ask(BIND, nobody_dialled, **one_port(bind="0.0.0.0")).outcome == "UNKNOWN"


def test_an_ipv6_only_listener_in_an_ipv4_container_is_wrong() -> None:
    verdict = ask(BIND, within(listeners=(listener(address="::", v6only=True),)))
    assert verdict.outcome == "FAIL"
    assert "for IPv6 only; peers at 172.17.0.4:8080 cannot reach it" in verdict.message


def test_n01_loopback_only_is_wrong_and_says_what_the_published_port_does() -> None:
    verdict = ask(BIND, reset())
    assert verdict.outcome == "FAIL"
    assert "8080/tcp bound to 127.0.0.1 only; peers at 172.17.0.4:8080 cannot reach it" in verdict.message
    assert "127.0.0.1:18920 accepted by docker-proxy, then closed without a byte" in verdict.message


def test_loopback_that_is_written_as_ipv6_is_loopback() -> None:
    assert ask(BIND, within(listeners=(listener(address="::ffff:127.0.0.1"),))).outcome == "FAIL"
    assert ask(BIND, within(listeners=(listener(address="::1"),))).outcome == "FAIL"


def test_a_declared_loopback_port_that_everybody_reaches_is_exposed() -> None:
    declared = one_port(bind="127.0.0.1")
    assert ask(BIND, within(listeners=(listener(address="127.0.0.1"),)), **declared).passed
    assert "exposed" in ask(BIND, **declared).message
    both = within(listeners=(listener(address="127.0.0.1"), listener(address="0.0.0.0")))
    assert "bound to 0.0.0.0 as well" in ask(BIND, both, **declared).message


def test_a_declared_address_is_compared_as_an_address() -> None:
    assert ask(BIND, within(listeners=(listener(address="172.17.0.4"),)), **one_port(bind="172.17.0.4")).passed
    assert ask(BIND, within(listeners=(listener(address="172.17.0.4"),)), **one_port(bind="0.0.0.0")).outcome == "FAIL"


def test_nothing_that_listens_is_wrong_and_says_where_the_process_listens_instead() -> None:
    verdict = ask(BIND, within(listeners=(listener(9999),)))
    assert verdict.outcome == "FAIL"
    assert "nothing listens on 8080/tcp; orderd listens on 0.0.0.0:9999/tcp" in verdict.message


def test_listeners_that_cannot_be_read_are_unknown() -> None:
    assert ask(BIND, within(listeners=NO_RIGHT)).outcome == "UNKNOWN"


def test_n02_a_port_that_another_process_holds_names_it() -> None:
    netcat = process(23, 1, comm="nc", argv=("nc", "-lk", "0.0.0.0", "8080"), exe="/usr/bin/nc.openbsd")
    look = within(processes=(shell(), watchdog(), process(), netcat), listeners=(listener(owners=(23,)),))
    verdict = ask(OWNER, look)
    assert verdict.outcome == "FAIL"
    assert "8080/tcp is held by pid 23 nc, not by orderd" in verdict.message


def test_an_owner_that_cannot_be_seen_is_unknown() -> None:
    assert ask(OWNER, within(listeners=(listener(owners=NO_RIGHT),))).outcome == "UNKNOWN"


@pytest.mark.parametrize("check", [BIND, OWNER, ACCEPT, ANSWER])
def test_a_listener_that_nobody_in_the_container_holds_is_another_ones(check: str) -> None:
    look = within(processes=(shell(),), listeners=(listener(owners=()), listener(8081, owners=())))
    verdict = ask(check, look)
    assert verdict.outcome == "FAIL"
    assert "nobody in this container holds 808" in verdict.message


@pytest.mark.parametrize("check", [BIND, ACCEPT, ANSWER])
def test_a_holder_that_cannot_be_seen_is_taken_for_ours_only_in_a_network_of_our_own(check: str) -> None:
    found = inside(listeners=(listener(owners=NO_RIGHT), listener(8081, owners=NO_RIGHT)))
    assert ask(check, facts(inside=found)).passed
    for shared in ({}, {"host": ""}):
        assert ask(check, facts(inside=found, instance=container(addresses=shared))).outcome == "UNKNOWN"


def test_a_connection_in_a_shared_network_of_which_no_listeners_could_be_read_is_unknown() -> None:
    look = facts(inside=inside(listeners=NO_RIGHT), instance=container(addresses={}))
    assert ask(ACCEPT, look).outcome == "UNKNOWN"
    assert ask(ANSWER, look).outcome == "UNKNOWN"


class TestANetworkThatOthersShare:
    """Two services of one machine, or two containers of one network, with a listener each on one port."""

    SHARED = container(addresses={})

    def look(self, *listeners: Listener, talk: str = "192.0.2.2:8080") -> SlotFacts:
        talks = {"8080/tcp": Talk(talk, True, queue_after=0)}
        return facts(inside=inside(listeners=listeners, talks=talks), instance=self.SHARED)

    def test_what_another_one_binds_does_not_make_ours_reachable(self) -> None:
        look = self.look(listener(address="127.0.0.1"), listener(address="192.0.2.2", owners=()))
        verdict = ask(BIND, look)
        assert verdict.outcome == "FAIL"
        assert "bound to 127.0.0.1 only" in verdict.message

    def test_what_another_one_binds_is_not_ours_as_well(self) -> None:
        look = self.look(listener(address="192.0.2.2"), listener(address="192.0.2.3", owners=()))
        assert ask(BIND, look, ports=[{"port": 8080, "bind": "192.0.2.2"}]).passed
        assert ask("port.owner[8080/tcp]", look).passed

    def test_a_connection_that_another_one_may_have_taken_proves_nothing_of_ours(self) -> None:
        beside = listener(address="192.0.2.2", owners=())
        for ours in (listener(address="127.0.0.1"), listener(), listener(address="192.0.2.2", inode=7)):
            assert ask(ACCEPT, self.look(ours, beside)).outcome == "UNKNOWN"
        assert ask(ACCEPT, self.look(listener(address="192.0.2.3"), beside, talk="192.0.2.3:8080")).passed


def test_one_stopped_process_of_several_that_share_a_port_is_wrong() -> None:
    stopped = process(13, 24, states=("T",) * 3)
    shared = (listener(), listener(inode=5, owners=(13,)))
    verdict = ask(ACCEPT, within(processes=(shell(), watchdog(), process(), stopped), listeners=shared))
    assert verdict.outcome == "FAIL"
    assert "2 sockets share 8080/tcp, and one takes nothing: pid 13 python3 is stopped (T)" in verdict.message
    assert ask(ACCEPT, within(processes=(shell(), process(), process(13, 24)), listeners=shared)).passed


def test_an_answer_of_one_socket_proves_nothing_of_another_one_that_shares_the_port() -> None:
    other = listener(8081, inode=5, owners=(13,))
    held = (listener(8081), other)
    assert ask(ANSWER, within(processes=(shell(), process(), process(13, 24)), listeners=held)).passed
    stopped = process(13, 24, states=("T",) * 3)
    assert ask(ANSWER, within(processes=(shell(), process(), stopped), listeners=held)).outcome == "FAIL"
    waiting = (listener(8081), replace(other, queue=6))
    verdict = ask(ANSWER, within(processes=(shell(), process(), process(13, 24)), listeners=waiting))
    assert verdict.outcome == "UNKNOWN"
    assert "2 sockets share 8081/tcp, and 6 wait on one of them" in verdict.message


@pytest.mark.parametrize("received", [b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Type: text/pl"])
def test_an_http_answer_needs_the_end_of_its_header(received: bytes) -> None:
    assert ask(ANSWER, talked(received=received)).outcome == "FAIL"
    assert ask(ANSWER, talked(received=b"HTTP/1.1 200 OK\n\n")).passed


@pytest.mark.parametrize(
    "length", [b"Content-Length: 99999999999999999999", b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffffff"]
)
def test_an_answer_that_claims_an_absurd_length_crashes_nothing(length: bytes) -> None:
    declared = one_port(answer={"http": "/", "expect": "fine"})
    answer = b"HTTP/1.1 200 OK\r\n" + length + b"\r\n\r\nnot yet"
    assert ask("port.answer[8080/tcp]", talked(received=answer), **declared).outcome == "UNKNOWN"


def test_a_secret_at_the_place_where_an_answer_is_cut_is_hidden() -> None:
    received = b"x" * 60 + b" db_password=hunter2hunter2hunter2"
    declared = one_port(answer={"send": "PING\n", "expect": "PONG"})
    assert "hunter2"[:3] not in str(ask("port.answer[8080/tcp]", talked(received=received), **declared))


def test_an_owner_is_unknown_because_of_the_port_where_nothing_listens() -> None:
    verdict = ask(OWNER, within(listeners=()))
    assert (verdict.outcome, verdict.because) == ("UNKNOWN", "port.bind")


def test_a_second_listener_of_somebody_else_is_found() -> None:
    look = within(listeners=(listener(), listener(owners=(1,))))
    assert "held by pid 1 sh" in ask(OWNER, look).message


def test_a_connection_that_stays_in_the_accept_queue_is_wrong() -> None:
    look = within(
        processes=(shell(), watchdog(), process(states=("T",) * 3)),
        talks={"8080/tcp": Talk("172.17.0.4:8080", True, queue_after=3)},
    )
    verdict = ask(ACCEPT, look)
    assert verdict.outcome == "FAIL"
    assert "accepted by the kernel but the process does not take it: 3 wait in its accept queue" in verdict.message
    assert "pid 12 python3 is stopped (T)" in verdict.message


@pytest.mark.parametrize("error", ["refused", "timed out"])
def test_a_connection_that_is_refused_or_not_answered_is_wrong(error: str) -> None:
    assert ask(ACCEPT, talked(connected=False, error=error)).outcome == "FAIL"
    assert ask(ANSWER, talked(connected=False, error=error)).outcome == "FAIL"


def test_a_connection_that_could_not_be_made_from_here_is_unknown() -> None:
    assert ask(ACCEPT, talked(connected=False, error="network is unreachable")).outcome == "UNKNOWN"
    assert ask(ACCEPT, within(talks={"8080/tcp": NO_RIGHT})).outcome == "UNKNOWN"
    assert ask(ACCEPT, within(talks={})).outcome == "UNKNOWN"


@pytest.mark.parametrize("queue", [None, NO_RIGHT])
def test_an_accept_queue_that_was_not_seen_is_unknown(queue: Unreadable | None) -> None:
    assert ask(ACCEPT, talked(queue_after=queue)).outcome == "UNKNOWN"


def test_p10_a_silent_port_says_what_its_process_does() -> None:
    look = within(
        processes=(shell(), watchdog(), process(16, states=("T",) * 3)),
        listeners=(listener(8081, owners=(16,)),),
        talks={"8081/tcp": Talk("172.17.0.4:8081", True, error="timed out", queue_after=3)},
    )
    verdict = ask(ANSWER, look)
    assert verdict.outcome == "FAIL"
    for part in ("no byte in 3 s", "3 wait in its accept queue", "pid 16 python3 is stopped (T)"):
        assert part in verdict.message


@pytest.mark.parametrize(
    ("received", "said"),
    [
        (http(503, b""), "answered 503, expected 200"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "sent no HTTP answer but 'SSH-2.0"),
        (b"HTTP/9 hello\r\n\r\n", "sent no HTTP answer"),
        (b"", "closed without a byte"),
    ],
)
def test_an_http_answer_that_is_none_or_another_is_told(received: bytes, said: str) -> None:
    verdict = ask(ANSWER, talked(received=received, closed=True))
    assert verdict.outcome == "FAIL"
    assert said in verdict.message


def test_a_text_answer_must_hold_what_is_expected() -> None:
    declared = one_port(answer={"send": "PING\n", "expect": "PONG"})
    assert ask("port.answer[8080/tcp]", talked(received=b"+PONG\n"), **declared).passed
    verdict = ask("port.answer[8080/tcp]", talked(received=b"-ERR\n"), **declared)
    assert "answered '-ERR⏎', expected 'PONG' in it" in verdict.message


def test_a_body_that_was_cut_before_what_is_expected_is_unknown() -> None:
    declared = one_port(answer={"http": "/", "expect": "fine"})
    cut = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nnot yet"
    assert ask("port.answer[8080/tcp]", talked(received=cut), **declared).outcome == "UNKNOWN"
    assert ask("port.answer[8080/tcp]", talked(received=http(200, b"fine")), **declared).passed


def test_n05_a_published_port_that_only_the_proxy_answers_is_wrong() -> None:
    verdict = ask(PUBLISHED, reset(bind=None))
    assert verdict.outcome == "FAIL"
    assert "127.0.0.1:18920 accepted by docker-proxy, then closed without a byte" in verdict.message
    assert "nothing listens on 8080 inside" in verdict.message


@pytest.mark.parametrize(
    ("published", "mapping", "passes"),
    [
        (18920, Published(8080, "tcp", "127.0.0.1", 18920), True),
        (18921, Published(8080, "tcp", "0.0.0.0", 18920), False),
        ("0.0.0.0:18920", Published(8080, "tcp", "0.0.0.0", 18920), True),
        ("0.0.0.0:18920", Published(8080, "tcp", "127.0.0.1", 18920), False),
        ("[::]:18920", Published(8080, "tcp", "::", 18920), True),
        (True, Published(8080, "tcp", "0.0.0.0", 32768), True),
        (True, Published(8080, "udp", "0.0.0.0", 32768), False),
    ],
)
def test_a_mapping_is_compared_as_declared(published: Any, mapping: Published, passes: bool) -> None:
    look = facts(instance=container(published=(mapping,)))
    assert ask(PUBLISHED, look, **one_port(published=published)).passed is passes


def test_a_published_port_that_nobody_dialled_is_unknown() -> None:
    assert ask(PUBLISHED, facts(outside={})).outcome == "UNKNOWN"
    assert ask(PUBLISHED, facts(outside={"8080/tcp": NO_RIGHT})).outcome == "UNKNOWN"


@pytest.mark.parametrize(
    ("look", "said"),
    [
        (within(listeners=(), processes=(shell(),)), "nothing listens on 8080/tcp; no orderd runs"),
        (within(listeners=(listener(9999, owners=()),)), "orderd listens on nothing at all"),
        (within(listeners=(listener(9999, owners=NO_RIGHT),)), "nothing listens on 8080/tcp"),
        (within(listeners=(), processes=NO_RIGHT), "nothing listens on 8080/tcp"),
    ],
)
def test_nothing_that_listens_is_explained_by_what_could_be_read(look: SlotFacts, said: str) -> None:
    verdict = ask(BIND, look)
    assert verdict.outcome == "FAIL"
    assert said in verdict.message


def test_nothing_that_listens_without_a_declared_owner_names_the_ports_that_do() -> None:
    declared = {**one_port(), "ports": [8080]}
    assert "these do: 9999/tcp" in ask(BIND, within(listeners=(listener(9999),)), **declared).message
    assert "container up 100 s" in ask(BIND, within(listeners=()), **declared).message


def test_a_container_without_an_address_of_its_own_is_reached_by_any_wildcard() -> None:
    look = facts(instance=container(addresses={"host": ""}))
    assert ask(BIND, look).passed


def test_wrong_chunks_of_an_http_answer_are_unknown() -> None:
    declared = one_port(answer={"http": "/", "expect": "fine"})
    chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
    assert ask("port.answer[8080/tcp]", talked(received=chunks), **declared).outcome == "UNKNOWN"
