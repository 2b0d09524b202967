"""One deployment file about plain hosts behind a jump host, containers there and here, and one ZooKeeper."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import docker
import pytest
from mixed.stack import Stack, stack

pytestmark = [pytest.mark.docker, pytest.mark.once]

SETTLE = ("--settle", "60s", "--stable-for", "1s")


@pytest.fixture(scope="module")
def whole(docker_client: docker.DockerClient, run_id: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """All of it, up and healthy."""
    with stack(docker_client, run_id, tmp_path_factory.mktemp("mixed")) as made:
        yield made


@pytest.fixture
def verify(seatrial: Callable[..., Any], whole: Stack, tmp_path: Path) -> Callable[..., tuple[int, dict[str, Any]]]:
    """Run the command; its exit code, and check → result."""

    def call(*args: object) -> tuple[int, dict[str, Any]]:
        ran = seatrial("run", whole.file, "--report-dir", tmp_path, *args, **whole.environ)
        [results] = tmp_path.glob("mixed/*-*/results.json")
        assert results.exists(), ran.out
        return ran.code, {result["id"]: result for result in json.loads(results.read_text())["results"]}

    return call


def test_a_deployment_over_hosts_and_containers_is_accepted(verify):
    code, results = verify(*SETTLE)
    assert {check: result["message"] for check, result in results.items() if result["status"] != "PASS"} == {}
    assert code == 0
    slots = {"relay.0", "gms.0", "engine.0", "there.0", "here.0"}
    assert {check.partition("/")[0] for check in results} - {"relay", "gms", "engine", "there", "here"} == slots


ASKED_OF_ONE_THAT_RUNS = ("state", "stable", "exe", "user", "java")


def test_what_breaks_in_it_is_told_by_its_own_checks_and_by_no_other(verify, whole):
    whole.break_things()
    code, results = verify()
    assert {check: result["message"] for check, result in results.items() if result["status"] == "FAIL"} == {
        "relay.0/process.count[relay]": Containing("expected 1 relay (main bsh.Interpreter), found 0"),
        "relay.0/port.bind[8080/tcp]": Containing("nothing listens on 8080/tcp; no relay runs"),
        "relay.0/port.answer[8080/tcp]": Containing(f"{whole.relay.address}:8080: refused"),
        "relay.0/zk.node[/services/relay]": Containing("no child under /services/relay", "server answered"),
        "relay.0/host.disk[/data]": Containing("/data has free 14 MiB of 64 MiB", "expected at least 32MiB"),
        "gms.0/tomcat.context[/gms]": Containing("/gms is not deployed"),
        "gms.0/host.cron[check.sh]": Containing("no cron daemon runs"),
        "gms.0/zk.listed[/config/servers]": Containing(f"does not list {whole.gms.address}:8080"),
    }
    assert {check: result["because"] for check, result in results.items() if result["status"] == "UNKNOWN"} == {
        **{f"relay.0/process.{aspect}[relay]": "process.count" for aspect in ASKED_OF_ONE_THAT_RUNS},
        "relay.0/port.owner[8080/tcp]": "port.bind",
        **{f"relay.0/zk.{aspect}[/services/relay]": "zk.node" for aspect in ("data", "ephemeral")},
    }
    assert code == 1


class Containing:
    """Equal to every text that holds all of these."""

    def __init__(self, *parts: str) -> None:
        self._parts = parts

    def __eq__(self, text: object) -> bool:
        return all(part in str(text) for part in self._parts)

    def __hash__(self) -> int:
        return hash(self._parts)

    def __repr__(self) -> str:
        return " … ".join(self._parts)
