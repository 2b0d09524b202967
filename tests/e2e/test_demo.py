"""The demo is a real deployment: green when it is whole, red in the right places when six things in it are broken."""

import json
import os
import secrets
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from demo_faults import innocent, untold

from seatrial.demo import stack_folder
from seatrial.demo.breaks import break_things
from seatrial.demo.containers import InContainers
from seatrial.start import Project, started

pytestmark = pytest.mark.docker

VEHICLES = [
    pytest.param("proc", marks=pytest.mark.skipif(os.geteuid() != 0, reason="reading the host's /proc needs root")),
    "exec",
]


@pytest.fixture(scope="module")
def whole() -> Iterator[Project]:
    """The demo, up and healthy."""
    with started(stack_folder() / "compose.yaml", secrets.token_hex(3), deadline_s=180, log=lambda _: None) as project:
        yield project


@pytest.fixture(scope="module")
def broken() -> Iterator[Project]:
    """The demo with six things broken in it."""
    with started(stack_folder() / "compose.yaml", secrets.token_hex(3), deadline_s=180, log=lambda _: None) as project:
        break_things(InContainers(project, os.environ), lambda _: None)
        yield project


def _verify(seatrial: Callable, project: Project, folder: Path, *args: object) -> tuple[int, dict[str, dict]]:
    file = stack_folder() / "deployment.yaml"
    ran = seatrial("run", file, "--compose-project", project.name, "--report-dir", folder, *args)
    [results] = folder.glob("p2p-relay/*-*/results.json")
    return ran.code, {result["id"]: result for result in json.loads(results.read_text())["results"]}


@pytest.mark.once
@pytest.mark.parametrize("vehicle", VEHICLES)
def test_the_whole_demo_is_accepted(seatrial, whole, vehicle, tmp_path):
    args = ("--vehicle", vehicle, "--settle", "30s", "--stable-for", "2s")
    code, results = _verify(seatrial, whole, tmp_path, *args)
    assert {key: result["message"] for key, result in results.items() if result["status"] != "PASS"} == {}
    assert code == 0
    assert len(results) > 100


@pytest.mark.once
@pytest.mark.parametrize("vehicle", VEHICLES)
def test_each_of_the_six_faults_is_named_by_the_right_check(seatrial, broken, vehicle, tmp_path):
    code, results = _verify(seatrial, broken, tmp_path, "--vehicle", vehicle)
    assert code == 1
    assert untold(results) == {}
    assert innocent(results) == []


@pytest.mark.once
def test_reading_only_leaves_out_what_would_touch_and_says_so(seatrial, whole, tmp_path):
    code, results = _verify(seatrial, whole, tmp_path, "--read-only", "--settle", "30s", "--stable-for", "2s")
    [file] = tmp_path.glob("p2p-relay/*-*/results.json")
    told = json.loads(file.read_text())
    assert [key for key in results if "status.value" in key or "port.answer" in key] == []
    assert "relay.0/status.value[relayctl.bind_count]" in told["not_planned"]
    assert [call for call in told["calls"] if "exec" in call or call.startswith("POST")] == []
    if os.geteuid() == 0:
        assert code == 0


@pytest.mark.parametrize(("args", "code"), [([], 0), (["--break"], 1)])
def test_the_command_starts_verifies_and_leaves_nothing(seatrial, docker_client, args, code):
    before = _things(docker_client)
    ran = seatrial("demo", *args)
    assert ran.code == code, ran.out
    assert ran.out.startswith("in containers, since a Docker Engine answers at ")
    assert "Report: reports/p2p-relay/" in ran.out
    assert _things(docker_client) == before


@pytest.mark.once
def test_an_interrupt_while_it_starts_leaves_nothing(command, docker_client, tmp_path):
    before = _things(docker_client)
    with subprocess.Popen(
        [*command, "demo", "--docker"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as child:
        assert child.stdout
        for line in child.stdout:
            if "is healthy" in line:
                child.send_signal(signal.SIGINT)
                break
        child.communicate(timeout=60)
    assert child.returncode == 2
    assert _things(docker_client) == before


def _things(client) -> set[str]:
    """Everything of a demo that there is now; what other tests keep for themselves is not in it."""
    containers = client.containers.list(all=True, filters={"label": "seatrial.run"}, ignore_removed=True)
    networks = client.networks.list(filters={"label": "seatrial.run"})
    volumes = client.volumes.list(filters={"label": "seatrial.run"})
    return {thing.name for thing in (*containers, *networks, *volumes)}
