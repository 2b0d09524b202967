"""Services of this very machine: found, read, talked to and judged without any engine."""

import os
import pwd
import secrets
import shlex
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from nobody import UID, as_nobody, home_of

from seatrial.instance import Local
from seatrial.judges import judge
from seatrial.look import Looker
from seatrial.options import Options
from seatrial.plan import make_plan
from seatrial.snapshot import Inside, SlotFacts, Snapshot, Unreadable
from seatrial.spec.deployment import DeploymentSpec
from seatrial.verdicts import Verdict

WITHIN_S = 20.0

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="namespaces are Linux's"),
    pytest.mark.once,
]

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


def _namespace(pid: int, kind: str) -> str:
    with suppress(OSError):
        return os.readlink(f"/proc/{pid}/ns/{kind}")
    return ""


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

    def test_one_process_that_two_pid_files_name_fills_one_slot(self, start: Start, mark: str, tmp_path: Path) -> None:
        pid = sleeper(start, mark).pid
        for number in (1, 2):
            (tmp_path / f"web-{number}.pid").write_text(str(pid))
        said = verdicts({"web": {"locate": {"pidfile": str(tmp_path / "*.pid")}, "instances": 2}})["web/instances"]
        assert said.outcome.value == "FAIL"
        assert f"web-2 (process {pid} is that of web-1)" in said.message

    def test_a_worker_that_a_pid_file_names_is_no_second_instance(
        self, start: Start, mark: str, tmp_path: Path
    ) -> None:
        master = start("sh", "-c", "sh -c 'while :; do sleep 1; done' worker & wait", mark)
        worker = until(lambda: Path(f"/proc/{master.pid}/task/{master.pid}/children").read_text().split()[0])
        (tmp_path / "web-1.pid").write_text(str(master.pid))
        (tmp_path / "web-2.pid").write_text(worker)
        said = verdicts({"web": {"locate": {"pidfile": str(tmp_path / "*.pid")}, "instances": 2}})["web/instances"]
        assert said.outcome.value == "FAIL"
        assert f"process {worker} belongs to web-1" in said.message

    def test_a_number_that_another_process_was_given_since_fills_no_slot(
        self, start: Start, mark: str, tmp_path: Path
    ) -> None:
        pidfile = tmp_path / "web.pid"
        pidfile.write_text(str(sleeper(start, mark).pid))
        os.utime(pidfile, (time.time() - 3600,) * 2)
        said = verdicts({"web": {"locate": {"pidfile": str(pidfile)}}})["web/instances"]
        assert said.outcome.value == "FAIL"
        assert "another process was given after the file was written" in said.message

    def test_a_pid_file_of_several_lines_names_the_process_in_its_first(
        self, start: Start, mark: str, tmp_path: Path
    ) -> None:
        (tmp_path / "db.pid").write_text(f"{sleeper(start, mark).pid}\n/var/lib/db\n5432\n")
        assert outcomes(verdicts({"db": {"locate": {"pidfile": str(tmp_path / "db.pid")}}})) == {"db/instances": "PASS"}

    def test_the_number_of_a_thread_is_that_of_no_process(self, tmp_path: Path) -> None:
        held = threading.Event()
        thread = threading.Thread(target=held.wait, args=(WITHIN_S,))
        thread.start()
        try:
            (tmp_path / "web.pid").write_text(str(thread.native_id))
            said = verdicts({"web": {"locate": {"pidfile": str(tmp_path / "web.pid")}}})["web/instances"]
        finally:
            held.set()
            thread.join()
        assert said.outcome.value == "FAIL"
        assert "is a thread of a process" in said.message

    def test_a_folder_that_may_not_be_read_is_not_taken_for_an_empty_one(self, tmp_path: Path) -> None:
        with home_of(UID) as home:
            (home / "closed").mkdir(mode=0o700)
            locate = f"{{pidfile: '{home}/c*/web-*.pid'}}"
            (home / "d.yaml").write_text(f"deployment: d\nservices: {{web: {{on: local, locate: {locate}}}}}")
            argv = [sys.executable, "-P", "-c", "from seatrial.cli import main; main()", "run", "d.yaml"]
            ran = subprocess.run(
                as_nobody(home, argv) if os.geteuid() == 0 else argv,
                cwd=home, env={"PATH": os.environ["PATH"], "HOME": str(home)}, capture_output=True, text=True,
                check=False, timeout=120,
            )  # fmt: skip
        assert ran.returncode == 1, ran.stdout + ran.stderr
        assert f"{home}/closed may not be read" in ran.stdout
        assert list(tmp_path.iterdir()) == []

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

    def test_what_calls_seatrial_is_no_process_of_the_service(self, mark: str, tmp_path: Path) -> None:
        """Its arguments hold what is looked for, as those of grep do in a list of processes."""
        (tmp_path / f"{mark}.yaml").write_text(
            "deployment: here\nservices:\n  web:\n    on: local\n"
            f"    locate: {{match: {mark}}}\n    processes: [{{name: web, match: {mark}}}]\n"
        )
        command = [sys.executable, "-P", "-c", "from seatrial.cli import main; main()", "run", f"{mark}.yaml"]
        script = f"sleep 6; {shlex.join(command)}; exit $?; : {mark}"
        ran = subprocess.run(
            ["timeout", "100", "sh", "-c", script, mark], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 1, ran.stdout + ran.stderr
        assert "nothing fills web.0" in ran.stdout

    def test_seatrial_is_no_service_although_a_pid_file_names_it(self, tmp_path: Path) -> None:
        (tmp_path / "web.pid").write_text(str(os.getpid()))
        service = {"locate": {"pidfile": str(tmp_path / "web.pid")}, "processes": [{"name": "web", "match": "."}]}
        said = verdicts({"web": service})
        assert said["web.0/process.count[web]"].outcome.value == "UNKNOWN"
        assert "is Seatrial itself" in said["web.0/process.count[web]"].message


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

    def test_a_network_that_two_of_them_share_is_none_of_their_own(self, start: Start, tmp_path: Path) -> None:
        inner = "unshare --pid --mount --fork --mount-proc sh -c 'exec sleep 600' & "
        outer = start("unshare", "-Urnpf", "--kill-child", "--mount-proc", "sh", "-c", f"{inner}{inner}wait")

        def firsts() -> list[int]:
            below = {int(pid) for pid in os.listdir("/proc") if pid.isdigit()}
            user = os.readlink(f"/proc/{outer.pid}/ns/user")
            mine = [pid for pid in below if _namespace(pid, "user") == user]
            sleeping = [pid for pid in mine if Path(f"/proc/{pid}/cmdline").read_bytes() == b"sleep\x00600\x00"]
            return sorted(sleeping) if len(sleeping) == 2 else []

        for number, pid in enumerate(until(firsts), 1):
            (tmp_path / f"web-{number}").symlink_to(f"/proc/{pid}/ns/pid")
        _, snapshot = look({"web": {"locate": {"namespace": str(tmp_path / "web-*")}, "instances": 2}})
        assert [facts(snapshot, slot).instance.own_network for slot in ("web.0", "web.1")] == [False, False]

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
        (tmp_path / "round").symlink_to(tmp_path / "round")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(tmp_path / "socket"))
        words = {"plain": "names no namespace", "net": "another kind than pid", "round": "opened", "socket": "opened"}
        for name, word in words.items():
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
    @pytest.mark.skipif(os.geteuid() != 0, reason="only root may run a command as another user")
    def test_a_command_of_another_user_has_that_ones_groups_and_none_of_ours(self) -> None:
        status = {"command": ["sh", "-c", "echo groups=$(id -G) user=$(id -un)"], "user": "nobody", "expect": {}}
        status["expect"] = {"groups": str(pwd.getpwnam("nobody").pw_gid)}
        service = {"locate": {"machine": True}, "status": [{**status, "command": ["sh", "-c", "echo groups=$(id -G)"]}]}
        assert set(outcomes(verdicts({"host": service})).values()) == {"PASS"}

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
    monkeypatch.setattr("seatrial.sites.local.FIND_S", 0.001)
    service = {"locate": {"pidfile": f"{tmp_path}/*/*/*.pid"}}
    said = verdicts({f"web{number}": service for number in range(200)})
    assert set(outcomes(said).values()) == {"UNKNOWN"}
    assert "not read within" in said["web0/instances"].message
