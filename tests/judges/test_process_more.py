"""What else is asked of a declared process: its program, parent, release, resources, environment and steadiness."""

from dataclasses import replace
from typing import Any

import pytest

from seatrial.judges.glimpse import process_key
from seatrial.snapshot import NOT_READ, Process, Snapshot, Unreadable
from seatrial.trail import Glimpse
from seatrial.verdicts import Verdict

from .facts import (
    DETAIL,
    NO_RIGHT,
    NOW,
    ask,
    container,
    facts,
    inside,
    one_process,
    plan,
    process,
    shell,
    snapshot,
    within,
)

EXE, STABLE = "process.exe[orderd]", "process.stable[orderd]"


def about(aspect: str, *processes: Process, **declared: Any) -> Verdict:
    """The verdict of one aspect of orderd, the only process that is declared."""
    return ask(f"process.{aspect}[orderd]", within(processes=(shell(), *processes)), **one_process(**declared))


def with_detail(**detail: Any) -> Process:
    return process(detail=replace(DETAIL, **detail))


def test_p07_a_program_that_was_replaced_is_told_with_both_checksums() -> None:
    gone = process(
        exe="/srv/app/orderd (deleted)", detail=replace(DETAIL, running_sha="4add" * 16, on_disk_sha="008f" * 16)
    )
    verdict = about("exe", gone, script=None, exe="/srv/app/orderd")
    assert verdict.outcome == "FAIL"
    assert "pid 12 python3 runs /srv/app/orderd (deleted)" in verdict.message
    assert "the file on disk (sha 008f008f008f) is not the running one (sha 4add4add4add)" in verdict.message


def test_a_program_of_which_nothing_is_left_on_the_disk_is_a_failure() -> None:
    gone = process(exe="/srv/orderd (deleted)", detail=replace(DETAIL, running_sha="ab" * 32))
    verdict = about("exe", gone, script=None, exe="orderd")
    assert verdict.outcome == "FAIL"
    assert "there is no /srv/orderd any more" in verdict.message


@pytest.mark.parametrize(("ours", "theirs"), [("", ""), (NO_RIGHT, ""), ("ab" * 32, NO_RIGHT), (NO_RIGHT, "ab" * 32)])
def test_a_program_that_could_not_be_compared_with_its_file_is_unknown(
    ours: str | Unreadable, theirs: str | Unreadable
) -> None:
    gone = process(exe="/srv/orderd (deleted)", detail=replace(DETAIL, running_sha=ours, on_disk_sha=theirs))
    assert about("exe", gone, script=None, exe="orderd").outcome == "UNKNOWN"


def test_a_program_that_was_replaced_by_the_same_one_alarms_nobody() -> None:
    same = replace(DETAIL, running_sha="ab" * 32, on_disk_sha="ab" * 32)
    assert about("exe", process(exe="/srv/orderd (deleted)", detail=same), script=None, exe="orderd").passed


def test_a_worker_with_an_old_program_is_found_too() -> None:
    detail = replace(DETAIL, running_sha="ab" * 32)
    worker = process(13, 12, exe="/usr/bin/python3.11 (deleted)", detail=detail)
    assert about("exe", process(), worker, workers=1).outcome == "FAIL"


@pytest.mark.parametrize("aspect", ["exe", "libraries", "parent", "release", "fds", "limits", "env", "started", "cpu"])
def test_where_the_process_does_not_run_nothing_is_told_of_it(aspect: str) -> None:
    verdict = ask(f"process.{aspect}[orderd]", within(processes=(shell(),)))
    assert (verdict.outcome, verdict.because) == ("UNKNOWN", "process.count")


@pytest.mark.parametrize(
    ("aspect", "declared", "lost"),
    [
        ("libraries", {"libraries": True}, "deleted"),
        ("fds", {"fds": "80%"}, "fds"),
        ("fds", {"fds": "80%"}, "limits"),
        ("limits", {"limits": {"open files": 1024}}, "limits"),
        ("env", {"env": {"APP_ENV": "prod"}}, "env"),
        ("cpu", {"cpu": {}}, "cpu_ticks"),
        ("release", {"release": "/srv/app"}, "cwd"),
    ],
)
@pytest.mark.parametrize("why", [NO_RIGHT, NOT_READ], ids=["no right", "not read"])
def test_what_could_not_be_read_is_unknown(aspect: str, declared: dict, lost: str, why: Unreadable) -> None:
    assert about(aspect, with_detail(**{lost: why}), **declared).outcome == "UNKNOWN"


