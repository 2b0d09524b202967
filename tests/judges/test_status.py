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


def expecting(wanted: Any) -> dict[str, Any]:
    """The status command with another expectation."""
    return {"status": [{"command": ["relayctl", "status"], "expect": {"bind_count": wanted}}]}


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


@pytest.mark.parametrize(
    ("output", "wanted"),
    [
        (b'NAME="Debian GNU/Linux"\nbind_count="12"\n', ">= 12"),
        (b"bind_count='12'", 12),
        (b'bind_count="x y" mode="a=b c"', "x y"),
        (b'bind_count: "12"', 12),
        (b"bind_count=\"12'", "\"12'"),
        (b'bind_count="', '"'),
        (b'bind_count=""', ""),
    ],
)
def test_quotes_round_a_value_are_no_part_of_it(output: bytes, wanted: Any) -> None:
    verdict = ask(BIND, printed(output), **expecting(wanted))
    assert verdict.passed, verdict


def test_what_stands_in_quotes_tells_no_value_of_its_own() -> None:
    verdict = ask(BIND, printed(b'note="a bind_count=2" mode=live'))
    assert "it tells: note, mode" in verdict.message


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
    verdict = ask(BIND, printed(b"bind_count=2\nbind_count=3\n"))
    assert verdict.outcome == "UNKNOWN"
    assert "bind_count is told twice, with different values" in verdict.message


@pytest.mark.parametrize(
    "told", [b'{"bind_count": 1, "bind_count": 2}', b'{"a": [{"bind_count": 1, "bind_count": 2}]}']
)
def test_a_key_of_json_that_stands_twice_is_unknown(told: bytes) -> None:
    assert ask(BIND, printed(told)).outcome == "UNKNOWN"
    assert ask(BIND, printed(b'{"bind_count": 2, "bind_count": 2}')).passed


def test_two_ways_to_one_dotted_path_are_unknown() -> None:
    assert of_page("a.b", 2, http(200, b'{"a.b": 2, "a": {"b": 3}}')).outcome == "UNKNOWN"
    assert of_page("c", 1, http(200, b'{"a.b": 2, "a": {"b": 3}, "c": 1}')).passed


@pytest.mark.parametrize("number", ["2_0", "+20", "٢٠", "20.", "0x14", "nan", "inf"])
def test_a_number_is_written_as_other_programs_write_it(number: str) -> None:
    assert ask(BIND, printed(f"bind_count={number}".encode()), **expecting(20)).outcome == "FAIL"
    assert ask(BIND, printed(b"bind_count=2e1"), **expecting(20)).passed


def test_the_value_of_another_key_is_never_told() -> None:
    output = b"bind_count=2\nkennwort=S3cr3t-1\nkennwort=S3cr3t-2\n"
    assert ask(BIND, printed(output)).passed
    for answer in (output, b'{"kennwort": "S3cr3t-1", "kennwort": "S3cr3t-2"}'):
        assert "S3cr3t" not in str(ask(AGENTS, printed(answer)))


@pytest.mark.parametrize("found", ["S3cr3t-1", "other"])
def test_an_expected_value_whose_key_is_secret_is_hidden(found: str) -> None:
    declared = {"status": [{"command": ["relayctl"], "expect": {"admin_token": "S3cr3t-1"}}]}
    verdict = ask("status.value[relayctl.admin_token]", printed(f"admin_token={found}".encode()), **declared)
    assert verdict.passed is (found == "S3cr3t-1")
    assert "S3cr3t" not in str(verdict)
    assert found not in str(verdict).replace("another", "")


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
