"""port.*: what is published, what else listens, when a port opened, from where it is reached, what TLS shows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from seatrial.instance import Published
from seatrial.snapshot import FileFact, Listener, Talk, Unreadable
from seatrial.spec.port import PortSpec, expanded
from seatrial.trail import Glimpse

from .facts import NOW, ask, container, facts, http, inside, listener, one_port, process, snapshot, within

MAPPING, WAIT, REACH = "port.mapping[8080/tcp]", "port.wait[8080/tcp]", "port.reach[8080/tcp]"


def published(*ends: Published, **more: Any) -> Any:
    return facts(instance=container(published=ends, **more))


def test_n06_a_mapping_to_another_port_is_named() -> None:
    verdict = ask(MAPPING, published(Published(8081, "tcp", "127.0.0.1", 18927)), **one_port(published=18927))
    assert verdict.outcome == "FAIL"
    assert verdict.message.endswith("127.0.0.1:18927 -> 8081/tcp, expected -> 8080/tcp")


def test_n07_an_exposed_port_is_not_published() -> None:
    verdict = ask(MAPPING, published(exposed=("8080/tcp",)), **one_port(published=True))
    assert verdict.outcome == "FAIL"
    assert "8080/tcp is exposed, not published" in verdict.message


def test_n08_a_random_port_of_loopback_is_not_the_declared_one() -> None:
    verdict = ask(MAPPING, published(Published(8080, "tcp", "127.0.0.1", 32768)), **one_port(published="0.0.0.0:8080"))
    assert "8080/tcp published on 127.0.0.1:32768, expected 0.0.0.0:8080" in verdict.message


def test_a_port_that_is_declared_for_one_address_is_published_nowhere_else() -> None:
    ends = Published(8080, "tcp", "127.0.0.1", 28080), Published(8080, "tcp", "0.0.0.0", 28081)
    verdict = ask(MAPPING, published(*ends), **one_port(published="127.0.0.1:28080"))
    assert verdict.outcome == "FAIL"
    assert "published on 0.0.0.0:28081 as well, expected 127.0.0.1:28080 only" in verdict.message
    assert ask(MAPPING, published(*ends), **one_port(published=28080)).passed


def test_no_way_from_outside_is_tried_where_the_mapping_is_wrong() -> None:
    verdict = ask("port.published[8080/tcp]", published(), **one_port(published=True))
    assert (verdict.outcome, verdict.because) == ("UNKNOWN", "port.mapping")


def extras(*listeners: Listener, **more: Any) -> Any:
    usual = {"listeners": (listener(), *listeners), "client_ports": (32768, 60999), **more}
    return ask("port.extra", within(**usual), **{**one_port(), "ports": [8080, {"only": True, "allow": ["6000-6010"]}]})


def test_n13_a_debugger_is_an_unexpected_listener() -> None:
    verdict = extras(listener(5005, owners=(12,)))
    assert verdict.outcome == "FAIL"
    assert "unexpected listener 0.0.0.0:5005 pid 12 python3" in verdict.message


def test_what_is_named_or_allowed_is_no_surprise_nor_is_a_udp_client_nor_the_engines_resolver() -> None:
    udp = listener(40000, proto="udp")
    assert extras(listener(6005), udp, listener(41234, "127.0.0.11", owners=())).passed


def test_a_udp_socket_outside_the_range_of_clients_is_a_server() -> None:
    assert extras(listener(161, proto="udp")).outcome == "FAIL"


def test_whether_a_udp_socket_is_a_clients_is_unknown_where_the_range_was_not_read() -> None:
    assert extras(listener(40000, proto="udp"), client_ports=Unreadable("no")).outcome == "UNKNOWN"


def test_extra_listeners_are_unknown_where_the_list_was_not_read() -> None:
    assert ask("port.extra", within(listeners=Unreadable("no"))).outcome == "UNKNOWN"


def waited(age: float, *, is_open: bool, earlier: tuple[Glimpse, ...] = ()) -> Any:
    look = within(processes=(process(age_s=age),), listeners=(listener(),) if is_open else ())
    return ask(WAIT, snapshot(look, earlier=earlier), **one_port(opens_within="30s"))


def glimpse(ago: float, *names: str) -> Glimpse:
    return Glimpse(NOW - ago, {}, {"orderd.0": frozenset(names)}, {})


def test_n14_a_port_that_opens_late_but_in_time_passes() -> None:
    verdict = waited(10.0, is_open=True, earlier=(glimpse(6.0), glimpse(4.0, "8080/tcp")))
    assert verdict.passed
    assert "8080/tcp open after 6 s (limit 30 s)" in verdict.message


def test_n14_a_port_that_has_time_left_is_unknown_and_one_that_has_none_fails() -> None:
    assert waited(10.0, is_open=False).outcome == "UNKNOWN"
    assert waited(31.0, is_open=False).outcome == "FAIL"


def test_a_port_that_was_seen_closed_after_its_time_fails_though_it_is_open_now() -> None:
    assert waited(60.0, is_open=True, earlier=(glimpse(20.0), glimpse(5.0, "8080/tcp"))).outcome == "FAIL"
    assert waited(60.0, is_open=True).passed


def test_n16_a_firewall_is_seen_from_the_engines_host() -> None:
    talk = Talk("172.17.0.4:8080", False, error="timed out", source="172.17.0.1")
    verdict = ask(REACH, facts(outside={"8080/tcp:reach": talk}))
    assert verdict.outcome == "FAIL"
    assert "reachable inside, timed out from 172.17.0.1" in verdict.message
    assert ask(REACH).passed
    assert ask(REACH, facts(outside={"8080/tcp:reach": Unreadable("elsewhere")})).outcome == "UNKNOWN"


def test_n04_a_full_accept_queue_is_told_with_what_was_lost() -> None:
    talks = {"8080/tcp": Talk("172.17.0.4:8080", False, error="timed out")}
    look = within(listeners=(listener(queue=3, backlog=2),), talks=talks, overflows=13)
    verdict = ask("port.accept[8080/tcp]", look)
    assert verdict.outcome == "FAIL"
    assert "accept queue 3 of 2 full; ListenOverflows 13" in verdict.message


@pytest.mark.parametrize(("received", "outcome"), [(b"PONG", "PASS"), (b"", "FAIL"), (b"what", "FAIL")])
def test_n10_over_udp_only_an_answer_counts(received: bytes, outcome: str) -> None:
    talk = Talk("172.17.0.4:5353", True, error="" if received else "timed out", received=received)
    assert ask("port.udp[5353/udp]", within(talks={"5353/udp": talk})).outcome == outcome


def test_n10_a_bound_udp_port_without_an_answer_says_that_nothing_proves_life() -> None:
    look = within(listeners=(listener(proto="udp"),))
    verdict = ask("port.bind[8080/udp]", look, **one_port(proto="udp"))
    assert verdict.passed
    assert "by pid 12 python3; no answer proves that it lives: give answer" in verdict.message


def families(**talks: Any) -> Any:
    usual = {"8080/tcp": inside().talks["8080/tcp"], "8080/tcp:ipv4": Talk("172.17.0.4:8080", True, queue_after=0)}
    return ask("port.accept[8080/tcp]", within(talks={**usual, **talks}), **one_port(families=[4, 6]))


def test_each_declared_ip_version_must_answer() -> None:
    assert families(**{"8080/tcp:ipv6": Talk("[::1]:8080", True, queue_after=0)}).passed
    assert families(**{"8080/tcp:ipv6": Talk("[::1]:8080", False, error="refused")}).outcome == "FAIL"
    assert families(**{"8080/tcp:ipv6": Unreadable("no IPv6 here")}).outcome == "UNKNOWN"


def certificate(*names: str, days: float = 90.0, since: float = 1.0) -> bytes:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.fromtimestamp(NOW, UTC)
    name = x509.Name([])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = (
        made.serial_number(1).not_valid_before(now - timedelta(days=since)).not_valid_after(now + timedelta(days=days))
    )
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(each) for each in names]), critical=True)
    return made.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def shown(der: bytes, **talk: Any) -> Any:
    made = replace(Talk("172.17.0.4:8080", True, certificate=der, queue_after=0), **talk)
    answer = {"tls": {"name": "app.example.org", "valid_for": "14d"}}
    return ask("port.answer[8080/tcp]", within(talks={"8080/tcp": made}), **one_port(answer=answer))


def test_a_certificate_must_cover_the_name_and_be_valid_for_long_enough() -> None:
    assert shown(certificate("app.example.org")).passed
    assert shown(certificate("*.example.org")).passed
    assert "expected app.example.org" in shown(certificate("*.org", "example.org")).message
    assert "in 3.0 days; expected 14 days or more" in shown(certificate("app.example.org", days=3)).message
    assert "expired on" in shown(certificate("app.example.org", days=-0.5)).message
    assert "valid only from" in shown(certificate("app.example.org", since=-1)).message


def test_no_handshake_is_a_fail_and_a_certificate_that_is_not_understood_unknown() -> None:
    assert shown(b"", error="TLS handshake: wrong version number").outcome == "FAIL"
    assert shown(b"", error="this Python has no TLS").outcome != "PASS"
    assert shown(b"what").outcome == "UNKNOWN"


def test_a_header_of_the_http_answer_must_be_as_declared() -> None:
    answer = {"http": "/", "headers": {"content-length": "4"}}
    port = one_port(answer=answer)
    for body, outcome in ((b"fine", "PASS"), (b"other", "FAIL")):
        talk = Talk("172.17.0.4:8080", True, received=http(200, body), closed=True, queue_after=0)
        assert ask("port.answer[8080/tcp]", within(talks={"8080/tcp": talk}), **port).outcome == outcome


def test_a_range_is_each_of_its_ports() -> None:
    ports = expanded([PortSpec.model_validate("9000-9063:19000-19063/udp")])
    assert [ports[0].name, ports[0].published, ports[-1].name, ports[-1].published] == [
        "9000/udp",
        19000,
        "9063/udp",
        19063,
    ]
    assert [port.published for port in expanded([PortSpec.model_validate("80-81:127.0.0.1:8080-8081")])] == [
        "127.0.0.1:8080",
        "127.0.0.1:8081",
    ]


@pytest.mark.parametrize("text", ["/run/app.sock", "@app"])
def test_a_text_that_is_no_port_is_a_unix_socket(text: str) -> None:
    assert PortSpec.model_validate(text).unix == text
    assert PortSpec.model_validate({"unix": text}).name == text


SOCKET = "/var/run/app.sock"


def _unix(**more: Any) -> Any:
    """One that listens, is held by the service, has its file, and takes connections, but for what is given."""
    bound = {"proto": "unix", "family": 0, "port": 0, "address": "/run/app.sock", "file": "0:50 7"}
    return within(
        **{
            "unix": (replace(listener(), **bound),),
            "files": {SOCKET: FileFact(SOCKET, "socket")},
            "reals": {SOCKET: "/run/app.sock"},
            "talks": {SOCKET: Talk(SOCKET, True, queue_after=0)},
            **more,
        }
    )


UNIX = {**one_port(), "ports": [{"unix": SOCKET, "owner": "orderd"}]}
NOBODY = {"unix": (), "talks": {SOCKET: Talk(SOCKET, False, "refused")}}


@pytest.mark.parametrize(
    ("more", "outcome", "said"),
    [
        ({}, "PASS", "/var/run/app.sock is held by pid"),
        ({"talks": {}}, "PASS", "is held by pid"),
        (NOBODY, "FAIL", "its file is there"),
        ({**NOBODY, "files": {SOCKET: FileFact(SOCKET, "missing")}}, "FAIL", "there is no such file"),
        ({**NOBODY, "files": {SOCKET: FileFact(SOCKET, "regular")}}, "FAIL", "is a regular, no socket"),
        ({"files": {SOCKET: FileFact(SOCKET, "missing")}}, "FAIL", "the file /var/run/app.sock is gone"),
        ({"unix": ()}, "UNKNOWN", "something takes connections at"),
        ({"unix": (replace(listener(), proto="unix", port=0, address=SOCKET),)}, "UNKNOWN", "cannot be told from here"),
        ({"unix_files": {SOCKET: "0:50 7"}}, "PASS", "is held by pid"),
        ({"unix_files": {SOCKET: "0:50 8"}}, "FAIL", "has another file: what is there now was put in its place"),
        ({"unix_files": {SOCKET: "0:51 7"}}, "PASS", "is held by pid"),
        ({"unix": Unreadable("it was cut")}, "UNKNOWN", "it was cut"),
        ({"files": {SOCKET: Unreadable("it was cut")}}, "UNKNOWN", "it was cut"),
    ],
)
def test_a_unix_socket_listens_where_its_list_and_its_file_agree(more: Any, outcome: str, said: str) -> None:
    verdict = ask(f"port.bind[{SOCKET}]", _unix(**more), **UNIX)
    assert (verdict.outcome, said in verdict.message) == (outcome, True), verdict.message


def test_a_unix_socket_is_known_by_its_file_whatever_it_was_bound_as() -> None:
    by = {"proto": "unix", "family": 0, "port": 0, "owners": (7,)}
    bound = (replace(listener(), **by, address="app.sock", file="0:50 7"),)
    verdict = ask(f"port.bind[{SOCKET}]", _unix(unix=bound, unix_files={SOCKET: "0:50 7"}), **UNIX)
    assert verdict.outcome == "PASS", verdict.message
    other = replace(bound[0], address="/t1/other.sock", file="0:51 7")
    verdict = ask(f"port.bind[{SOCKET}]", _unix(unix=(other,), unix_files={SOCKET: "0:50 7"}, talks={}), **UNIX)
    assert verdict.outcome == "FAIL", verdict.message


def test_of_two_unix_sockets_of_one_name_that_of_another_container_is_not_held_against_this_one() -> None:
    by = {"proto": "unix", "family": 0, "port": 0, "address": SOCKET}
    both = (
        replace(listener(), **by, inode=1, file="0:50 7"),
        replace(listener(), **by, inode=2, file="0:51 7", owners=()),
    )
    for aspect in ("bind", "owner"):
        verdict = ask(f"port.{aspect}[{SOCKET}]", _unix(unix=both), **UNIX)
        assert verdict.outcome == "PASS", verdict.message


@pytest.mark.parametrize(
    ("more", "outcome", "said"),
    [
        ({}, "PASS", "accepts at"),
        ({"talks": {SOCKET: Talk(SOCKET, True, queue_after=1)}}, "FAIL", "the process does not take it"),
        ({"talks": {SOCKET: Talk(SOCKET, False, "no such file or directory")}}, "FAIL", "no such file"),
        ({"talks": {SOCKET: Talk(SOCKET, False, "permission denied")}}, "UNKNOWN", "permission denied"),
        ({"unix": ()}, "UNKNOWN", "another one's whose socket is mounted here"),
    ],
)
def test_a_unix_socket_accepts_where_its_own_process_takes_the_connection(more: Any, outcome: str, said: str) -> None:
    verdict = ask(f"port.accept[{SOCKET}]", _unix(**more), **UNIX)
    assert (verdict.outcome, said in verdict.message) == (outcome, True), verdict.message


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("9000-9063:19000-19062", "64 ports inside and 63 on the host"),
        ("9000-8000", "goes to 8000"),
        ("1-2000", "at most 1024"),
        ("9000-9001:65535-65536", "is no port"),
        ("/run/", "pattern"),
        ({"unix": "run/app.sock"}, "pattern"),
        ({"unix": "/run/app.sock", "published": 80}, "both unix and published"),
        ({"unix": "/run/app.sock", "port": 80}, "both unix and port"),
        ({"only": True, "unix": "/run/app.sock"}, "both only and unix"),
    ],
)
def test_what_does_not_fit_is_a_mistake(text: object, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        PortSpec.model_validate(text)
