"""What a run tells: every reason once, in words, with the names of what it is about."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

pytestmark = [pytest.mark.docker, pytest.mark.once]

CHECKS = 8


def _file(folder: Path, name: str) -> Path:
    file = folder / "deployment.yaml"
    file.write_text(
        f"deployment: small\nservices: {{idle: {{locate: {{name: {name}}}, processes: [{{exe: sleep}}]}}}}\n"
    )
    return file


@pytest.fixture
def alive(up: Callable, tmp_path: Path) -> Path:
    """A deployment file over a container that is as it should be."""
    return _file(tmp_path, up("telling", ["sleep", "600"]).name)


@pytest.fixture
def nowhere(tmp_path: Path) -> dict[str, str]:
    """An environment in which no engine answers."""
    return {"DOCKER_HOST": f"unix://{tmp_path}/none.sock"}


def _run(seatrial: Callable, file: Path, *args: object, **environ: str):
    return seatrial("run", file, "--stable-for", "0s", *args, **environ)


def _pytest(file: Path, *args: str, **environ: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-P", "-m", "pytest", "--deployment", str(file), "--stable-for", "0s", *args]
    return subprocess.run(
        argv,
        cwd=file.parent,
        env={**os.environ, **environ},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=60,
        check=False,
    )


def _told(ran: subprocess.CompletedProcess[str]) -> list[str]:
    return [line.removeprefix("seatrial: ") for line in ran.stdout.splitlines() if line.startswith("seatrial: ")]


def _results(folder: Path) -> dict:
    found = folder.glob("reports/small/*-*/results.json")
    return json.loads(max(found, key=lambda file: file.stat().st_mtime_ns).read_text())


def test_an_engine_that_does_not_answer_is_told_once(seatrial, tmp_path, nowhere):
    ran = _run(seatrial, _file(tmp_path, "nobody"), **nowhere)
    assert ran.code == 1, ran.out
    assert ran.out.count("no Docker Engine at") == 1
    assert f"UNKNOWN idle/instances … and {CHECKS - 1} more checks: " in ran.out
    assert [one["status"] for one in _results(tmp_path)["results"]] == ["UNKNOWN"] * CHECKS


def test_settling_says_why_it_ended(seatrial, alive, up, tmp_path):
    ran = _run(seatrial, alive, "--settle", "20s")
    assert ran.code == 0, ran.out
    assert "everything stayed green for 0 s\nReport: " in ran.out
    dead = up("dead", ["true"])
    dead.wait(timeout=20)
    ran = _run(seatrial, _file(tmp_path, dead.name), "--settle", "20s")
    assert ran.code == 1, ran.out
    assert ": waiting is pointless: idle.0 has exited and nothing restarts it\n" in ran.out


OWN = """
    import pytest

    @pytest.fixture
    def broken():
        raise OSError("no socket")

    def test_good():
        pass

    def test_bad():
        assert [1] == [2]

    def test_without_its_fixture(broken):
        pass

    def test_that_asks_for_nothing_known(nobody_has_this):
        pass

    @pytest.mark.xfail(strict=True, reason="is broken")
    def test_that_was_to_fail():
        pass

    @pytest.mark.skip
    def test_left_out():
        pass
"""


@pytest.fixture
def own(alive: Path) -> Path:
    """Tests of the user's beside the deployment file."""
    folder = alive.parent / "mine"
    folder.mkdir()
    (folder / "test_own.py").write_text(dedent(OWN))
    return folder


def test_each_failed_test_of_the_user_is_named_with_its_reason(seatrial, alive, own, tmp_path):
    ran = _run(seatrial, alive, own)
    results = _results(tmp_path)
    assert ran.code == 1, ran.out
    assert results["reasons"] == [
        "mine/test_own.py::test_bad failed: assert [1] == [2]",
        "mine/test_own.py::test_without_its_fixture met an error: OSError: no socket",
        "mine/test_own.py::test_that_asks_for_nothing_known met an error: fixture 'nobody_has_this' not found",
        "mine/test_own.py::test_that_was_to_fail failed: [XPASS(strict)] is broken",
    ]
    assert [reason for reason in results["reasons"] if f"Not accepted: {reason}\n" not in ran.out] == []
    assert "Tests of yours: 2 failed, 2 met an error, 1 passed, 1 skipped\n" in ran.out
    assert results["counts"]["PASS"] == CHECKS