def test_code_that_is_gone_from_the_disk_is_named() -> None:
    verdict = about("libraries", with_detail(deleted=("/usr/lib/libssl.so.3",)), libraries=True)
    assert verdict.outcome == "FAIL"
    assert "libssl.so.3" in verdict.message


def test_p17_an_orphan_is_restarted_by_nobody() -> None:
    supervisor = {"script": "/srv/app/watchdog.sh", "name": "supervisor"}
    declared = {**one_process(parent="supervisor")}
    declared["processes"].append(supervisor)
    above = shell(15, 1, ("sh", "/srv/app/watchdog.sh"))
    look = within(processes=(shell(), above, process(ppid=1)))
    verdict = ask("process.parent[orderd]", look, **declared)
    assert verdict.outcome == "FAIL"
    assert "parent is PID 1, expected supervisor (15): nobody restarts it" in verdict.message
    between = shell(16, 15, ("sh", "-c", "run"))
    below = within(processes=(shell(), above, between, process(ppid=16)))
    assert ask("process.parent[orderd]", below, **declared).passed


def release(real: str | Unreadable, **facts: Any) -> Verdict:
    look = within(processes=(shell(), process(**facts)), reals={"/srv/current": real})
    return ask("process.release[orderd]", look, **one_process(release="/srv/current"))


def test_p15_a_process_that_runs_from_the_old_release_is_told_with_both() -> None:
    verdict = release("/srv/app-2", detail=replace(DETAIL, cwd="/srv/app-1"))
    assert verdict.outcome == "FAIL"
    assert "pid 12 python3 runs from /srv/app-1; /srv/current -> app-2" in verdict.message.replace("-> /srv/", "-> ")


def test_a_release_that_was_removed_below_a_process_is_not_the_right_one() -> None:
    assert release("/srv/app-1", detail=replace(DETAIL, cwd="/srv/app-1 (deleted)")).outcome == "FAIL"


def test_an_old_program_in_the_new_folder_is_found() -> None:
    old = process(exe="/srv/app-1/orderd", detail=replace(DETAIL, cwd="/srv/app-2"))
    look = within(processes=(shell(), old), reals={"/srv/current": "/srv/app-2"})
    verdict = ask("process.release[orderd]", look, **one_process(release="/srv/current", script=None, exe="orderd"))
    assert verdict.outcome == "FAIL"


@pytest.mark.parametrize(
    ("exe", "cwd", "outcome"),
    [
        ("/opt/java/bin/java", "/opt/app-2", "PASS"),
        ("/opt/java/bin/java", "/opt/app-1", "FAIL"),
        ("/opt/java/bin/java", "/", "UNKNOWN"),
        ("/opt/app-1/jre/bin/java", "/opt/app-2", "FAIL"),
        ("/opt/app-1/jre/bin/java", "/", "FAIL"),
        ("/opt/app-2/bin/relay", "/opt/data", "PASS"),
        ("/opt/app-2/bin/relay", "/opt/app-1", "FAIL"),
        ("/opt/app-1/bin/relay", "/opt/app-2", "FAIL"),
        ("/opt/app-2/bin/relay (deleted)", "/opt/app-2", "FAIL"),
    ],
)
def test_what_lies_beside_a_release_is_not_always_another_one(exe: str, cwd: str, outcome: str) -> None:
    look = within(
        processes=(shell(), process(exe=exe, detail=replace(DETAIL, cwd=cwd))), reals={"/opt/app": "/opt/app-2"}
    )
    declared = one_process(release="/opt/app", script=None, match="orderd")
    assert ask("process.release[orderd]", look, **declared).outcome == outcome


def test_which_release_it_is_cannot_be_told_of_what_runs_elsewhere() -> None:
    assert release("/srv/app-2", detail=replace(DETAIL, cwd="/")).outcome == "UNKNOWN"


