"""What an operator chooses, and what a look therefore asks."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.instance import Container
from seatrial.options import Options, digest, option_args, pinned
from seatrial.questions import log_request, published_talks, target_request
from seatrial.request import LogRequest, TalkRequest, TargetRequest
from seatrial.spec.deployment import DeploymentSpec
from seatrial.spec.log import LogSpec
from seatrial.spec.scalars import seconds
from seatrial.spec.service import ServiceSpec

PROCESS = {"exe": "/opt/relay/relay", "pidfile": "/run/relay.pid"}
WATCHDOG = {"exe": "/bin/watchdog", "watches": "relay", "heartbeat": {"file": "/run/beat", "max_age": "5s"}}
RELAY = Container(
    id="c0ffee",
    name="p2p-relay-1",
    image_ref="relay:1",
    image_id="sha256:1",
    status="running",
    exit_code=0,
    health="",
    restarts=0,
    oom_killed=False,
    error="",
    started_at=1.0,
    finished_at=0.0,
    pid=4711,
    hostname="relay-1",
    addresses={"bridge": "172.17.0.2"},
)


def service(**more: Any) -> ServiceSpec:
    return ServiceSpec.model_validate({"locate": {"compose_service": "relay"}, **more})


def deployment(**more: Any) -> DeploymentSpec:
    services = {name: {"locate": {"compose_service": name}, **more} for name in ("relay", "gms")}
    return DeploymentSpec.model_validate({"deployment": "p2p", "services": services})


def asked(spec: ServiceSpec, *, talk: bool = True) -> TargetRequest:
    return target_request("relay.0", RELAY, spec, talk=talk)


class TestOptions:
    def test_without_a_word_it_looks_once_and_may_touch(self) -> None:
        assert Options() == Options(0.0, 5.0, False, "auto", "")

    @given(st.floats(0, 1e17), st.floats(0, 1e17))
    def test_the_child_is_told_the_very_same_times(self, settle_s: float, stable_for_s: float) -> None:
        args = option_args(Options(settle_s, stable_for_s))
        said = dict(zip(args[::2], args[1::2], strict=True))
        assert seconds(said["--settle"]) == settle_s
        assert seconds(said["--stable-for"]) == stable_for_s

    @pytest.mark.parametrize("text", ["0.00001s", "1ms", "90s", "1m30s", "99999999999999d"])
    def test_every_duration_survives_the_way_to_the_child(self, text: str) -> None:
        assert seconds(option_args(Options(settle_s=seconds(text)))[1]) == seconds(text)

    def test_all_options_are_told(self) -> None:
        options = Options(1.0, 2.0, True, "exec", "p2p", "staging")
        args = ["--settle", "1.0s", "--stable-for", "2.0s", "--vehicle", "exec", "--compose-project", "p2p"]
        assert option_args(options) == [*args, "--read-only", "--environment=staging"]


class TestPinned:
    def test_no_project_changes_nothing(self) -> None:
        spec = deployment()
        assert pinned(spec, "") is spec

    def test_a_project_is_asked_of_every_service_and_nothing_else_changes(self) -> None:
        spec = deployment(instances=2)
        only = pinned(spec, "p2p-1")
        assert [each.locate.compose_project for each in only.services.values()] == ["p2p-1", "p2p-1"]
        assert [each.locate.compose_service for each in only.services.values()] == ["relay", "gms"]
        assert {each.instances for each in only.services.values()} == {2}
        assert spec.services["relay"].locate.compose_project is None, "values never change"


class TestDigest:
    def test_the_same_file_and_options_agree(self) -> None:
        assert digest(deployment(), Options()) == digest(deployment(), Options())

    @pytest.mark.parametrize(
        "change",
        [
            {"settle_s": 1.0},
            {"stable_for_s": 1.0},
            {"read_only": True},
            {"vehicle": "exec"},
            {"compose_project": "x"},
            {"environment": "x"},
        ],
    )
    def test_another_option_disagrees(self, change: dict[str, Any]) -> None:
        assert digest(deployment(), replace(Options(), **change)) != digest(deployment(), Options())

    def test_another_expectation_disagrees(self) -> None:
        assert digest(deployment(instances=2), Options()) != digest(deployment(), Options())


class TestQuestions:
    def test_nothing_expected_is_nothing_read(self) -> None:
        request = asked(service())
        assert (request.files, request.heads, request.logs, request.talks) == ((), (), (), ())
        assert (request.slot, request.pid, request.addresses) == ("relay.0", 4711, ("172.17.0.2",))

    def test_files_that_expectations_name_are_read_once(self) -> None:
        files = [{"path": "/etc/a", "contains": ["x"]}, {"path": "/etc/b"}]
        watchdog = {**WATCHDOG, "pidfile": "/run/relay.pid"}
        request = asked(service(processes=[PROCESS], watchdog=watchdog, files=files))
        assert request.heads == ("/run/relay.pid", "/etc/a")
        assert request.files == ("/run/relay.pid", "/etc/a", "/etc/b", "/run/beat")

    def test_a_log_file_is_scanned_and_the_engines_log_is_not_looked_for_inside(self) -> None:
        request = asked(service(logs=[{"docker": True, "deny": ["ERROR"]}, {"path": "/var/log/*.log"}]))
        assert request.logs == (LogRequest("/var/log/*.log", "/var/log/*.log", ()),)

    def test_a_log_is_searched_for_lines_and_expressions(self) -> None:
        log = LogSpec.model_validate(
            {"path": "/x", "name": "app", "deny": ["ERROR", {"regex": "E\\d"}], "allow": ["y"]}
        )
        assert log_request(log) == LogRequest("app", "/x", ("ERROR",), ("E\\d",))

    @pytest.mark.parametrize(
        ("zone", "east_s"), [("+00:00", 0), ("+08:00", 28800), ("-00:30", -1800), ("+05:45", 20700), ("-03:30", -12600)]
    )
    def test_a_zone_counts_eastwards(self, zone: str, east_s: int) -> None:
        log = LogSpec.model_validate({"path": "/x", "utc_offset": zone})
        assert log_request(log).utc_offset_s == east_s

    @pytest.mark.parametrize(
        ("port", "talk"),
        [
            (8080, TalkRequest("8080/tcp", "tcp", 8080)),
            (
                {"port": 9000, "answer": {"send": "PING\n", "expect": "PONG", "within": "1s"}},
                TalkRequest("9000/tcp", "tcp", 9000, b"PING\n", b"PONG", True, 1.0),
            ),
            (
                {"port": 53, "proto": "udp", "answer": {"send": "é", "expect": "é"}},
                TalkRequest("53/udp", "udp", 53, "é".encode(), "é".encode(), True, 2.0),
            ),
        ],
    )
    def test_a_port_is_talked_to_as_declared(self, port: object, talk: TalkRequest) -> None:
        assert asked(service(ports=[port])).talks == (talk,)

    def test_a_page_is_asked_for_and_read_to_its_end(self) -> None:
        status = {"http": {"port": 8080, "path": "/status"}, "expect": {"agents": 2}}
        ports = [{"port": 8080, "answer": {"http": "/health"}}]
        of_port, of_status = asked(service(ports=ports, status=[status])).talks
        assert (of_port.key, of_status.key) == ("8080/tcp", "status:http")
        assert of_port.send.startswith(b"GET /health HTTP/1.1\r\nHost: localhost:8080\r\n")
        assert of_status.send.startswith(b"GET /status HTTP/1.1\r\n")
        assert of_status.send.endswith(b"Connection: close\r\n\r\n")
        assert (of_port.enough, of_port.reads) == (b"", True)

    def test_a_udp_port_without_a_conversation_is_not_talked_to(self) -> None:
        assert asked(service(ports=["53/udp"])).talks == ()

    def test_a_status_command_is_no_connection(self) -> None:
        assert asked(service(status=[{"command": ["ctl"], "expect": {"a": 1}}])).talks == ()

    def test_who_may_not_talk_still_reads(self) -> None:
        spec = service(ports=[8080], processes=[PROCESS], logs=[{"path": "/x"}])
        request = asked(spec, talk=False)
        assert request.talks == ()
        assert request.heads
        assert request.logs

    def test_only_published_tcp_ports_are_dialled_from_outside(self) -> None:
        ports = [8080, {"port": 2, "published": True}, {"port": 3, "published": 3000}]
        udp = {"port": 4, "proto": "udp", "published": 4000}
        assert published_talks(service(ports=[*ports, udp])) == {
            "2/tcp": TalkRequest("2/tcp", "tcp", 2),
            "3/tcp": TalkRequest("3/tcp", "tcp", 3),
        }
