"""What the documentation shows of tests of one's own works as it stands there."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.docker

PAGE = Path(__file__).parents[2] / "docs" / "own-checks.md"
FILE = "deployment: small\nservices: {relay: {locate: {name: %s}, processes: [{exe: sleep}]}}\n"


@pytest.fixture
def deployment(up: Callable, tmp_path: Path) -> Path:
    """One container that is as declared."""
    (tmp_path / "deployment.yaml").write_text(FILE % up("own", ["sleep", "600"]).name)
    return tmp_path / "deployment.yaml"


def test_the_example_of_the_documentation_passes(seatrial, deployment, tmp_path):
    [example] = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    (tmp_path / "test_own.py").write_text(example)
    ran = seatrial("run", deployment, "--stable-for", "0s", tmp_path / "test_own.py")
    assert ran.code == 0, ran.out
    assert "6 passed" in next(tmp_path.glob("reports/small/*-*/pytest.log")).read_text()


def test_a_test_of_ones_own_that_fails_is_not_accepted(seatrial, deployment, tmp_path):
    (tmp_path / "test_own.py").write_text("def test_it(snapshot):\n    assert not snapshot.slots, 'no'\n")
    ran = seatrial("run", deployment, "--stable-for", "0s", tmp_path / "test_own.py")
    assert ran.code == 1, ran.out
    assert "test_own.py::test_it" in ran.out


def test_without_a_deployment_the_fixtures_never_look_at_this_machine(tmp_path, seatrial):
    (tmp_path / "test_own.py").write_text("def test_it(snapshot):\n    assert snapshot\n")
    ran = seatrial("run", tmp_path / "none.yaml", tmp_path / "test_own.py")
    assert ran.code == 4, ran.out