def test_a_release_that_is_not_there_or_not_readable_is_no_pass() -> None:
    assert release("").outcome == "FAIL"
    assert release(NO_RIGHT).outcome == "UNKNOWN"
    assert release("/srv/app", detail=DETAIL).passed


def test_p19_descriptors_that_are_nearly_used_up_are_counted_against_its_own_limit() -> None:
    verdict = about("fds", with_detail(fds=18, limits={"Max open files": (20.0, 4096.0)}), fds="80%")
    assert verdict.outcome == "FAIL"
    assert "18 of 20 descriptors in use (limit from /proc/PID/limits)" in verdict.message


def test_the_limits_are_those_of_the_process_itself() -> None:
    verdict = about("limits", with_detail(), limits={"open files": ">= 65536"})
    assert "open files is 1024 (hard limit 4096), expected >= 65536" in verdict.message
    endless = with_detail(limits={"Max open files": (float("inf"),) * 2})
    assert about("limits", endless, limits={"open files": ">= 65536"}).passed
    assert about("limits", endless, limits={"open files": "unlimited"}).passed
    assert about("limits", with_detail(), limits={"open files": "unlimited"}).outcome == "FAIL"
    assert about("limits", with_detail(), limits={"core file size": 0}).outcome == "UNKNOWN"


def test_k18_the_live_environment_counts_and_the_containers_is_told() -> None:
    first = shell(detail=replace(DETAIL, env={"APP_ENV": "staging"}))
    look = within(processes=(first, process()))
    verdict = ask("process.env[orderd]", look, **one_process(env={"APP_ENV": "staging"}))
    assert verdict.outcome == "FAIL"
    assert "APP_ENV=prod (container: APP_ENV=staging), expected APP_ENV=staging" in verdict.message


def test_a_variable_that_is_not_set_is_no_empty_one() -> None:
    assert "APP_ENV is not set" in about("env", with_detail(env={}), env={"APP_ENV": ""}).message
    assert about("env", with_detail(env={"APP_ENV": ""}), env={"APP_ENV": ""}).passed


def test_the_value_of_a_secret_is_in_no_message() -> None:
    verdict = about("env", with_detail(env={"DB_PASSWORD": "hunter22"}), env={"DB_PASSWORD": "tr0ub4dor"})
    assert verdict.outcome == "FAIL"
    assert "hunter22" not in str(verdict)
    assert "tr0ub4dor" not in str(verdict)


def test_when_a_process_was_started_is_compared_by_the_targets_clock() -> None:
    after, before = {"after": "2026-09-21T14:13:20Z"}, {"before": "2026-09-21T14:11:00Z"}
    assert about("started", process(age_s=100.0), started=after).outcome == "FAIL"
    assert "which is before" in about("started", process(age_s=100.0), started=after).message
    assert "which is after" in about("started", process(age_s=1.0), started=before).message
    assert about("started", process(age_s=NOW - 1_789_999_000.0), started=before).passed


def spinning(ticks: int, **box: Any) -> Verdict:
    busy = inside(processes=(shell(), with_detail(cpu_ticks=(100, 100 + ticks))))
    look = facts(inside=busy, instance=container(**box))
    return ask("process.cpu[orderd]", look, **one_process(cpu={}))


def test_p11_a_process_that_uses_its_whole_share_is_no_working_one() -> None:
    assert "used its whole CPU share for 2.0 s" in spinning(200).message
    assert spinning(40).passed
    assert "the container's quota" in spinning(40, cpus=0.2).message


def test_from_inside_a_container_with_a_quota_the_use_of_a_processor_cannot_be_told() -> None:
    busy = inside(processes=(shell(), with_detail(cpu_ticks=(100, 110))), vehicle="exec")
    ours = one_process(cpu={})
    assert ask("process.cpu[orderd]", facts(inside=busy, instance=container(cpus=0.5)), **ours).outcome == "UNKNOWN"
    assert ask("process.cpu[orderd]", facts(inside=busy), **ours).passed


