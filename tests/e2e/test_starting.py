"""A deployment that a session starts is the one that it verifies, and is gone when the session is over."""

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

pytestmark = [pytest.mark.docker, pytest.mark.once]

COMPOSE = """
    services:
      idle:
        image: debian:bookworm-slim
        command: [sleep, "600"]
        init: true
        deploy: {replicas: 2}
        stop_grace_period: 1s
"""
DEPLOYMENT = """
    deployment: small
    start: parts/idle.yaml
    services:
      idle:
        locate: {compose_service: idle}
        instances: 2
        processes: [{exe: sleep}]
"""
OWN = """
    def test_what_was_started_is_what_was_looked_at(started_project, snapshot):
        started = {container.name for container in started_project.containers()}
        assert {facts.instance.name for facts in snapshot.slots.values()} == started
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts/idle.yaml").write_text(dedent(COMPOSE))
    (tmp_path / "deployment.yaml").write_text(dedent(DEPLOYMENT))
    return tmp_path / "deployment.yaml"


def _pytest(cwd: Path, *args: object) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-P", "-m", "pytest", "--stable-for", "0s", *map(str, args)]
    return subprocess.run(argv, cwd=cwd, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)


def _containers(docker_client) -> list[str]:
    found = docker_client.containers.list(all=True, filters={"label": "com.docker.compose.project"})
    return [container.name for container in found if "-idle-" in container.name]


def test_pytest_starts_verifies_and_takes_down(file, docker_client):
    (file.parent / "test_own.py").write_text(dedent(OWN))
    ran = _pytest(file.parent, "--deployment", file, "--start", file.parent / "test_own.py")
    assert ran.returncode == 0, ran.stdout
    assert "ACCEPTED small" in ran.stdout
    assert _containers(docker_client) == []


def test_the_command_starts_verifies_and_takes_down(file, docker_client, seatrial):
    ran = seatrial("run", file, "--start", "--stable-for", "0s")
    assert ran.code == 0, ran.out
    assert _containers(docker_client) == []


def test_the_fixture_alone_starts_what_it_is_told_to(file, docker_client):
    own = """
        import pytest
        @pytest.fixture(scope="session")
        def compose_file(pytestconfig):
            return pytestconfig.rootpath / "parts/idle.yaml"
        def test_it_is_up(started_project):
            assert len(started_project.containers()) == 2
    """
    (file.parent / "test_own.py").write_text(dedent(own))
    (file.parent / "pytest.ini").write_text("[pytest]\n")
    ran = _pytest(file.parent, "test_own.py")
    assert ran.returncode == 0, ran.stdout
    assert _containers(docker_client) == []


def test_what_is_kept_can_be_swept_away_by_the_name_that_was_said(file, docker_client, seatrial):
    ran = seatrial("run", file, "--start", "--keep", "--stable-for", "0s")
    assert ran.code == 0, ran.out
    kept = _containers(docker_client)
    [run_id] = [line.rpartition(" ")[2] for line in ran.out.splitlines() if "seatrial sweep" in line]
    assert seatrial("sweep", run_id).code == 0
    assert (len(kept), _containers(docker_client)) == (2, [])


@pytest.mark.parametrize("args", [["--start"], ["--keep"]])
def test_starting_without_a_compose_file_and_keeping_without_starting_are_refused(file, seatrial, args):
    file.write_text(file.read_text().replace("start: parts/idle.yaml", ""))
    ran = seatrial("run", file, *args)
    assert ran.code == 4
    assert args[0].strip("-") in ran.out
