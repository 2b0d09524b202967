"""A passed check takes a short way through pytest, and only where nobody could tell the difference."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

pytestmark = [pytest.mark.docker, pytest.mark.once]

WATCHES = {
    "a hook before the test": "def pytest_runtest_setup(item): note(item)",
    "a hook around the test": "def pytest_runtest_call(item): note(item)",
    "a hook that makes the report": "def pytest_runtest_makereport(item, call): call.when == 'call' and note(item)",
    "a fixture for every test": "@pytest.fixture(autouse=True)\ndef watching(request): note(request.node)",
}
NOTE = """
    import pathlib
    import pytest
    NOTES = pathlib.Path(__file__).with_name("notes")
    def note(item):
        with NOTES.open("a") as notes:
            notes.write(item.name + "\\n")
"""


@pytest.fixture
def deployment(up: Callable, tmp_path: Path) -> Path:
    """A deployment file with five checks that pass."""
    name = up("short", ["sleep", "600"]).name
    file = tmp_path / "deployment.yaml"
    file.write_text(
        f"deployment: small\nservices: {{idle: {{locate: {{name: {name}}}, processes: [{{exe: sleep}}]}}}}\n"
    )
    return file


def _entries(folder: Path) -> list[dict]:
    journal = (folder / "reports/small/latest/journal.jsonl").read_text()
    return [event for event in map(json.loads, journal.splitlines()) if event["event"] == "check"]


def _watched(seatrial: Callable, deployment: Path, plugin: str):
    (deployment.parent / "watching.py").write_text(plugin)
    return seatrial("run", deployment, "--stable-for", "0s", "-p", "watching", PYTHONPATH=_path(deployment.parent))


def _path(first: Path) -> str:
    return os.pathsep.join([str(first), *filter(None, [os.environ.get("PYTHONPATH")])])


@pytest.mark.parametrize("watch", WATCHES.values(), ids=WATCHES)
def test_whoever_watches_the_tests_sees_each_of_them(seatrial, deployment, tmp_path, watch):
    ran = _watched(seatrial, deployment, f"{dedent(NOTE)}\n{watch}\n")
    assert ran.code == 0, ran.out
    assert len((tmp_path / "notes").read_text().splitlines()) == len(_entries(tmp_path)) == 8


def test_both_ways_tell_the_same(seatrial, deployment, tmp_path):
    told = []
    for plugin in ("", "def pytest_runtest_setup(item): pass\n"):
        assert _watched(seatrial, deployment, plugin).code == 0
        told.append([(entry["check"], entry["outcome"], entry["ran"]) for entry in _entries(tmp_path)])
    assert told[0] == told[1]


def test_a_hook_that_fails_every_test_fails_the_run(seatrial, deployment):
    assert _watched(seatrial, deployment, "def pytest_runtest_call(item): assert 0, 'no'\n").code == 1


def test_a_fault_before_a_pass_leaves_nothing_behind_for_the_faults_after_it(seatrial, deployment, up, tmp_path):
    dead = up("dead", ["true"])
    dead.wait(timeout=20)
    alive = deployment.read_text().partition("services: {")[2]
    broken = f"a-dead: {{locate: {{name: {dead.name}}}, processes: [{{exe: sleep}}]}}"
    deployment.write_text(f"deployment: small\nservices: {{{broken}, {alive}")
    assert seatrial("run", deployment, "--stable-for", "0s").code == 1
    ran = {entry["check"]: (entry["outcome"], entry["ran"]) for entry in _entries(tmp_path)}
    told = {key: value for key, value in ran.items() if key.startswith("a-dead")}
    assert set(told.values()) == {("PASS", "passed"), ("FAIL", "failed"), ("UNKNOWN", "error")}
    assert sum(value == ("PASS", "passed") for value in ran.values()) == 9
