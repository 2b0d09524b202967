"""What a test of one's own may not hide, and where there is none, on a service of this machine."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

XFAIL = """
import pytest
from seatrial.errors import Unknown

@pytest.fixture
def broken(fact):
    return fact(["true"], int)

@pytest.fixture
def picky():
    assert not "what the test needs is there"

@pytest.mark.xfail
def test_wrong():
    assert False

@pytest.mark.xfail
def test_failed():
    pytest.fail("no")

def test_says_so():
    pytest.xfail("known")

@pytest.mark.xfail(raises=ZeroDivisionError)
def test_named():
    1 / 0

@pytest.mark.xfail(raises=KeyError)
def test_named_in_set_up(request):
    {}["x"]

@pytest.mark.xfail
def test_key(snapshot):
    assert snapshot.slots["gone.0"]

@pytest.mark.xfail
def test_type():
    None.x

@pytest.mark.xfail
def test_set_up(broken):
    pass

@pytest.mark.xfail
def test_assert_in_set_up(picky):
    pass

@pytest.mark.xfail(raises=Unknown)
def test_blind():
    raise Unknown("cannot tell")
"""


@pytest.fixture
def deployment(tmp_path: Path) -> Iterator[Path]:
    """A service of this machine that is as declared."""
    with subprocess.Popen(["sleep", "600"], start_new_session=True) as relay:
        (tmp_path / "relay.pid").write_text(f"{relay.pid}\n")
        file = tmp_path / "deployment.yaml"
        file.write_text(
            f"deployment: small\nservices: {{relay: {{on: local, locate: {{pidfile: {tmp_path}/relay.pid}}}}}}\n"
        )
        yield file
        relay.kill()


def _words(folder: Path) -> dict[str, str]:
    [journal] = folder.glob("reports/small/*-*/journal.jsonl")
    events = [json.loads(line) for line in journal.read_text().splitlines()]
    own = {event["id"].rpartition("::")[2]: event["ran"] for event in events if event["event"] == "own test"}
    return {name.partition("[")[0]: word for name, word in own.items()}


def test_an_xfail_covers_what_was_found_wrong_and_nothing_else(seatrial, deployment, tmp_path):
    (tmp_path / "test_own.py").write_text(XFAIL)
    ran = seatrial("run", deployment, "--stable-for", "0s", tmp_path / "test_own.py")
    assert ran.code == 1, ran.out
    assert _words(tmp_path) == {
        **dict.fromkeys(("test_wrong", "test_failed", "test_says_so", "test_named", "test_named_in_set_up"), "xfailed"),
        **dict.fromkeys(("test_key", "test_type"), "failed"),
        **dict.fromkeys(("test_set_up", "test_assert_in_set_up", "test_blind"), "error"),
    }, ran.out


def _plain(deployment: Path, *args: object) -> subprocess.CompletedProcess[str]:
    argv = [
        sys.executable,
        "-P",
        "-m",
        "pytest",
        "--deployment",
        str(deployment),
        "--stable-for",
        "0s",
        *map(str, args),
    ]
    return subprocess.run(argv, cwd=deployment.parent, text=True, stdout=subprocess.PIPE, timeout=60, check=False)


def test_an_argument_below_which_no_test_was_collected_is_not_accepted(seatrial, deployment, tmp_path):
    for name in ("empty", "full"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "checks_relay.py").write_text("def test_it():\n    pass\n")
    (tmp_path / "full" / "test_relay.py").write_text("def test_it():\n    pass\ndef helper():\n    pass\n")
    (tmp_path / "conftest.py").write_text("")
    run = ("run", deployment, "--stable-for", "0s")
    ran = seatrial(*run, "empty", "full/test_relay.py")
    assert ran.code == 1, ran.out
    assert "empty met an error: no test was collected in it: pytest collects the functions test* of files" in ran.out
    assert "full/test_relay.py met" not in ran.out
    plain = _plain(deployment, "empty", "full")
    assert (plain.returncode, "empty met an error: no test was" in plain.stdout) == (1, True), plain.stdout
    for args in (
        ["full"],
        ["full/test_relay.py::test_it"],
        ["full/checks_relay.py"],
        ["full", "-k", "relay.0 or here"],
    ):
        ran = seatrial(*run, *args)
        assert ran.code == 0, ran.out
        assert "no test was collected" not in ran.out
    assert _plain(deployment, "full").returncode == 0


def test_a_test_that_is_deselected_was_collected(seatrial, deployment, tmp_path):
    (tmp_path / "test_relay.py").write_text("def test_it():\n    pass\n")
    ran = seatrial("run", deployment, "--stable-for", "0s", "test_relay.py", "-k", "not test_it")
    assert "no test was collected" not in ran.out
    assert ran.code == 0, ran.out


def test_slots_chosen_for_a_test_that_runs_for_none_are_told(seatrial, deployment, tmp_path):
    (tmp_path / "test_own.py").write_text(
        "import pytest\n@pytest.mark.slots('tpyo')\ndef test_a():\n    pass\n"
        "@pytest.mark.slots('relay')\ndef test_b(deployment):\n    pass\n"
    )
    (tmp_path / "test_more.py").write_text(
        "import pytest\npytestmark = pytest.mark.slots('tpyo')\ndef test_c():\n    pass\n"
    )
    (tmp_path / "test_right.py").write_text(
        "import pytest\npytestmark = pytest.mark.slots('relay')\ndef test_d():\n    pass\ndef test_e(slot):\n    pass\n"
    )
    ran = seatrial("run", deployment, "test_own.py", "test_more.py", "test_right.py")
    assert ran.code == 4, ran.out
    assert ran.out.count("it chooses slots and takes neither slot nor host") >= 2
    assert "test_c met an error: no service or slot is called 'tpyo'" in ran.out
    assert "test_right.py" not in ran.out


HANGS = """
import os

def test_it(host):
    open("child.pid", "w").write(f"{os.getpid()} {os.read(0, 1)!r}")
    host.run("echo $$ >%s/command.pid; exec sleep 600", os.getcwd())
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_where_the_command_is_ended_nothing_runs_on_though_it_ignores_interrupts(deployment, tmp_path, number):
    (tmp_path / "test_own.py").write_text(HANGS)
    call = [sys.executable, "-P", "-c", "from seatrial.cli import main; main()", "run", deployment.name]
    argv = ["sh", "-c", 'trap "" INT; exec "$@"', "sh", *call, "--stable-for", "0s", "test_own.py"]
    with subprocess.Popen(argv, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as gate:
        _until(lambda: (tmp_path / "command.pid").exists() and (tmp_path / "command.pid").read_text().endswith("\n"))
        gate.send_signal(number)
        gate.communicate(timeout=30)
    child, read = (tmp_path / "child.pid").read_text().split()
    command = (tmp_path / "command.pid").read_text()
    assert read == "b''"
    _until(lambda: not _lives(int(child)) and not _lives(int(command)), within_s=10.0)
    if number is signal.SIGTERM:
        assert gate.returncode == 2
        [journal] = tmp_path.glob("reports/small/*-*/journal.jsonl")
        assert '"event": "close"' in journal.read_text()


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] not in "ZX"
    except FileNotFoundError:
        return False


def _until(happened: Callable[[], object], within_s: float = 30.0) -> None:
    ends = time.monotonic() + within_s
    while not happened():
        assert time.monotonic() < ends
        time.sleep(0.05)
