"""zk.listed: an address stands in a configuration node, as a whole word."""

from typing import Any

import pytest

from seatrial.snapshot import Node, Unreadable
from seatrial.verdicts import Verdict

from .facts import NOW, SERVERS, ask, container, facts, snapshot

CHECK = f"zk.listed[{SERVERS}]"


def holding(data: str | bytes | Unreadable | None, entry: str = "{ip}:8080", **more: Any) -> Verdict:
    """The verdict where the node holds this; None where it is not there."""
    held = data.encode() if isinstance(data, str) else data
    node = Node("servers", held, 0, NOW) if isinstance(held, bytes) else held
    return ask(CHECK, snapshot(facts(), nodes={SERVERS: node}, **more), listed={"node": SERVERS, "entry": entry})


def test_an_instance_that_is_listed_passes() -> None:
    assert ask(CHECK).passed


@pytest.mark.parametrize(
    "data",
    [
        "172.17.0.4:8080",
        "10.0.0.9:8080,172.17.0.4:8080",
        "10.0.0.9:8080 172.17.0.4:8080\n",
        "10.0.0.9:8080\r\n172.17.0.4:8080\r\n",
        "servers=10.0.0.9:8080;172.17.0.4:8080",
        "# relays\nservers: 172.17.0.4:8080",
        "servers:172.17.0.4:8080",
        "servers = 172.17.0.4\\:8080",
        '["172.17.0.4:8080"]',
        '{"relay": {"servers": ["10.0.0.9:8080", "172.17.0.4:8080"]}}',
        '{"servers": "10.0.0.9:8080,172.17.0.4:8080"}',
        '{"172.17.0.4:8080": {"weight": 1}}',
        "<servers><server>172.17.0.4:8080</server></servers>",
        "中继 172.17.0.4:8080".encode("gb18030"),
    ],
)
def test_a_whole_word_of_a_list_of_json_or_of_properties_counts(data: str | bytes) -> None:
    assert holding(data).passed


@pytest.mark.parametrize(
    "data",
    [
        "172.17.0.4:80801",
        "1172.17.0.4:8080",
        "10.172.17.0.4:8080",
        "172.17.0.4:8080.old",
        "x-172.17.0.4:8080",
        "10.0.0.9:8080 # 172.17.0.4:8080",
        "#172.17.0.4:8080\n10.0.0.9:8080",
        "<!-- <server>172.17.0.4:8080</server> --><server/>",
        "<!--\n<server>172.17.0.4:8080</server>\n--><server/>",
        "<!-- for ever\n172.17.0.4:8080",
        ";172.17.0.4:8080\n10.0.0.9:8080",
        "[servers]\n; 172.17.0.4:8080\na = 10.0.0.9:8080",
        "a = 10.0.0.9:8080 /* 172.17.0.4:8080 */",
        "/* was:\n 172.17.0.4:8080\n*/\n10.0.0.9:8080",
        "10.0.0.9:8080 // 172.17.0.4:8080",
        "-- 172.17.0.4:8080\n10.0.0.9:8080",
        "--172.17.0.4:8080",
        "REM 172.17.0.4:8080\n10.0.0.9:8080",
        ":: 172.17.0.4:8080",
        "%% 172.17.0.4:8080",
        "\ufeff# 172.17.0.4:8080",
        '{"conf": "a = 10.0.0.9:8080\\n# 172.17.0.4:8080\\n"}',
        '["172.17.0.44:8080"]',
        '{"ip": "172.17.0.4", "port": 8080}',
        "",
        "  \n",
    ],
)
def test_a_part_of_a_word_and_a_comment_do_not_count(data: str) -> None:
    assert holding(data).outcome == "FAIL"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ('{"servers": ["172.17.0.4:8080",]}', "begins like JSON and is none"),
        ('["172.17.0.4:8080"', "begins like JSON and is none"),
        ('{"servers": [ // "172.17.0.4:8080"\n"10.0.0.9:8080"]}', "begins like JSON and is none"),
        ('// all\n{"servers": ["172.17.0.4:8080"],}', "begins like JSON and is none"),
        ('\ufeff{"servers": ["172.17.0.4:8080"]}', "begins like JSON and is none"),
        ('{"a": ' + "[" * 20_000 + '"172.17.0.4:8080"', "begins like JSON and is none"),
        ('{"a": "172.17.0.4:8080"}\n{"a": ', "begins like JSON and is none"),
        ("a = 10.0.0.9:8080 ; 172.17.0.4:8080", "or in a comment there cannot be told"),
        ("a = 10.0.0.9:8080 -- 172.17.0.4:8080", "or in a comment there cannot be told"),
        ("paths=/a/*,172.17.0.4:8080,/b/*/c", "or in a comment there cannot be told"),
        ('["10.0.0.9:8080 ; 172.17.0.4:8080"]', "or in a comment there cannot be told"),
    ],
)
def test_what_its_reader_may_read_otherwise_is_unknown(data: str, reason: str) -> None:
    verdict = holding(data)
    assert (verdict.outcome, reason in verdict.message) == ("UNKNOWN", True), verdict.message


