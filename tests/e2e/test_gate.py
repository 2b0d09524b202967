"""Nothing but a PASS for every planned check is accepted, whatever pytest is talked into."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

pytestmark = pytest.mark.docker

FILE = """
    deployment: small
    services:
      idle:
        locate: {{name: "{name}"}}
        processes: [{{exe: sleep}}]
        {more}
"""
GREEN = 8


@pytest.fixture
def alive(up: Callable, tmp_path: Path) -> Path:
    """A deployment file over a container that is as it should be."""
    return _file(tmp_path, up("alive", ["sleep", "600"]).name)


@pytest.fixture
def dead(up: Callable, tmp_path: Path) -> Path:
    """A deployment file over a container that has ended."""
    container = up("dead", ["true"])
    container.wait(timeout=20)
    return _file(tmp_path, container.name)


def _file(folder: Path, name: str, more: str = "") -> Path:
    file = folder / "deployment.yaml"
    file.write_text(dedent(FILE).format(name=name, more=more))
    return file


def _results(folder: Path) -> dict:
    found = folder.glob("reports/small/*-*/results.json")
    return json.loads(max(found, key=lambda file: file.stat().st_mtime_ns).read_text())


def _run(seatrial: Callable, file: Path, *args: object, **environ: str):
    return seatrial("run", file, "--stable-for", "0s", *args, **environ)


def test_a_deployment_that_is_as_declared_is_accepted(seatrial, alive, tmp_path):
    ran = _run(seatrial, alive)
    results = _results(tmp_path)
    assert ran.code == 0, ran.out
    assert ran.out.splitlines()[-1].startswith("ACCEPTED small")
    assert (results["accepted"], results["counts"]["PASS"]) == (True, GREEN)
    assert (tmp_path / "reports/small/latest/results.json").exists()
    for name in ("report.html", "junit.xml", "journal.jsonl"):
        assert (tmp_path / "reports/small/latest" / name).stat().st_size > 0


@pytest.mark.once
def test_a_run_is_that_of_its_environment_and_says_so(seatrial, alive, tmp_path):
    image = '  services:\n      idle: {image: "${IMAGE}"}\n'
    alive.write_text(
        f"{alive.read_text()}environments:\n  none: {{}}\n  other:\n    variables: {{IMAGE: gone:1}}\n  {image}"
    )
    ran = _run(seatrial, alive, "--environment", "other")
    results = _results(tmp_path)
    header = json.loads((tmp_path / "reports/small/latest/journal.jsonl").read_text().partition("\n")[0])
    assert ran.code == 1, ran.out
    assert "gone:1" in ran.out
    assert (results["environment"], header["environment"], results["counts"]["PASS"]) == ("other", "other", GREEN)
    assert _run(seatrial, alive, "--environment", "none").code == 0


def test_a_deployment_whose_container_is_dead_is_not_accepted(seatrial, dead, tmp_path):
    ran = _run(seatrial, dead)
    assert ran.code == 1, ran.out
    assert "exited (0)" in ran.out
    assert _results(tmp_path)["counts"]["PASS"] == 1


@pytest.mark.once
@pytest.mark.parametrize("foreign", ["--collect-only", "-k nothing", "--setup-plan", "-p no:seatrial.plugin"])
def test_options_from_the_environment_neither_choose_nor_hide_checks(seatrial, alive, foreign, tmp_path):
    ran = _run(seatrial, alive, PYTEST_ADDOPTS=foreign)
    assert ran.code == 0, ran.out
    assert _results(tmp_path)["counts"]["PASS"] == GREEN


@pytest.mark.once
@pytest.mark.parametrize(
    "args",
    [
        ["-k", "count"],
        ["-k", "nothing_of_this_name"],
        ["--collect-only"],
        ["--setup-plan"],
        ["--setup-only"],
        ["--deselect", "x", "-k", "not state"],
        ["--maxfail=1", "-k", "state"],
        ["-m", "xfail"],
    ],
)
def test_a_run_that_leaves_checks_out_is_not_accepted(seatrial, alive, args, tmp_path):
    ran = _run(seatrial, alive, *args)
    assert ran.code == 1, ran.out
    assert not _results(tmp_path)["accepted"]
    assert ran.out.splitlines()[-1].startswith(("NOT ACCEPTED", "PARTIAL"))


@pytest.mark.once
def test_a_chosen_subset_never_becomes_the_latest_report(seatrial, alive, tmp_path):
    _run(seatrial, alive)
    before = os.readlink(tmp_path / "reports/small/latest")
    _run(seatrial, alive, "-k", "count")
    assert os.readlink(tmp_path / "reports/small/latest") == before
    assert _results(tmp_path)["partial"]


LIES = {
    "ends pytest with 0": "import pytest\npytest.exit('fine', returncode=0)\n",
    "ends the session with 0": """
        import pytest
        def pytest_collection_finish(session):
            pytest.exit("fine", returncode=0)
    """,
    "ends the process with 0": "import os\nos._exit(0)\n",
    "ends the process late with 0": """
        import os
        def pytest_runtest_teardown(item):
            os._exit(0)
    """,
    "deselects everything": """
        def pytest_collection_modifyitems(items):
            items.clear()
    """,
    "skips everything": """
        import pytest
        def pytest_collection_modifyitems(items):
            for item in items:
                item.add_marker(pytest.mark.skip)
    """,
    "expects every failure": """
        import pytest
        def pytest_collection_modifyitems(items):
            for item in items:
                item.add_marker(pytest.mark.xfail)
    """,
    "reports everything as passed": """
        import pytest
        @pytest.hookimpl(wrapper=True, tryfirst=True)
        def pytest_runtest_makereport(item, call):
            report = yield
            report.outcome = "passed"
            report.longrepr = None
            return report
    """,
    "brings verdicts of its own": """
        import pytest
        from seatrial.verdicts import passed
        @pytest.fixture
        def verdict(check):
            return passed("fine")
    """,
    "sets the exit status": """
        def pytest_sessionfinish(session):
            session.exitstatus = 0
    """,
    "runs no test": """
        def pytest_runtestloop(session):
            return True
    """,
}


@pytest.mark.once
@pytest.mark.parametrize("lie", LIES)
def test_no_conftest_beside_the_file_talks_a_dead_container_green(seatrial, dead, lie):
    (dead.parent / "conftest.py").write_text(dedent(LIES[lie]))
    ran = _run(seatrial, dead)
    assert ran.code != 0, ran.out
    assert "ACCEPTED small" not in ran.out.replace("NOT ACCEPTED", "")


def test_a_conftest_beside_the_file_counts_from_any_directory(seatrial, alive, tmp_path, tmp_path_factory):
    (tmp_path / "conftest.py").write_text("print('the conftest beside the file was read')\n")
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    ran = _run(seatrial, alive, "-s", cwd=elsewhere)
    assert ran.code == 0, ran.out
    [log] = elsewhere.glob("reports/small/*-*/pytest.log")
    assert "the conftest beside the file was read" in log.read_text()


WAIVER = "waive: {{until: {until}, reason: it is known}}"


@pytest.mark.once
def test_a_waiver_over_a_dead_container_accepts_nothing(seatrial, dead, tmp_path):
    _file(tmp_path, _name(dead), WAIVER.format(until="2199-12-31").replace("{{", "{").replace("}}", "}"))
    ran = _run(seatrial, dead)
    counts = _results(tmp_path)["counts"]
    assert ran.code == 1, ran.out
    assert (counts["WAIVED"], counts["UNKNOWN"]) == (1, 6)


def _name(file: Path) -> str:
    return file.read_text().split('"')[1]


@pytest.mark.once
def test_an_empty_deployment_is_refused(seatrial, tmp_path):
    file = tmp_path / "deployment.yaml"
    file.write_text("deployment: small\nservices: {}\n")
    ran = seatrial("run", file)
    assert ran.code == 4, ran.out
    assert "services" in ran.out


@pytest.mark.once
@pytest.mark.parametrize("args", [["-n", "2"], ["-n2"], ["--numprocesses=2"]])
def test_several_processes_are_refused_until_they_are_built(seatrial, alive, args):
    ran = _run(seatrial, alive, *args)
    assert ran.code == 4, ran.out
    assert "-n" in ran.out


@pytest.mark.once
@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["run", "missing.yaml"], "missing.yaml"),
        (["run"], "FILE"),
        (["fly"], "fly"),
        (["run", "missing.yaml", "--settle", "90"], "unit"),
        (["run", "missing.yaml", "--vehicle", "horse"], "proc"),
    ],
)
def test_a_wrong_call_ends_with_4_and_says_what_is_wrong(seatrial, args, words):
    ran = seatrial(*args)
    assert ran.code == 4, ran.out
    assert words in ran.out


def test_plain_pytest_gives_the_same_verdicts(seatrial, dead, tmp_path):
    _run(seatrial, dead)
    gate = {result["id"]: result["status"] for result in _results(tmp_path)["results"]}
    ran = _pytest(dead, tmp_path)
    plain = {result["id"]: result["status"] for result in _results(tmp_path)["results"]}
    assert ran.returncode == 1, ran.stdout
    assert plain == gate


@pytest.mark.once
@pytest.mark.parametrize("args", [["--collect-only"], ["-k", "nothing"], ["--setup-plan"]])
def test_plain_pytest_that_leaves_checks_out_does_not_end_with_0(alive, tmp_path, args):
    assert _pytest(alive, tmp_path, *args).returncode != 0


def _pytest(file: Path, cwd: Path, *args: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-P", "-m", "pytest", "--deployment", str(file), "--stable-for", "0s", *args]
    return subprocess.run(argv, cwd=cwd, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)


@pytest.mark.once
def test_an_engine_that_does_not_answer_makes_every_check_unknown(seatrial, alive, tmp_path):
    ran = _run(seatrial, alive, DOCKER_HOST=f"unix://{tmp_path}/none.sock")
    assert ran.code == 1, ran.out
    assert _results(tmp_path)["counts"]["UNKNOWN"] == GREEN
    assert "DOCKER_HOST" in ran.out
    assert "none.sock" in ran.out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_with_2_and_leaves_nothing_running(command, alive, tmp_path, number):
    argv = [*command, "run", str(alive), "--settle", "60s", "--stable-for", "50s"]
    with subprocess.Popen(argv, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as child:
        _until(lambda: list(tmp_path.glob("reports/small/*-*/journal.jsonl")))
        child.send_signal(number)
        child.communicate(timeout=30)
    assert child.returncode == 2
    assert not _results(tmp_path)["accepted"]


def _until(happened: Callable[[], object], within_s: float = 20.0) -> None:
    ends = time.monotonic() + within_s
    while not happened():
        assert time.monotonic() < ends
        time.sleep(0.05)
