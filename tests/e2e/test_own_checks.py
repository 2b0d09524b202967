"""A test of one's own counts: what does not pass is not accepted."""

from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.docker

FILE = "deployment: small\nservices: {relay: {locate: {name: %s}, processes: [{exe: sleep}]}}\n"


@pytest.fixture
def deployment(up: Callable, tmp_path: Path) -> Path:
    """One container that is as declared."""
    (tmp_path / "deployment.yaml").write_text(FILE % up("own", ["sleep", "600"]).name)
    return tmp_path / "deployment.yaml"


def test_a_test_of_ones_own_that_fails_is_not_accepted(seatrial, deployment, tmp_path):
    (tmp_path / "test_own.py").write_text("def test_it(snapshot):\n    assert not snapshot.slots, 'no'\n")
    ran = seatrial("run", deployment, "--stable-for", "0s", tmp_path / "test_own.py")
    assert ran.code == 1, ran.out
    assert "test_own.py::test_it" in ran.out


def test_without_a_deployment_the_fixtures_never_look_at_this_machine(tmp_path, seatrial):
    (tmp_path / "test_own.py").write_text("def test_it(snapshot):\n    assert snapshot\n")
    ran = seatrial("run", tmp_path / "none.yaml", tmp_path / "test_own.py")
    assert ran.code == 4, ran.out
