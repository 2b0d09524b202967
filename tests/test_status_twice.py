"""A number that must grow is read twice, wherever it is read."""

import os
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from seatrial.errors import SpecError
from seatrial.judges import judge
from seatrial.look import Looker
from seatrial.options import Options
from seatrial.plan import make_plan
from seatrial.request import TalkRequest, TargetRequest
from seatrial.snapshot import Talk
from seatrial.spec.deployment import DeploymentSpec
from seatrial.spec.load import load
from seatrial.transports.conversations import conversations, told
from seatrial.vehicles import Vehicle
from seatrial.verdicts import Verdict

UPTIME = ["sh", "-c", "echo up=$(cut -d' ' -f1 /proc/uptime)"]
EVERY_S = 0.3


def verdicts(service: dict[str, Any], vehicle: Vehicle = "auto", *, read_only: bool = False) -> dict[str, Verdict]:
    """Aspect with key → verdict, of the checks of one service's status."""
    spec = DeploymentSpec.model_validate({"deployment": "t", "services": {"one": service}})
    with Looker(spec, Options(vehicle=vehicle, read_only=read_only), os.environ) as looker:
        seen = looker.look()
    checks = [check for check in make_plan(spec, read_only=read_only).checks if check.aspect == "status.value"]
    return {check.key: judge(check, seen) for check in checks}


def machine(*status: dict[str, Any]) -> dict[str, Any]:
    """This machine, of which only the status is asked."""
    return {"on": "local", "locate": {"machine": True}, "status": list(status)}


@pytest.fixture
def page() -> Iterator[tuple[int, list[float]]]:
    """A page whose number is one more each time, its port, and when it was asked."""
    asked: list[float] = []
    numbers = count(1)

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(time.monotonic())
            body = b'{"n": %d, "still": 1}' % next(numbers)
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port, asked
        server.shutdown()
        thread.join(10)


def test_a_page_is_read_a_second_time_after_the_declared_while(page: tuple[int, list[float]]) -> None:
    port, asked = page
    grows = {"grows": True, "every": f"{int(EVERY_S * 1000)}ms"}
    said = verdicts(machine({"http": {"port": port}, "expect": {"n": grows, "still": grows}}))
    assert said["http.n"].passed, said
    assert said["http.still"].outcome == "FAIL"
    assert "it stands still" in said["http.still"].message
    assert len(asked) == 2
    assert asked[1] - asked[0] >= EVERY_S


def test_a_page_of_which_nothing_must_grow_is_read_once(page: tuple[int, list[float]]) -> None:
    port, asked = page
    assert verdicts(machine({"http": {"port": port}, "expect": {"n": ">= 1"}}))["http.n"].passed
    assert len(asked) == 1


def test_a_page_is_read_twice_from_outside_too(page: tuple[int, list[float]]) -> None:
    port, asked = page
    get = b"GET / HTTP/1.0\r\n\r\n"
    talks = (
        TalkRequest("second", "tcp", port, get, b"", True, 5.0, EVERY_S),
        TalkRequest("first", "tcp", port, get, b"", True, 5.0),
    )
    request = TargetRequest(slot="one.0", container_id="", pid=0, addresses=("127.0.0.1",), talks=talks)
    with conversations(request, ()) as held:
        said = told(held, lambda *_: 0)
    first, second = said["first"], said["second"]
    assert isinstance(first, Talk)
    assert isinstance(second, Talk)
    assert b'"n": 1' in first.received
    assert b'"n": 2' in second.received
    assert asked[1] - asked[0] >= EVERY_S


def test_a_command_of_this_machine_is_run_twice_where_its_number_must_grow() -> None:
    frozen = {"name": "frozen", "command": ["echo", "up=1"], "expect": {"up": {"grows": True, "every": "10ms"}}}
    moving = {"name": "moving", "command": UPTIME, "expect": {"up": {"grows": True, "every": "50ms"}}}
    once = {"name": "once", "command": UPTIME, "expect": {"up": "> 0"}}
    said = verdicts(machine(frozen, moving, once))
    assert {key: verdict.outcome.value for key, verdict in said.items()} == {
        "frozen.up": "FAIL",
        "moving.up": "PASS",
        "once.up": "PASS",
    }


def test_a_command_that_hangs_the_second_time_is_unknown(tmp_path: Path) -> None:
    script = f"if [ -e {tmp_path}/ran ]; then sleep 60; fi; touch {tmp_path}/ran; echo n=1"
    grows = {"n": {"grows": True, "every": "10ms"}}
    said = verdicts(machine({"command": ["sh", "-c", script], "within": "1s", "expect": grows}))
    assert said["sh.n"].outcome == "UNKNOWN"


def test_read_only_asks_neither_once_nor_twice() -> None:
    grows = {"up": {"grows": True, "every": "10ms"}}
    assert verdicts(machine({"command": UPTIME, "expect": grows}), read_only=True) == {}


@pytest.mark.docker
@pytest.mark.parametrize("vehicle", ["auto", "exec"])
def test_a_command_in_a_container_is_run_twice(up: Any, vehicle: Vehicle) -> None:
    made = up(f"status-twice-{vehicle}", ["sleep", "600"])
    grows = {"up": {"grows": True, "every": "50ms"}}
    status = [
        {"name": "moving", "command": UPTIME, "expect": grows},
        {"name": "frozen", "command": ["echo", "bind count: 3"], "capture": {"up": r"count: (\d+)"}, "expect": grows},
    ]
    said = verdicts({"locate": {"name": made.name}, "status": status}, vehicle)
    assert said["moving.up"].passed, said
    assert said["frozen.up"].outcome == "FAIL"
    assert "frozen says up is 3 and, at least 0.05 s later, 3, expected that it grows" in said["frozen.up"].message


@pytest.mark.parametrize(
    ("status", "problem"),
    [
        ("{command: [a], expect: {n: {grows: false}}}", "grows is False; write grows, or {grows: true, every: 1s}"),
        ("{command: [a], expect: {n: {grow: true}}}", "unknown key 'grow'; write grows"),
        ("{command: [a], expect: {n: {grows: true, every: 2}}}", "2 is no duration"),
        ("{command: [a], expect: {n: {grows: true, every: 2m}}}", "allowed: more than 0s, at most 60s"),
        ("{http: {port: 1}, expect: {n: {grows: true, every: 9s}}}", "of a page at most 5s"),
        ("{command: [a], capture: {m: 'm (.)'}, expect: {n: 1}}", "capture has 'm', of which expect says nothing"),
        ("{command: [a], capture: {n: 'n .'}, expect: {n: 1}}", "has 0 groups; put what is wanted in one (…)"),
        ("{command: [a], capture: {n: '(n) (.)'}, expect: {n: 1}}", "has 2 groups"),
        ("{command: [a], capture: {n: '(.*)'}, expect: {n: 1}}", "matches everything"),
        ("{command: [a], capture: {n: '(?=n)(.)'}, expect: {n: 1}}", "which has no look-around"),
    ],
)
def test_a_mistake_in_what_is_expected_is_told_with_what_is_allowed(tmp_path: Path, status: str, problem: str) -> None:
    file = tmp_path / "d.yaml"
    service = f"{{on: local, locate: {{machine: true}}, status: [{status}]}}"
    file.write_text(f"deployment: t\nservices:\n  one: {service}\n")
    with pytest.raises(SpecError) as caught:
        load(file, {})
    assert problem in str(caught.value)
    assert f"{file}:3:" in str(caught.value)
