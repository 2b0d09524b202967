"""Hosts over SSH through the whole command: exit code, results, a late host, and tests of the user's own."""

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from .hosts import CASES, HEALTHY, HostCase, Yard, at, write

pytestmark = [pytest.mark.docker, pytest.mark.once]

SOUND = HEALTHY[0]
LATE = HostCase("R02", "a host that comes up late", at("late"))


def case_of(fault: str) -> HostCase:
    """One host, by the id of its fault."""
    return next(case for case in (*CASES, *HEALTHY) if case.id == fault)


def results(folder: Path) -> dict:
    """What the run wrote for machines."""
    [file] = folder.glob("reports/hosts/*-*/results.json")
    return json.loads(file.read_text())


def own_tests(folder: Path) -> dict[str, str]:
    """What became of each of the user's tests: ``test_x[s01.0]`` → pytest's word."""
    [journal] = folder.glob("reports/hosts/*-*/journal.jsonl")
    events = [json.loads(line) for line in journal.read_text().splitlines()]
    return {event["id"].rpartition("::")[2]: event["ran"] for event in events if event["event"] == "own test"}


def test_the_command_refuses_hosts_that_were_not_reached_and_says_why(yard: Yard, seatrial: Callable, tmp_path: Path):
    cases = [case_of(fault) for fault in ("A02", "A04", "A09", "A10-menu", "S01")]
    ran = seatrial("run", write(tmp_path, yard, tuple(cases)), "--stable-for", "0s")
    assert ran.code == 1, ran.out
    found = {check["id"]: check for check in results(tmp_path)["results"]}
    for case in cases[:-1]:
        assert found[f"{case.name}.0/{case.check}"]["status"] == case.verdict.value
        assert found[f"{case.name}.0/host.kernel"]["status"] == "UNKNOWN"
    assert {check["status"] for name, check in found.items() if name.startswith("s01")} == {"PASS"}
    words = " ".join(ran.out.split())
    told = ("connect failed", "nothing was run there", "sudo -n refused for plain")
    assert [text for text in told if text not in words] == []


def test_the_command_accepts_sound_hosts(yard: Yard, seatrial: Callable, tmp_path: Path):
    ran = seatrial("run", write(tmp_path, yard, HEALTHY), "--stable-for", "0s")
    assert ran.code == 0, ran.out
    assert results(tmp_path)["accepted"] is True


def test_a_host_that_comes_up_late_is_waited_for(yard: Yard, seatrial: Callable, tmp_path: Path):
    berth = yard.target("late")
    file = write(tmp_path, yard, (LATE,))
    berth.kill()
    timer = threading.Timer(4, berth.container.start)
    timer.start()
    ran = seatrial("run", file, "--settle", "40s", "--stable-for", "1s")
    timer.join()
    assert ran.code == 0, ran.out
    assert results(tmp_path)["look"]["looks"] > 1


OWN = """
import pytest

def test_file(host):
    assert host.file("/etc/passwd").contains("deploy") and not host.file("/run/crashed").exists

def test_output(host):
    assert host.check_output("id -un") == "deploy"

def test_sudo(host):
    assert host.user().name == "deploy"
    with host.sudo():
        assert host.check_output("id -un") == "root" and host.file("/etc/sudoers").exists

def test_sudo_of_another(host):
    with host.sudo("noisy"):
        assert host.check_output("id -un") == "noisy"

def test_fact(fact):
    assert fact(["sh", "-c", "echo 7"], int) == 7

def test_processes(processes):
    assert [each.comm for each in processes if each.comm == "evild"] == []

def test_listeners(listeners):
    assert 23 not in [each.port for each in listeners]

@pytest.mark.xfail
def test_negative(host):
    assert not host.run("test -e /etc/passwd").failed and host.run("exit 3").rc == 3
"""
RESTART = """
import docker

def test_01_before(host):
    assert not host.file("/run/crashed").exists

def test_02_it_is_started_again(slot):
    client = docker.from_env()
    host = client.containers.get({name!r})
    host.restart(timeout=0)
    listens = "for _ in $(seq 100); do grep -q ':0016 .* 0A ' /proc/net/tcp && exit 0; sleep 0.1; done; exit 1"
    assert host.exec_run(["sh", "-c", listens])[0] == 0
    client.close()

def test_03_after(host):
    assert not host.file("/run/crashed").exists
"""


def test_tests_of_the_users_own_ask_a_host_and_pass_only_where_it_was_reached(
    yard: Yard, seatrial: Callable, tmp_path: Path
):
    cases = (SOUND, *(case_of(fault) for fault in ("A02", "A04", "A10-menu", "F01", "F03")))
    (tmp_path / "test_own.py").write_text(OWN)
    ran = seatrial("run", write(tmp_path, yard, cases), "--stable-for", "0s", tmp_path / "test_own.py")
    words = own_tests(tmp_path)
    assert len(words) == 8 * len(cases)
    assert {word for name, word in words.items() if "[s01.0]" in name} == {"passed", "xpassed"}, ran.out
    assert {word for name, word in words.items() if "[s01.0]" not in name} == {"error"}, ran.out


def test_a_host_that_was_started_again_after_the_look_is_an_error(yard: Yard, seatrial: Callable, tmp_path: Path):
    case = HostCase("R03", "a host that is started again", at("again"))
    name = yard.target("again").container.name
    file = write(tmp_path, yard, (case,))
    (tmp_path / "test_own.py").write_text(RESTART.format(name=name))
    ran = seatrial("run", file, "--stable-for", "0s", tmp_path / "test_own.py")
    words = {name.partition("[")[0]: word for name, word in own_tests(tmp_path).items()}
    assert list(words.values()) == ["passed", "passed", "error"], ran.out
    assert "it was booted again" in ran.out
