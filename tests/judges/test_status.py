"""status.value: what a status command or page tells."""

import json
from typing import Any

import pytest

from seatrial.snapshot import CommandRun, SlotFacts, Talk
from seatrial.verdicts import Verdict

from .facts import NO_RIGHT, ask, facts, http, inside

BIND, AGENTS = "status.value[relayctl.bind_count]", "status.value[relayctl.agents_num]"


def printed(output: bytes, exit_code: int = 0, stderr: bytes = b"") -> SlotFacts:
    """A slot whose status command printed this."""
    return facts(commands={"relayctl": CommandRun(("relayctl", "status"), exit_code, output, stderr)})


def of_page(key: str, wanted: Any, answer: bytes, *, closed: bool = True) -> Verdict:
    """The verdict on one value of a status page."""
    declared = {"status": [{"name": "page", "http": {"port": 7000, "path": "/s"}, "expect": {key: wanted}}]}
    talk = Talk("127.0.0.1:7000", True, received=answer, closed=closed)
    return ask(f"status.value[page.{key}]", facts(inside=inside(talks={"status:page": talk})), **declared)


@pytest.mark.parametrize(
    "output",
    [
        b"bind_count=2\nagents_num=2",
        b"bind_count: 2\nagents_num: 2",
        b"bind_count=2 agents_num=2",
        b'{"bind_count":2,"agents_num":2}',
    ],
)
def test_values_are_read_from_lines_and_from_json(output: bytes) -> None:
    assert ask(BIND, printed(output)).passed
    assert ask(AGENTS, printed(output)).passed


def test_another_value_is_wrong_and_told() -> None:
    verdict = ask(BIND, printed(b"bind_count=1\nagents_num=0\n"))
    assert verdict.outcome == "FAIL"
    assert "relayctl says bind_count is 1, expected 2" in verdict.message
    assert ask(AGENTS, printed(b"bind_count=1\nagents_num=0\n")).outcome == "FAIL"


def test_a_missing_key_names_those_that_are_there() -> None:
    verdict = ask(BIND, printed(b"peers=4\nuptime=12\n"))
    assert verdict.outcome == "FAIL"
    assert "does not tell bind_count; it tells: peers, uptime" in verdict.message


@pytest.mark.parametrize("output", [b"", b"all is well", b"\xff\xfe\x00"])
def test_an_output_without_values_is_wrong(output: bytes) -> None:
    assert ask(BIND, printed(output)).outcome == "FAIL"


def test_a_value_that_is_told_twice_is_unknown() -> None:
    assert "told twice: 2 and 3" in ask(BIND, printed(b"bind_count=2\nbind_count=3\n")).message
    assert ask(BIND, printed(b"bind_count=2\nbind_count=3\n")).outcome == "UNKNOWN"


def test_a_command_that_fails_is_wrong_even_where_it_printed_the_value() -> None:
    verdict = ask(BIND, printed(b"bind_count=2\n", 1, b"relay does not answer"))
    assert verdict.outcome == "FAIL"
    assert "exit code 1, saying 'relay does not answer'" in verdict.message


@pytest.mark.parametrize("commands", [{}, {"relayctl": NO_RIGHT}])
def test_a_command_that_could_not_be_run_is_unknown(commands: dict[str, Any]) -> None:
    assert ask(BIND, facts(commands=commands)).outcome == "UNKNOWN"


def test_json_is_asked_by_dotted_paths() -> None:
    answer = http(200, json.dumps({"peers": [{"id": "a"}, {"id": "b"}], "up": True, "empty": []}).encode())
    assert of_page("peers.1.id", "b", answer).passed
    assert of_page("up", True, answer).passed
    assert of_page("up", 1, answer).outcome == "FAIL"


def test_a_page_with_another_status_or_none_is_wrong() -> None:
    assert "answered 500, expected 200" in of_page("up", True, http(500, b"")).message
    assert of_page("up", True, b"").outcome == "FAIL"
    assert of_page("up", True, b"garbage").outcome == "FAIL"


def test_a_page_that_was_cut_is_unknown() -> None:
    assert of_page("up", True, b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{").outcome == "UNKNOWN"
    assert of_page("up", True, b'HTTP/1.1 200 OK\r\n\r\n{"up": true}', closed=False).outcome == "UNKNOWN"
    assert of_page("up", True, b'HTTP/1.1 200 OK\r\n\r\n{"up": true}').passed


def test_hostile_json_is_no_crash() -> None:
    assert ask(BIND, printed(b"[" * 100_000)).outcome == "FAIL"
    assert ask(BIND, printed(b'{"bind_count":' + b"9" * 10_000 + b"}")).outcome == "FAIL"
