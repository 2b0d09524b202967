"""Each fault of the group "Hosts and access", injected into real OpenSSH servers and looked at by the product."""

import re
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from ssh.berth import Berth

from seatrial.look import Looker
from seatrial.options import Options
from seatrial.request import Window
from seatrial.sites.hosts import HostSite
from seatrial.snapshot import SlotFacts
from seatrial.spec.load import load
from seatrial.transports.remote import Remote
from seatrial.verdicts import Verdict

from .hosts import CASES, HEALTHY, HostCase, Yard, at, door, write
from .judging import Judged, judged

pytestmark = [pytest.mark.docker, pytest.mark.once]

LOOK, SHORT = Window(deadline_s=6.0), Window(deadline_s=2.0)
ENVIRON = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"}
BROKEN = pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
STOPPED = pytest.mark.parametrize("case", [case for case in CASES if case.because], ids=lambda case: case.id)
SOUND = HEALTHY[0]


@pytest.fixture(scope="session")
def all_hosts(yard: Yard, tmp_path_factory: pytest.TempPathFactory) -> Judged:
    """One look at all hosts, the broken and the sound ones side by side."""
    file = write(tmp_path_factory.mktemp("hosts"), yard, (*CASES, *HEALTHY))
    return judged(file, "auto", environ=ENVIRON, window=LOOK)


def of(case: HostCase, found: Judged) -> dict[str, Verdict]:
    """The verdicts about one host, by aspect and key."""
    told = {check.partition("/"): said for check, said in found.verdicts.items()}
    return {check: said for (slot, _, check), said in told.items() if slot in (case.name, f"{case.name}.0")}


def aspects(verdicts: dict[str, Verdict]) -> set[str]:
    """Of checks, what they are about."""
    return {check.partition("[")[0] for check in verdicts}


def spoken(case: HostCase, found: Judged) -> Verdict:
    """The verdict of the check that a fault is about."""
    return next(said for check, said in of(case, found).items() if check.partition("[")[0] == case.check)


def pattern(text: str, yard: Yard) -> str:
    """A regular expression with the servers' own addresses and keys in it."""
    for name, berth in yard.berths.items():
        text = text.replace(f"{{{name}}}", re.escape(berth.address))
        text = text.replace(f"{{{name}_key}}", re.escape(berth.fingerprint))
    return text


@BROKEN
def test_the_step_that_a_fault_is_about_says_what_is_wrong(case: HostCase, all_hosts: Judged, yard: Yard):
    verdict = spoken(case, all_hosts)
    assert verdict.outcome is case.verdict, verdict
    assert [said for said in case.says if not re.search(pattern(said, yard), verdict.message)] == [], verdict.message


@BROKEN
def test_nothing_passes_but_the_steps_that_were_taken(case: HostCase, all_hosts: Judged):
    found = of(case, all_hosts)
    assert len(found) > 15
    assert aspects({check: said for check, said in found.items() if said.passed}) == set(case.passes)


@STOPPED
def test_all_else_is_unknown_because_of_the_step_that_was_not_taken(case: HostCase, all_hosts: Judged):
    rest = {check: said for check, said in of(case, all_hosts).items() if not said.passed and check != case.check}
    assert {said.outcome.value for said in rest.values()} == {"UNKNOWN"}
    assert {said.because for said in rest.values()} == {case.because}


@pytest.mark.parametrize("case", HEALTHY, ids=lambda case: case.id)
def test_a_host_that_is_odd_but_works_alarms_nobody(case: HostCase, all_hosts: Judged):
    found = of(case, all_hosts)
    assert len(found) > 15
    assert {check: str(said.message) for check, said in found.items() if not said.passed} == {}


@pytest.mark.parametrize("name", ["changed", "unknown"])
def test_a_host_whose_key_is_not_the_known_one_is_asked_for_nothing(name: str, all_hosts: Judged, yard: Yard):
    log = yard.berths[name].log()
    assert all_hosts.snapshot.slots
    assert "Connection from" in log
    assert re.findall("Accepted|Failed|Postponed|Starting session|userauth", log) == []


def test_a_jump_host_that_does_not_exist_is_never_passed_by(all_hosts: Judged, yard: Yard):
    assert all_hosts.snapshot.slots
    assert "Connection from" not in yard.berths["open"].log()


@pytest.mark.parametrize("case", [case for case in CASES if case.id.startswith("A08")], ids=lambda case: case.id)
def test_the_way_names_the_jump_host_that_is_used(case: HostCase, all_hosts: Judged):
    assert re.search("through no-such-(bastion|jump) no-such-", of(case, all_hosts)["host.route"].message)


def test_one_host_that_keeps_silent_makes_no_look_longer_than_its_deadlines(yard: Yard, tmp_path: Path):
    [waits] = [case for case in CASES if case.id == "A10-waits"]
    found = judged(write(tmp_path, yard, (waits, SOUND)), "auto", environ=ENVIRON, window=SHORT)
    assert found.snapshot.took_s < SHORT.deadline_s + 2
    assert "and then no complete answer within 2 s" in spoken(waits, found).message
    assert all(said.passed for said in of(SOUND, found).values())


@contextmanager
def looking(file: Path, window: Window) -> Iterator[Looker]:
    """Look more than once."""
    with Looker(load(file, ENVIRON), Options(stable_for_s=0.0), ENVIRON, window) as looker:
        yield looker