def loop(*births: tuple[float, int], now: float, age_s: float, births_now: int | None) -> Verdict:
    """Looks at these times with the process started at these ticks, and the last one, with none where that is None."""
    [check] = [check for check in plan(**one_process()) if check.id.endswith(STABLE)]
    key = process_key(check)
    earlier = tuple(Glimpse(NOW - now + at, {key: frozenset({(12, ticks)})}, {}, {}) for at, ticks in births)
    there = () if births_now is None else (process(start_ticks=births_now, age_s=age_s),)
    look: Snapshot = replace(snapshot(within(processes=(shell(), *there))), earlier=earlier)
    return ask(STABLE, look, **one_process())


def test_p08_a_restart_loop_is_told_with_its_identities() -> None:
    verdict = loop((0.0, 111), (2.0, 112), (4.0, 113), now=7.0, age_s=1.0, births_now=114)
    assert verdict.outcome == "FAIL"
    assert "orderd changed identity 3 times in 7 s: 12@111, 12@112, 12@113, 12@114" in verdict.message


def test_a_restart_loop_is_told_also_between_two_starts() -> None:
    verdict = loop((0.0, 111), (2.0, 112), (4.0, 113), now=7.0, age_s=0.0, births_now=None)
    assert verdict.outcome == "FAIL"
    assert verdict.message.endswith("12@111, 12@112, 12@113; none of it runs now")
    gone = loop((0.0, 111), now=2.0, age_s=0.0, births_now=None)
    assert gone.outcome == "UNKNOWN"


def test_a_loop_slower_than_the_time_to_be_stable_is_still_one() -> None:
    verdict = loop((0.0, 111), (6.0, 112), (14.0, 112), now=22.0, age_s=7.0, births_now=114)
    assert verdict.outcome == "FAIL"


def test_a_deployment_that_replaces_the_process_once_is_no_loop() -> None:
    assert loop((0.0, 111), now=2.0, age_s=1.0, births_now=112).outcome == "UNKNOWN"
    assert loop((0.0, 111), now=20.0, age_s=15.0, births_now=112).passed


def test_a_process_that_crashed_at_first_and_then_outlived_it_is_stable() -> None:
    assert loop((0.0, 111), (2.0, 112), (4.0, 113), now=30.0, age_s=26.0, births_now=113).passed


def test_an_argument_can_be_told_by_its_regex() -> None:
    argv = ("/usr/bin/python3.11", {"regex": "/srv/.*/orderd.py"}, {"regex": r"port=\d+"}, "env=prod")
    declared = process(argv=("/usr/bin/python3.11", "/srv/a/orderd.py", "port=8080", "env=prod"))
    assert about("argv", declared, script=None, match="orderd", argv=argv).passed
    other = replace(declared, argv=("/usr/bin/python3.11", "/srv/a/orderd.py", "port=8080x", "env=prod"))
    verdict = about("argv", other, script=None, match="orderd", argv=argv)
    assert r"argv[2] is port=8080x, expected what 'port=\\d+' matches" in verdict.message


def test_what_the_engine_is_about_to_start_is_no_process_that_may_be_meant() -> None:
    starting = process(316, 0, comm="runc:[2:INIT]", argv=NO_RIGHT, exe=NO_RIGHT)
    assert ask("process.count[orderd]", within(processes=(shell(), process(), starting))).passed
    for pretends in (replace(starting, ppid=24), replace(starting, comm="python3")):
        look = within(processes=(shell(), process(), pretends))
        assert ask("process.count[orderd]", look).outcome == "UNKNOWN"


def test_an_interpreter_that_was_told_a_script_of_the_old_release_does_not_pass() -> None:
    argv = ("python3", "/srv/app-1/orderd.py")
    old = process(argv=argv, detail=replace(DETAIL, cwd="/srv/app-2"))
    look = within(processes=(shell(), old), reals={"/srv/current": "/srv/app-2"})
    ours = one_process(release="/srv/current", script="/srv/app-1/orderd.py", argv=None)
    verdict = ask("process.release[orderd]", look, **ours)
    assert verdict.outcome == "UNKNOWN", verdict
    assert "told to run /srv/app-1/orderd.py" in verdict.message