def test_tests_of_the_user_that_pass_are_counted_and_accepted(seatrial, alive, own, tmp_path):
    ran = _run(seatrial, alive, own, "-k", "good or idle")
    assert ran.code == 0, ran.out
    assert [(one["id"], one["ran"]) for one in _results(tmp_path)["own_tests"]] == [
        ("mine/test_own.py::test_good", "passed")
    ]


def test_a_lie_about_the_exit_status_hides_no_failed_test_of_the_user(seatrial, alive, own):
    lie = "import pytest\n@pytest.hookimpl(trylast=True)\ndef pytest_sessionfinish(session): session.exitstatus = 0\n"
    (alive.parent / "conftest.py").write_text(lie)
    ran = _run(seatrial, alive, own)
    assert ran.code == 1, ran.out


def test_a_file_of_tests_that_cannot_be_collected_is_named(seatrial, alive, own):
    (own / "test_own.py").write_text("import nobody_has_this\n")
    ran = _run(seatrial, alive, own)
    assert ran.code == 2, ran.out
    assert "mine/test_own.py met an error: ModuleNotFoundError: No module named 'nobody_has_this'" in ran.out


@pytest.mark.parametrize("args", [["-k", "nix"], ["--collect-only"], ["--fixtures"], ["-k", "count"]])
def test_a_run_that_ran_not_everything_never_becomes_the_latest(seatrial, alive, tmp_path, args):
    assert _run(seatrial, alive).code == 0
    before = os.readlink(tmp_path / "reports/small/latest")
    _run(seatrial, alive, *args)
    _pytest(alive, *args)
    assert os.readlink(tmp_path / "reports/small/latest") == before
    assert len(list(tmp_path.glob("reports/small/*-*"))) == 3


def test_plain_pytest_ends_with_the_sentence_of_the_command(alive, own, nowhere):
    *_, folder, sentence = _told(_pytest(alive))
    assert sentence.startswith(f"ACCEPTED small: {CHECKS} checks passed in ")
    assert folder.startswith("report in reports/small/")
    unknown, *_, sentence = _told(_pytest(alive, **nowhere))
    assert unknown.startswith("UNKNOWN idle/instances, idle.0/container.state, ")
    assert sentence.startswith(f"NOT ACCEPTED small: {CHECKS} unknown in ")
    missing, *_, sentence = _told(_pytest(alive, "-k", "count"))
    assert missing.startswith("NOT RUN idle/instances, ")
    assert sentence.startswith("NOT ACCEPTED (PARTIAL) small: 7 not run, 1 passed in ")
    reason, *_, sentence = _told(_pytest(alive, str(own)))
    assert reason == "Not accepted: mine/test_own.py::test_bad failed: assert [1] == [2]"
    assert f"{CHECKS} passed, 4 tests of yours failed in " in sentence


def test_the_page_names_the_engine_and_how_it_was_read(seatrial, alive, tmp_path):
    assert _run(seatrial, alive, "--vehicle", "exec").code == 0
    page = (tmp_path / "reports/small/latest/report.html").read_text()
    look = _results(tmp_path)["look"]
    assert look["vehicles"] == ["exec"]
    assert f"<span>Engine {look['engine']}</span><span>Read through exec</span>" in page


@pytest.mark.parametrize(
    ("args", "complaint"),
    [
        (["--wrong"], "unrecognized arguments: --wrong"),
        (["missing.py"], "not found: missing.py"),
        (["-k", "a(b"], "Wrong expression passed to '-k'"),
    ],
)
def test_a_wrong_option_reads_as_one_message(seatrial, tmp_path, args, complaint):
    ran = _run(seatrial, _file(tmp_path, "nobody"), *args)
    first, blank, *rest = ran.out.splitlines()
    assert ran.code == 4, ran.out
    assert complaint in first
    assert blank == ""
    assert [line.partition(" ")[0] for line in rest] == ["Not", "", "Report:", "NOT"]


def test_a_conftest_that_does_not_load_is_named(seatrial, tmp_path):
    (tmp_path / "conftest.py").write_text("import nobody_has_this\n")
    ran = _run(seatrial, _file(tmp_path, "nobody"))
    assert ran.code == 4, ran.out
    assert "E   ModuleNotFoundError: No module named 'nobody_has_this'" in ran.out