@pytest.mark.parametrize(
    "data",
    [
        "[servers]\na = 172.17.0.4:8080 ; the first\n",
        "[10.0.0.9:8080, 172.17.0.4:8080]",
        "{a=10.0.0.9:8080, b=172.17.0.4:8080}",
        "[[relay]]\naddress = '172.17.0.4:8080'",
        '{"ip": "10.0.0.9:8080"}\n{"ip": "172.17.0.4:8080"}\n',
        "- 10.0.0.9:8080\n- 172.17.0.4:8080\n",
        "10.0.0.9:8080;172.17.0.4:8080;",
        "# was: 10.0.0.9:8080\n172.17.0.4:8080 # the new one",
        "<!-- two -->\n<server>172.17.0.4:8080</server>",
        "/* two */ 172.17.0.4:8080",
        "zk=http://10.0.0.9/x,172.17.0.4:8080",
        "remote=172.17.0.4:8080",
    ],
)
def test_what_only_resembles_a_comment_or_json_does_not_hide_an_entry(data: str) -> None:
    assert holding(data).passed, holding(data).message


def test_an_address_is_not_found_in_a_longer_one() -> None:
    assert holding("10.0.0.1,172.17.0.41", entry="{ip}").outcome == "FAIL"
    assert holding("172.17.0.4:8080", entry="{ip}").outcome == "FAIL"
    assert holding("10.0.0.1,172.17.0.4", entry="{ip}").passed


def test_an_entry_that_is_json_is_compared_as_json() -> None:
    entry = '{"ip": "{ip}", "port": 8080}'
    assert holding('[{"port": 8080, "ip": "172.17.0.4"}]', entry).passed
    assert holding('[{"port": 8081, "ip": "172.17.0.4"}]', entry).outcome == "FAIL"


def test_a_failure_says_what_the_node_holds_and_the_nearest_entry() -> None:
    verdict = holding("172.17.0.44:8080,10.0.0.9:9")
    assert verdict.message.endswith(
        f"{SERVERS} does not list 172.17.0.4:8080; nearest is 172.17.0.44:8080; it holds '172.17.0.44:8080,10.0.0.9:9'"
    )


def test_what_the_node_holds_is_capped_and_redacted() -> None:
    verdict = holding("db.password=hunter2hunter2\n" + "10.0.0.9:8080\n" * 4000)
    assert "hunter2" not in verdict.message
    assert len(verdict.message) < 1000


def test_a_node_that_is_not_there_is_wrong() -> None:
    verdict = holding(None)
    assert verdict.outcome == "FAIL"
    assert f"{SERVERS} does not exist" in verdict.message


@pytest.mark.parametrize(
    "data",
    [
        Unreadable("NoAuth on /config/servers"),
        b"\xac\xed\x00\x05sr\x00\x13java.util.ArrayList",
        b"\x1f\x8b\x08\x00",
        '{"a": "172.17.0.4:8080", "a": "x"}',
    ],
)
def test_a_node_that_cannot_be_read_or_understood_is_unknown(data: str | bytes | Unreadable) -> None:
    assert holding(data).outcome == "UNKNOWN"


def test_a_node_that_nobody_looked_at_is_unknown() -> None:
    assert ask(CHECK, snapshot(facts(), nodes={})).outcome == "UNKNOWN"


def test_an_instance_without_an_address_or_that_does_not_run_is_unknown() -> None:
    assert ask(CHECK, facts(instance=container(addresses={}))).outcome == "UNKNOWN"
    stopped = ask(CHECK, facts(instance=container(status="exited")))
    assert (stopped.outcome, stopped.because) == ("UNKNOWN", "container.state")


def test_any_address_of_the_instance_on_the_network_will_do() -> None:
    two = facts(instance=container(addresses={"a": "10.1.0.4", "p2p_net": "172.17.0.4"}))
    assert ask(CHECK, two).passed
    named = {"node": SERVERS, "entry": "{ip}:8080", "network": "a"}
    assert ask(CHECK, two, listed=named).outcome == "FAIL"
