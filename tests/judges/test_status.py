"""status.value: what a status command or page tells."""

import json
from typing import Any

import pytest

from seatrial.snapshot import CommandRun, SlotFacts, Talk, Unreadable
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


def captures(pattern: str, wanted: Any, output: bytes) -> Verdict:
    """The verdict on a value that a pattern finds."""
    status = {"command": ["relayctl", "status"], "capture": {"bind_count": pattern}, "expect": {"bind_count": wanted}}
    return ask(BIND, printed(output), status=[status])


def grows(first: CommandRun | Unreadable, second: CommandRun | Unreadable | None, wanted: Any = "grows") -> Verdict:
    """The verdict on a number of a command that was run twice."""
    runs = {"relayctl": first} | ({"relayctl:again": second} if second is not None else {})
    return ask(BIND, facts(commands=runs), **expecting(wanted))


def ran(output: bytes, exit_code: int = 0) -> CommandRun:
    """One run."""
    return CommandRun(("relayctl", "status"), exit_code, output, b"")


@pytest.mark.parametrize("wanted", [2, ">= 0", "1..5", "2"])
def test_a_pattern_finds_a_value_in_what_is_no_notation_at_all(wanted: Any) -> None:
    assert captures(r"bind count: (\d+)", wanted, b"relay up 4 d\n** bind count: 2 (max 9)\n").passed


def test_a_captured_value_is_compared_like_any_other() -> None:
    verdict = captures(r"^bind count (\S+)$", "== 0", b"bind count 2\n")
    assert verdict.outcome == "FAIL"
    assert "relayctl says bind_count is 2, expected == 0" in verdict.message


def test_a_pattern_that_no_line_holds_is_wrong_and_shows_no_line() -> None:
    verdict = captures(r"bind count: (\d+)", 2, b"kennwort S3cr3t-1\nbind count: none\n")
    assert verdict.outcome == "FAIL"
    assert "does not tell bind_count: 'bind count: (\\\\d+)' is found in none of its 2 lines" in verdict.message
    assert "S3cr3t" not in str(verdict)


def test_a_pattern_that_finds_two_values_is_unknown_and_the_same_value_twice_is_not() -> None:
    assert captures(r"count: (\d+)", 2, b"bind count: 2\nagent count: 3\n").outcome == "UNKNOWN"
    assert captures(r"count: (\d+)", 2, b"bind count: 2\nagent count: 2\n").passed


def test_a_pattern_that_is_catastrophic_elsewhere_takes_no_time() -> None:
    assert captures(r"((?:a+)+)b", 2, b"a" * 200_000).outcome == "FAIL"


def test_a_value_is_hidden_where_the_pattern_that_finds_it_names_a_secret() -> None:
    verdict = captures(r"password (\S+)", 2, b"password S3cr3t-1\n")
    assert verdict.outcome == "FAIL"
    assert "S3cr3t" not in repr(verdict)


def test_the_keys_beside_a_captured_one_are_read_as_ever() -> None:
    status = {"command": ["relayctl"], "capture": {"bind_count": r"binds (\d+)"}, "expect": {"bind_count": 2, "up": 1}}
    for key in ("bind_count", "up"):
        assert ask(f"status.value[relayctl.{key}]", printed(b"binds 2\nup=1\n"), status=[status]).passed


@pytest.mark.parametrize(
    ("first", "second"),
    [(b"bind_count=2", b"bind_count=3"), (b'{"bind_count": 9007199254740992}', b'{"bind_count": 9007199254740993}')],
)
def test_a_number_that_is_more_the_second_time_grows(first: bytes, second: bytes) -> None:
    verdict = grows(ran(first), ran(second), {"grows": True, "every": "2s"})
    assert verdict.passed
    assert "at least 2 s later" in verdict.message


@pytest.mark.parametrize(
    ("second", "why"),
    [
        (b"bind_count=2", "it stands still"),
        (b"bind_count=1", "it fell"),
        (b"bind_count=many", "which is no number that could grow"),
    ],
)
def test_a_number_that_is_not_more_the_second_time_is_wrong(second: bytes, why: str) -> None:
    verdict = grows(ran(b"bind_count=2"), ran(second))
    assert verdict.outcome == "FAIL"
    assert "bind_count is 2 and, at least 1 s later, " in verdict.message
    assert f"expected that it grows; {why}" in verdict.message


