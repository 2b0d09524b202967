"""Services of this very machine: found, read, talked to and judged without any engine."""

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from seatrial.instance import Local
from seatrial.judges import judge
from seatrial.look import Looker
from seatrial.options import Options
from seatrial.plan import make_plan
from seatrial.snapshot import Inside, SlotFacts, Snapshot, Unreadable
from seatrial.spec.deployment import DeploymentSpec
from seatrial.verdicts import Verdict

WITHIN_S = 20.0

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="namespaces are Linux's")

Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a program in a session of its own; it is ended with all of its group."""
    made: list[subprocess.Popen[bytes]] = []

    def begin(*argv: str, **more: Any) -> subprocess.Popen[bytes]:
        made.append(subprocess.Popen(argv, start_new_session=True, **more))
        return made[-1]

    yield begin
    for process in made:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, 9)
        process.wait()


@pytest.fixture
def mark() -> str:
    """A word that no other process of this machine has in its arguments."""
    return f"seatrial-{secrets.token_hex(8)}"


def sleeper(start: Start, mark: str) -> subprocess.Popen[bytes]:
    """A process with the mark among its arguments."""
    return start("sh", "-c", "while :; do sleep 1; done", mark)


def boxed(start: Start, script: str, named: Path) -> int:
    """Run a shell script in namespaces of its own, and name its pid namespace; returns its pid here."""
    argv = ("unshare", "-Urnmpuif", "--mount-proc", "--kill-child", "sh", "-c", f"ip link set lo up; {script}")
    outer = start(*argv)
    pid = int(until(lambda: Path(f"/proc/{outer.pid}/task/{outer.pid}/children").read_text().split()[0]))
    until(lambda: os.readlink(f"/proc/{pid}/ns/pid") != os.readlink("/proc/self/ns/pid"))
    named.symlink_to(f"/proc/{pid}/ns/pid")
    return pid


def until(ask: Callable[[], Any]) -> Any:
    """What is said once it is not nothing."""
    ends = time.monotonic() + WITHIN_S
    while time.monotonic() < ends:
        with suppress(OSError, IndexError):
            if said := ask():
                return said
        time.sleep(0.02)
    raise AssertionError("it did not come true")


def look(services: dict[str, Any], **options: Any) -> tuple[DeploymentSpec, Snapshot]:
    """Look once at services of this machine."""
    told = {name: {"on": "local", **service} for name, service in services.items()}
    spec = DeploymentSpec.model_validate({"deployment": "here", "services": told})
    with Looker(spec, Options(**options), {}) as looker:
        return spec, looker.look()


def verdicts(services: dict[str, Any], **options: Any) -> dict[str, Verdict]:
    """Every verdict of one look."""
    spec, snapshot = look(services, **options)
    return {check.id: judge(check, snapshot, 0.0) for check in make_plan(spec).checks}


def outcomes(said: dict[str, Verdict]) -> dict[str, str]:
    """Check id → outcome."""
    return {check: verdict.outcome.value for check, verdict in said.items()}


def facts(snapshot: Snapshot, slot: str) -> SlotFacts:
    """The facts of a slot that could be looked at."""
    found = snapshot.slots[slot]
    assert isinstance(found, SlotFacts), found
    return found


class TestPidFiles:
    def test_each_pid_file_is_an_instance_with_its_own_processes_only(
        self, start: Start, mark: str, tmp_path: Path
    ) -> None:
        for number in (1, 2):
            (tmp_path / f"web-{number}.pid").write_text(f"{sleeper(start, mark).pid}\n")
        service = {
            "locate": {"pidfile": str(tmp_path / "web-*.pid")},
            "instances": 2,
            "processes": [{"name": "web", "match": mark, "count": 1}],
        }
        said = outcomes(verdicts({"web": service}))
        assert set(said.values()) == {"PASS"}
        assert {"web.0/process.count[web]", "web.1/process.count[web]"} <= set(said)

    def test_a_supervisor_in_the_same_session_is_seen_and_what_started_that_is_not(
        self, start: Start, mark: str, tmp_path: Path
    ) -> None:
        pidfile = tmp_path / "web.pid"
        start("sh", "-c", f"sh -c 'while :; do sleep 1; done' {mark} & echo $! >{pidfile}; wait", "supervisor")
        until(lambda: pidfile.exists() and pidfile.read_text().strip())
        service = {
            "locate": {"pidfile": str(pidfile)},
            "processes": [{"name": "web", "match": f"{mark}$"}],
            "watchdog": {"name": "dog", "match": "supervisor$", "watches": "web"},
        }
        _, snapshot = look({"web": service})
        inside = facts(snapshot, "web.0").inside
        assert isinstance(inside, Inside)
        assert not isinstance(inside.processes, Unreadable)
        assert os.getpid() not in {process.pid for process in inside.processes}
        assert outcomes(verdicts({"web": service}))["web.0/watchdog.target[dog]"] == "PASS"

    def test_a_pid_file_that_names_a_dead_process_fills_no_slot_and_says_so(self, start: Start, tmp_path: Path) -> None:
        dead = start("true")
        dead.wait()
        (tmp_path / "web.pid").write_text(str(dead.pid))
        said = verdicts(
            {"web": {"locate": {"pidfile": str(tmp_path / "web.pid")}, "processes": [{"name": "w", "match": "w"}]}}
        )
        assert said["web/instances"].outcome.value == "FAIL"
        assert f"names {dead.pid}, which is dead" in said["web/instances"].message
        assert said["web.0/process.count[w]"].outcome.value == "UNKNOWN"

    @pytest.mark.parametrize("text", ["", "no number", "-1", "99999999999999999999"])
    def test_a_pid_file_that_holds_no_pid_of_a_process_fills_no_slot(self, text: str, tmp_path: Path) -> None:
        (tmp_path / "web.pid").write_text(text)
        said = verdicts({"web": {"locate": {"pidfile": str(tmp_path / "web.pid")}}})
        assert outcomes(said) == {"web/instances": "FAIL"}

    def test_a_pid_file_that_is_a_fifo_is_not_waited_for(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "web.pid")
        said = verdicts({"web": {"locate": {"pidfile": str(tmp_path / "web.pid")}}})
        assert said["web/instances"].outcome.value == "UNKNOWN"
        assert "no regular file" in said["web/instances"].message

    def test_a_service_that_ends_while_we_look_is_no_pass(self, start: Start, mark: str, tmp_path: Path) -> None:
        pid = sleeper(start, mark).pid
        (tmp_path / "web.pid").write_text(str(pid))
        service = {
            "locate": {"pidfile": str(tmp_path / "web.pid")},
            "processes": [{"name": "web", "match": mark}],
            "status": [{"command": ["sh", "-c", f"kill -9 {pid}; sleep 0.2; echo a=1"], "expect": {"a": 1}}],
        }
        said = verdicts({"web": service})
        del said["web/instances"]  # when it was looked for, it was there
        assert set(outcomes(said).values()) == {"UNKNOWN"}
        assert "it changed while we looked: state was running and is ended" in said["web.0/status.value[sh.a]"].message
        assert {verdict.because for verdict in said.values()} == {""}  # no check of its state is planned


class TestProcesses:
    def test_each_root_process_is_an_instance_and_one_too_many_is_named(self, start: Start, mark: str) -> None:
        for _ in range(3):
            sleeper(start, mark)
        service = {"locate": {"match": mark}, "instances": 2, "processes": [{"name": "web", "match": mark}]}
        said = until(lambda: (s := verdicts({"web": service})) and "web-3" in s["web/instances"].message and s)
        assert said["web/instances"].outcome.value == "FAIL"
        assert "1 more than declared: web-3" in said["web/instances"].message

    def test_seatrial_itself_is_no_process_of_the_machine(self, mark: str, tmp_path: Path) -> None:
        """Its own command line holds whatever the deployment file is called."""
        (tmp_path / f"{mark}.yaml").write_text(
            "deployment: here\nservices:\n  machine:\n    on: local\n    locate: {machine: true}\n"
            f"    processes: [{{name: me, match: {mark}, count: 0}}]\n"
        )
        command = [sys.executable, "-P", "-c", "from seatrial.cli import main; main()", "run", f"{mark}.yaml"]
        ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
        assert ran.returncode == 0, ran.stdout + ran.stderr


class TestNamespaces:
    def test_a_service_in_namespaces_is_read_from_outside_as_from_inside(
        self, start: Start, mark: str, tmp_path: Path
    ) -> None:
        script = f"hostname {mark}; exec python3 -m http.server 8080 --directory /proc/sys/kernel"
        boxed(start, script, tmp_path / "web-1")
        service = {
            "locate": {"namespace": str(tmp_path / "web-*")},
            "processes": [{"name": "web", "match": "http.server", "user": "root"}],
            "ports": [{"port": 8080, "owner": "web", "answer": {"http": "/hostname"}}],
            "status": [{"command": ["sh", "-c", "echo pid=$(cat /proc/1/comm) $(hostname)"], "expect": {}}],
        }
        service["status"] = [{"command": ["sh", "-c", "echo name=$(hostname)"], "expect": {"name": mark}}]
        said = until(lambda: (s := verdicts({"web": service})) and set(outcomes(s).values()) == {"PASS"} and s)
        assert "web.0/port.answer[8080/tcp]" in said
        _, snapshot = look({"web": service})
        found = facts(snapshot, "web.0").instance
        assert isinstance(found, Local)
        assert (found.hostname, found.name) == (mark, "web-1")

    def test_what_runs_outside_of_the_namespace_is_not_counted(self, start: Start, mark: str, tmp_path: Path) -> None:
        boxed(start, f"exec sh -c 'while :; do sleep 1; done' {mark}-in", tmp_path / "web-1")
        sleeper(start, mark)
        service = {
            "locate": {"namespace": str(tmp_path / "web-1")},
            "processes": [{"name": "in", "match": f"{mark}-in"}, {"name": "out", "match": f"{mark}$", "count": 0}],
        }
        until(lambda: set(outcomes(verdicts({"web": service})).values()) == {"PASS"})

    def test_a_link_to_a_namespace_that_ended_fills_no_slot(self, start: Start, tmp_path: Path) -> None:
        pid = boxed(start, "exec sleep 600", tmp_path / "web-1")
        os.kill(pid, 9)
        said = until(
            lambda: (
                (s := verdicts({"web": {"locate": {"namespace": str(tmp_path / "web-*")}}})) and "ended" in str(s) and s
            )
        )
        assert said["web/instances"].outcome.value == "FAIL"
        assert "web-1 (ended)" in said["web/instances"].message

    def test_a_file_that_names_no_namespace_is_unknown(self, tmp_path: Path) -> None:
        (tmp_path / "plain").write_text("x")
        (tmp_path / "net").symlink_to("/proc/self/ns/net")
        for name, word in (("plain", "names no namespace"), ("net", "another kind than pid")):
            said = verdicts({"web": {"locate": {"namespace": str(tmp_path / name)}}})
            assert said["web/instances"].outcome.value == "UNKNOWN"
            assert word in said["web/instances"].message

    def test_a_command_that_does_not_end_is_ended_with_all_it_started(
        self, start: Start, mark: str, tmp_path: Path
    ) -> None:
        boxed(start, "exec sleep 600", tmp_path / "web-1")
        service = {
            "locate": {"namespace": str(tmp_path / "web-1")},
            "status": [{"command": ["sh", "-c", f"sleep 600; : {mark}"], "within": "1s", "expect": {"a": 1}}],
        }
        said = verdicts({"web": service})
        assert said["web.0/status.value[sh.a]"].outcome.value == "UNKNOWN"
        listed = [Path(f"/proc/{pid}/cmdline") for pid in os.listdir("/proc") if pid.isdigit()]
        assert not [
            path for path in listed if path.exists() and f": {mark}" in path.read_bytes().decode(errors="replace")
        ]


class TestThisMachine:
    def test_it_is_one_slot_with_all_processes_of_ours(self, start: Start, mark: str) -> None:
        sleeper(start, mark)
        service = {"locate": {"machine": True}, "processes": [{"name": "web", "match": f"{mark}$", "count": 1}]}
        until(lambda: set(outcomes(verdicts({"host": service})).values()) == {"PASS"})
        _, snapshot = look({"host": service})
        assert facts(snapshot, "host.0").instance.hostname == os.uname().nodename

    def test_read_only_runs_no_command(self) -> None:
        service = {"locate": {"machine": True}, "status": [{"command": ["sh", "-c", "echo a=1"], "expect": {"a": 1}}]}
        _, snapshot = look({"host": service}, read_only=True)
        assert facts(snapshot, "host.0").commands == {}
        assert snapshot.calls == ()


def test_a_name_that_cannot_be_looked_up_in_time_is_unknown_and_keeps_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pattern over many folders stands for a file server that does not answer."""
    for number in range(300):
        (tmp_path / f"d{number}" / "e").mkdir(parents=True)
    monkeypatch.setattr("seatrial.sites.local.FIND_S", 0.000_001)
    said = verdicts({"web": {"locate": {"pidfile": f"{tmp_path}/*/*/*.pid"}}})
    assert outcomes(said) == {"web/instances": "UNKNOWN"}
    assert "not read within" in said["web/instances"].message