def remote(looker: Looker, case: HostCase) -> Remote:
    """What runs commands on the host of a case."""
    [site] = looker.sites
    assert isinstance(site, HostSite)
    return site.remote(f"{case.name}.0")


@pytest.mark.parametrize(("window", "goes_on"), [(SHORT, False), (LOOK, True)], ids=["refused", "waits"])
def test_a_session_over_the_servers_limit_is_waited_for_and_then_told(
    window: Window, goes_on: bool, yard: Yard, tmp_path: Path
):
    case = HostCase("A11", "a server that allows three sessions", at("three", jump="none"))
    with looking(write(tmp_path, yard, (case,)), window) as looker, ThreadPoolExecutor(3) as pool:
        assert looker.look().access["a11.0"].trouble is None
        run = remote(looker, case).run
        taken = [pool.submit(run, ["sleep", "3"], deadline_s=20, cap=100) for _ in range(3)]
        await_(lambda: yard.berths["three"].run("sh", "-c", "grep -lx sleep /proc/[0-9]*/comm | wc -l") == "3\n")
        trouble = looker.look().access["a11.0"].trouble
        assert [each.result().exit_code for each in taken] == [0, 0, 0]
    if goes_on:
        assert trouble is None
    else:
        assert trouble is not None
        assert (trouble.stage, trouble.wrong) == ("host.reach", False)
        assert "session 4 refused (MaxSessions)" in trouble.text


@pytest.mark.parametrize(("held_s", "goes_on"), [(8.0, False), (1.0, True)], ids=["full", "full for a moment"])
def test_a_server_that_is_full_is_tried_again_and_then_told(held_s: float, goes_on: bool, yard: Yard, tmp_path: Path):
    [case] = [case for case in HEALTHY if case.id == "A11-few"]
    with full(yard.berths["few"]) as release:
        timer = threading.Timer(held_s, release)
        timer.start()
        found = judged(write(tmp_path, yard, (case,)), "auto", environ=ENVIRON, window=LOOK)
        timer.cancel()
    reach = of(case, found)["host.reach"]
    if goes_on:
        assert reach.passed, reach
    else:
        told = r":22: it hung up before its banner.*\d tries in 4 s; too many connections \(MaxStartups\)"
        assert re.search(told, reach.message)
        assert reach.outcome.value == "UNKNOWN"


@contextmanager
def full(berth: Berth) -> Iterator:
    """Take the two connections that its MaxStartups allows to be without a login."""
    held: list[socket.socket] = []

    def release() -> None:
        for each in held:
            with suppress(OSError):
                each.close()

    try:
        for _ in range(2):
            held.append(socket.create_connection((berth.address, berth.port)))
            assert held[-1].recv(4) == b"SSH-"
        yield release
    finally:
        release()


def await_(ready: object) -> None:
    """Wait until something holds."""
    until = time.monotonic() + 10
    while not ready():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_clock_that_is_37_s_ahead_is_told_where_that_is_simulated_by_faketime(yard: Yard, tmp_path: Path):
    case = HostCase("A13", "a clock that is ahead", door(2220))
    found = judged(write(tmp_path, yard, (case, SOUND), sudo=False), "auto", environ=ENVIRON, window=LOOK)
    verdict = of(case, found)["host.clock"]
    assert verdict.outcome.value == "FAIL"
    assert re.search(r"host clock \+3[67] s \(ours .*, its .*\); allowed are 5 s", verdict.message)
    assert of(SOUND, found)["host.clock"].passed


def test_two_services_on_one_host_are_read_by_one_run(yard: Yard, tmp_path: Path):
    file = write(tmp_path, yard, (SOUND,))
    twice = SOUND.service.format(name="again", host=SOUND.name)
    file.write_text(file.read_text() + twice)
    found = judged(file, "auto", environ=ENVIRON, window=LOOK)
    assert found.not_passing == {}
    assert len([call for call in found.snapshot.calls if "our reader" in call]) == 1


def test_a_host_that_was_started_again_between_two_looks_is_read_anew(yard: Yard, tmp_path: Path):
    case = HostCase("R01", "a host that is started again", at("reborn"))
    yard.target("reborn")
    with looking(write(tmp_path, yard, (case,)), LOOK) as looker:
        first = looker.look().slots["r01.0"]
        yard.berths["reborn"].restart()
        second = looker.look().slots["r01.0"]
    assert isinstance(first, SlotFacts), first
    assert isinstance(second, SlotFacts), second
    assert first.instance.start_ticks < second.instance.start_ticks
    assert {first.changed, second.changed} == {""}


@pytest.fixture(scope="module")
def hiding(yard: Yard) -> Berth:
    """A host whose /proc can be made to hide processes."""
    return yard.hiding()


@pytest.mark.parametrize("hidepid", [1, 2, 4])
def test_a_process_that_the_kernel_hides_is_not_an_absent_one(hidepid: int, hiding: Berth, yard: Yard, tmp_path: Path):
    hiding.run("mount", "-o", f"remount,hidepid={hidepid}", "/proc")
    case = HostCase("R04", "a host that hides processes (hidepid of proc(5))", at("hiding", user="plain"))
    found = of(case, judged(write(tmp_path, yard, (case,), sudo=False), "auto", environ=ENVIRON, window=LOOK))
    passing = aspects({check: said for check, said in found.items() if said.passed})
    assert found["process.count[evild]"].outcome.value == "UNKNOWN"
    assert {aspect for aspect in passing if aspect.startswith(("process", "port", "host.identity"))} == set()