@pytest.mark.parametrize(("first", "second"), [(NO_RIGHT, ran(b"bind_count=2")), (ran(b"bind_count=2"), NO_RIGHT)])
def test_what_could_be_read_only_once_is_unknown(first: Any, second: Any) -> None:
    assert grows(first, second).outcome == "UNKNOWN"
    assert grows(ran(b"bind_count=2"), None).outcome == "UNKNOWN"


def test_a_command_that_fails_the_second_time_is_wrong() -> None:
    assert grows(ran(b"bind_count=2"), ran(b"bind_count=3", 1)).outcome == "FAIL"
    assert "does not tell bind_count; it tells: x" in grows(ran(b"bind_count=2"), ran(b"x=3")).message


def test_a_number_of_a_page_grows_too() -> None:
    declared = {"status": [{"name": "page", "http": {"port": 7000, "path": "/s"}, "expect": {"n": "grows"}}]}
    talks = {
        f"status:page{which}": Talk("127.0.0.1:7000", True, received=http(200, b'{"n": %d}' % number), closed=True)
        for which, number in (("", 1), (":again", 2))
    }
    assert ask("status.value[page.n]", facts(inside=inside(talks=talks)), **declared).passed
    del talks["status:page:again"]
    assert ask("status.value[page.n]", facts(inside=inside(talks=talks)), **declared).outcome == "UNKNOWN"


def test_a_page_may_be_expected_to_answer_another_status() -> None:
    declared = {"status": [{"http": {"port": 7000, "status": 503}, "expect": {"up": False}}]}
    talk = Talk("127.0.0.1:7000", True, received=http(503, b'{"up": false}'), closed=True)
    assert ask("status.value[http.up]", facts(inside=inside(talks={"status:http": talk})), **declared).passed


@pytest.mark.parametrize(
    ("told", "wanted", "why"),
    [
        ('"up"', ">= 0", "it is a text, and no number"),
        ("true", 1, "it is true or false, expected is a number"),
        ("2", "two", "it is a number, expected is a text"),
        ('"yes"', True, "it is a text, expected is true or false"),
        ("null", 0, "it is null, expected is a number"),
        ("[]", "none", "it is a list, expected is a text"),
    ],
)
def test_a_value_of_another_kind_is_told_to_be_one(told: str, wanted: Any, why: str) -> None:
    verdict = ask(BIND, printed(f'{{"bind_count": {told}}}'.encode()), **expecting(wanted))
    assert verdict.outcome == "FAIL"
    assert verdict.message.endswith(why)


@pytest.mark.parametrize(
    ("told", "wanted", "outcome"),
    [
        (9007199254740993, 9007199254740992, "FAIL"),
        (9007199254740993, 9007199254740993, "PASS"),
        (9007199254740993, "<= 9007199254740992", "FAIL"),
        (9007199254740993, "9007199254740993..9007199254740993", "PASS"),
        (0.1, 0.1, "PASS"),
    ],
)
def test_a_number_is_compared_as_it_is_written(told: Any, wanted: Any, outcome: str) -> None:
    for output in (json.dumps({"bind_count": told}), f"bind_count={told}"):
        assert ask(BIND, printed(output.encode()), **expecting(wanted)).outcome == outcome


def test_a_number_too_long_for_python_spoils_no_other_key() -> None:
    output = b'{"id": %s, "bind_count": 2}' % (b"7" * 5000)
    assert ask(BIND, printed(output)).passed


def test_keys_that_are_long_together_are_not_written_out() -> None:
    output = b'{"%s": [%s], "bind_count": 2}' % (b"k" * 400_000, b"0," * 299_999 + b"0")
    verdict = ask(BIND, printed(output))
    assert verdict.outcome == "UNKNOWN"
    assert "keys of more than 32 million letters" in verdict.message
