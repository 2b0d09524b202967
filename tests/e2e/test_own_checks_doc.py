"""Every example of the documentation of tests of one's own works as it stands there, in an empty folder."""

import json
import re
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from seatrial.demo import stack_folder
from seatrial.start import Project, started

pytestmark = pytest.mark.docker

PAGE = Path(__file__).parents[2] / "docs" / "own-checks.md"
EXAMPLES = re.findall(r"^#+ `?([^\n`]+)`?\n(?:(?!^#).*\n)*?```python\n((?:.*\n)*?)```", PAGE.read_text(), re.MULTILINE)
FIXTURES = ("deployment", "slot", "snapshot", "processes", "listeners", "logs", "registrations", "zookeeper", "host")


@pytest.fixture(scope="module")
def demo() -> Iterator[Project]:
    """The deployment that the examples are about, up and healthy."""
    with started(stack_folder() / "compose.yaml", secrets.token_hex(3), deadline_s=180, log=lambda _: None) as project:
        yield project


def test_there_is_an_example_for_each_fixture():
    assert PAGE.read_text().count("```python") == len(EXAMPLES)
    assert [name for name, _ in EXAMPLES if name in FIXTURES] == list(FIXTURES)
    assert "A fact of your own" in dict(EXAMPLES)


def test_a_fact_of_ones_own_and_its_check_take_ten_lines():
    lines = [line for line in dict(EXAMPLES)["A fact of your own"].splitlines() if line.strip()]
    assert len(lines) <= 10


def test_all_examples_pass_against_a_deployment_that_is_right(seatrial, demo, tmp_path):
    for number, (_, example) in enumerate(EXAMPLES):
        (tmp_path / f"test_example_{number}.py").write_text(example)
    file = stack_folder() / "deployment.yaml"
    tests = sorted(tmp_path.glob("test_*.py"))
    args = ("--compose-project", demo.name, "--settle", "60s", "--stable-for", "1s", "--report-dir", "reports")
    ran = seatrial("run", file, *args, *tests)
    [journal] = tmp_path.glob("reports/p2p-relay/*-*/journal.jsonl")
    events = [json.loads(line) for line in journal.read_text().splitlines()]
    words = {event["id"].rpartition("::")[2]: event["ran"] for event in events if event["event"] == "own test"}
    assert ran.code == 0, ran.out
    assert set(words.values()) == {"passed"}, ran.out
    for example in dict(EXAMPLES).values():
        for name in re.findall(r"def (test_\w+)", example):
            assert any(word.partition("[")[0] == name for word in words), name
