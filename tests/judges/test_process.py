"""process.*: as many as declared, alive, stable, the right user, arguments and pid file."""

import re
from typing import Any

import pytest

from seatrial.snapshot import Unreadable

from .facts import (
    ARGV,
    NO_RIGHT,
    NOW,
    PIDFILE,
    ask,
    facts,
    file,
    hit,
    inside,
    log,
    one_process,
    process,
    shell,
    snapshot,
    watchdog,
    with_files,
    within,
)

COUNT, STATE, STABLE = "process.count[orderd]", "process.state[orderd]", "process.stable[orderd]"
USER, ARGUMENTS, PID_FILE = "process.user[orderd]", "process.argv[orderd]", "process.pidfile[orderd]"


@pytest.mark.parametrize("aspect", [COUNT, STATE, STABLE, USER, ARGUMENTS, PID_FILE])
def test_a_healthy_process_passes(aspect: str) -> None:
    assert ask(aspect).passed


def test_p01_a_service_that_is_gone_is_counted_and_explained_by_its_pid_file() -> None:
    gone = within(
        processes=(shell(), watchdog()),
        files=with_files(pidfile=file(PIDFILE, b"17\n")),
        logs={"x": log("/var/log/app/orderd.log", hit(9, "ERROR out of files"))},
    )
    verdict = ask(COUNT, gone)
    assert verdict.outcome == "FAIL"
    for part in ("expected 1 orderd, found 0", "names 17, which is dead", "container up 100 s", "PID 1 is sh"):
        assert part in verdict.message
    assert "orderd.log line 9 'ERROR out of files'" in verdict.message


@pytest.mark.parametrize("aspect", [STATE, STABLE, USER, ARGUMENTS])
def test_what_depends_on_a_process_that_is_not_there_is_unknown_because_of_its_count(aspect: str) -> None:
    verdict = ask(aspect, within(processes=(shell(), watchdog())))
    assert (verdict.outcome, verdict.because) == ("UNKNOWN", "process.count")


def test_p02_a_zombie_does_not_count_and_is_named_with_its_parent() -> None:
    dead = process(18, 13, comm="orderd.py", argv=(), exe=Unreadable("gone"), states=("Z",) * 3)
    parent = process(13, 1, argv=("python3", "-c", "fork"))
    look = within(processes=(shell(), parent, dead))
    assert ask(COUNT, look).outcome == "FAIL"
    verdict = ask(STATE, look)
    assert verdict.outcome == "FAIL"
    assert "orderd.py pid 18 is a zombie (Z); parent 13 python3 has not reaped it" in verdict.message


def test_a_zombie_is_known_by_the_fifteen_bytes_that_the_kernel_keeps_of_a_name() -> None:
    dead = process(18, 1, comm="a-very-long-nam", argv=(), exe=NO_RIGHT, states=("Z",) * 3)
    look = within(processes=(shell(), dead))
    assert ask(STATE, look, **one_process(script=None, exe="/opt/a-very-long-name")).outcome == "FAIL"


def test_h06_an_unrelated_zombie_alarms_nobody() -> None:
    dead = process(30, 1, comm="sleep", argv=(), exe=NO_RIGHT, states=("Z",) * 3)
    look = within(processes=(shell(), process(), dead))
    assert ask(STATE, look).passed
    assert ask(COUNT, look).passed


def test_an_unrelated_zombie_of_the_same_interpreter_alarms_nobody_while_the_script_runs() -> None:
    dead = process(30, 1, comm="python3.11", argv=(), exe=NO_RIGHT, states=("Z",) * 3)
    look = within(processes=(shell(), process(), dead))
    assert ask(STATE, look, **one_process(exe="python3.11")).passed


def test_p03_the_wrong_user_is_named_by_uid_and_name() -> None:
    verdict = ask(USER, within(processes=(shell(), process(29, 1, uid=0))))
    assert verdict.outcome == "FAIL"
    assert "pid 29 runs as uid 0 (root), expected appsvc (1500)" in verdict.message


def test_h09_a_uid_without_a_name_is_compared_as_uid() -> None:
    look = within(processes=(shell(), process(uid=4242)))
    assert ask(USER, look, **one_process(user=4242)).passed
    assert "uid 4242, expected appsvc (1500)" in ask(USER, look).message


def test_a_user_that_the_target_does_not_know_is_unknown() -> None:
    verdict = ask(USER, **one_process(user="nobody-here"))
    assert verdict.outcome == "UNKNOWN"
    assert "no user 'nobody-here' in the target's /etc/passwd" in verdict.message


def test_only_the_root_must_be_the_declared_user() -> None:
    look = within(processes=(shell(), process(), process(50, 12, uid=33)))
    assert ask(USER, look).passed


def test_p04_wrong_arguments_are_told_position_by_position() -> None:
    look = within(processes=(shell(), process(argv=(*ARGV[:2], "port=8081", "env=staging"))))
    verdict = ask(ARGUMENTS, look)
    assert verdict.outcome == "FAIL"
    assert "argv[2] is port=8081, expected port=8080; argv[3] is env=staging, expected env=prod" in verdict.message


def test_arguments_that_are_missing_or_too_many_are_told() -> None:
    assert (
        "argv[3] is not there, expected env=prod" in ask(ARGUMENTS, within(processes=(process(argv=ARGV[:3]),))).message
    )
    more = ask(ARGUMENTS, within(processes=(process(argv=(*ARGV, "-x", "y")),))).message
    assert more.endswith("python3: 2 more than declared, the first an option of 2 characters")


@pytest.mark.parametrize("added", [("-DHUNTER2i",), ("positional", "HUNTER2k"), ("HUNTER2",), ("--x", "-c", "HUNTER2")])
def test_of_arguments_that_nobody_declared_not_a_letter_is_told(added: tuple[str, ...]) -> None:
    verdict = ask(ARGUMENTS, within(processes=(process(argv=(*ARGV, *added)),)))
    assert verdict.outcome == "FAIL"
    assert not {word for word in added if word in str(verdict)}


@pytest.mark.parametrize(
    "added",
    [
        ("--password", "hunter2"),
        ("--auth", "hunter2"),
        ("--auth=hunter2",),
        ("-phunter2",),
        ("-Phunter2",),
        ("-a", "hunter2"),
        ("--my-credential", "hunter2"),
    ],
)
def test_an_argument_that_may_be_a_secret_is_hidden(added: tuple[str, ...]) -> None:
    verdict = ask(ARGUMENTS, within(processes=(process(argv=(*ARGV[: -len(added)], *added)),)))
    assert verdict.outcome == "FAIL"
    assert "hunter2" not in str(verdict)
    assert "«hidden» (" in verdict.message


@pytest.mark.parametrize(
    "added", [("-p", "8081"), ("-p8081",), ("-port=8081",), ("-c", "/etc/app.conf"), ("--verbose",)]
)
def test_an_argument_that_is_a_port_a_path_or_a_word_is_told(added: tuple[str, ...]) -> None:
    look = within(processes=(process(argv=(*ARGV[: -len(added)], *added)),))
    assert f" is {added[-1]}, expected" in ask(ARGUMENTS, look).message


def test_a_user_is_wrong_where_only_the_real_or_only_the_effective_uid_is_as_declared() -> None:
    verdict = ask(USER, within(processes=(shell(), process(uid=1500, euid=0))))
    assert verdict.outcome == "FAIL"
    assert "runs as uid 1500 (appsvc) with the rights of uid 0 (root), expected appsvc (1500)" in verdict.message
    assert ask(USER, within(processes=(shell(), process(uid=0, euid=1500)))).outcome == "FAIL"
    assert ask(USER, within(processes=(shell(), process(uid=1500, euid=NO_RIGHT)))).outcome == "UNKNOWN"


SCRIPT = "/srv/app/orderd.py"


@pytest.mark.parametrize(
    ("exe", "argv"),
    [
        ("/usr/bin/tail", ("tail", "-f", SCRIPT)),
        ("/usr/bin/vim.basic", ("vim", SCRIPT)),
        ("/bin/busybox", ("tail", "-f", SCRIPT)),
        ("/usr/bin/tail", ("python3", SCRIPT)),
    ],
)
def test_a_program_that_only_reads_a_script_does_not_run_it(exe: str, argv: tuple[str, ...]) -> None:
    assert ask(COUNT, within(processes=(shell(), process(argv=argv, exe=exe)))).outcome == "FAIL"


@pytest.mark.parametrize(
    ("exe", "argv"),
    [
        ("/usr/bin/python3.11", ("orderd", SCRIPT)),
        ("/bin/busybox", ("-ash", SCRIPT)),
        ("/usr/bin/php8.2", ("php", SCRIPT)),
        ("/opt/own/interpreter", (SCRIPT, "x")),
        (NO_RIGHT, ("python3", SCRIPT)),
    ],
)
def test_an_interpreter_runs_its_script(exe: str | Unreadable, argv: tuple[str, ...]) -> None:
    assert ask(COUNT, within(processes=(shell(), process(argv=argv, exe=exe)))).passed


def test_an_interpreter_that_nobody_knows_is_named_by_its_exe() -> None:
    look = within(processes=(shell(), process(argv=("own", SCRIPT), exe="/opt/own")))
    assert ask(COUNT, look).outcome == "FAIL"
    assert ask(COUNT, look, **one_process(exe="/opt/own")).passed
    assert ask(COUNT, within(processes=(process(argv=("own", SCRIPT), exe=NO_RIGHT),))).outcome == "UNKNOWN"


@pytest.mark.parametrize("moment", [1e30, -1e30, float("inf"), float("nan")])
def test_a_pid_file_with_an_absurd_time_crashes_nothing(moment: float) -> None:
    stale = file(PIDFILE, b"99\n", mtimes=(moment,) * 3)
    assert "names 99" in ask(PID_FILE, within(files=with_files(pidfile=stale))).message


def test_a_mistake_of_ours_costs_one_verdict_and_is_told() -> None:
    verdict = ask(STABLE, within(processes=(process(age_s="S3cr3t"),)))
    assert verdict.outcome == "UNKNOWN"
    assert re.search(r"a mistake in Seatrial: TypeError in steady\.py line \d+ .*please report", verdict.message)
    assert "S3cr3t" not in str(verdict)


def test_p06_too_few_workers_are_counted_without_the_zombies() -> None:
    workers = tuple(process(20 + number, 12) for number in range(1, 4))
    dead = process(30, 12, comm="orderd.py", argv=(), exe=NO_RIGHT, states=("Z",) * 3)
    verdict = ask(COUNT, within(processes=(shell(), process(), *workers, dead)), **one_process(workers=4))
    assert verdict.outcome == "FAIL"
    assert "4 workers under master 12 expected, 3 alive (1 zombie)" in verdict.message


def test_h04_a_master_and_its_workers_count_as_one() -> None:
    workers = tuple(process(20 + number, 12) for number in range(4))
    assert ask(COUNT, within(processes=(shell(), process(), *workers))).passed


def test_h05_a_rewritten_title_hides_nothing_from_exe() -> None:
    look = within(processes=(shell(), process(comm="nginx: master", argv=("nginx: master process",))))
    assert ask(COUNT, look, **one_process(script=None, exe="python3.11")).passed


def test_a_deleted_binary_still_is_the_declared_one() -> None:
    look = within(processes=(shell(), process(exe="/opt/relay/p2prelay (deleted)")))
    assert ask(COUNT, look, **one_process(script=None, exe="/opt/relay/p2prelay")).passed


def test_a_full_path_is_not_satisfied_by_a_file_of_the_same_name_elsewhere() -> None:
    look = within(processes=(shell(), process(exe="/tmp/p2prelay", argv=("/opt/relay/p2prelay",))))
    verdict = ask(COUNT, look, **one_process(script=None, exe="/opt/relay/p2prelay"))
    assert verdict.outcome == "FAIL"
    assert "is called p2prelay but runs /tmp/p2prelay" in verdict.message


def test_more_than_declared_is_wrong_and_all_are_named() -> None:
    verdict = ask(COUNT, within(processes=(shell(), process(12, 1), process(13, 1))))
    assert verdict.outcome == "FAIL"
    assert "found 2: pid 12 python3, pid 13 python3" in verdict.message


def test_a_process_that_must_not_run_is_told() -> None:
    assert ask(COUNT, **one_process(count=0)).outcome == "FAIL"
    assert ask(COUNT, within(processes=(shell(),)), **one_process(count=0)).passed


def test_a_container_without_any_process_was_not_seen_right() -> None:
    assert ask(COUNT, within(processes=()), **one_process(count=0)).outcome == "UNKNOWN"


def test_p18_an_exe_that_cannot_be_read_makes_the_count_unknown() -> None:
    look = within(processes=(shell(), process(31, 1, exe=Unreadable("root lacks CAP_SYS_PTRACE here"))))
    verdict = ask(COUNT, look, **one_process(script=None, exe="/usr/bin/orderd"))
    assert verdict.outcome == "UNKNOWN"
    assert "pid 31 python3 is meant: root lacks CAP_SYS_PTRACE here" in verdict.message


def test_an_exe_that_cannot_be_read_excludes_nobody_but_its_arguments_do() -> None:
    look = within(processes=(shell(exe=NO_RIGHT), process()))
    assert ask(COUNT, look, **one_process(exe="python3.11")).passed


def test_too_many_for_certain_is_wrong_even_where_more_are_unclear() -> None:
    look = within(processes=(process(12, 1), process(13, 1), process(14, 1, argv=NO_RIGHT)))
    assert ask(COUNT, look).outcome == "FAIL"


def test_workers_of_a_master_that_cannot_be_read_are_not_counted_as_roots() -> None:
    look = within(processes=(process(12, 1, argv=NO_RIGHT), process(13, 12), process(14, 12)))
    assert ask(COUNT, look).outcome == "UNKNOWN"


def test_a_match_is_searched_in_the_joined_arguments() -> None:
    assert ask(COUNT, **one_process(script=None, match=r"orderd\.py port=\d+")).passed


@pytest.mark.parametrize("letter", ["T", "t", "D"])
def test_p10_a_process_that_is_stopped_or_stuck_in_all_samples_is_wrong(letter: str) -> None:
    verdict = ask(STATE, within(processes=(process(16, states=(letter,) * 3),)))
    assert verdict.outcome == "FAIL"
    assert "pid 16" in verdict.message
    assert f"({letter})" in verdict.message
    assert "3 of 3 samples" in verdict.message


@pytest.mark.parametrize("states", [("S", "D", "S"), ("T", "S", "S"), ("R", "S", "D")])
def test_h07_one_odd_sample_alarms_nobody(states: tuple[str, ...]) -> None:
    assert ask(STATE, within(processes=(process(states=states),))).passed


def test_a_process_that_went_during_the_look_does_not_run() -> None:
    look = within(processes=(shell(), process(states=("S", "S", ""))))
    assert ask(COUNT, look).outcome == "FAIL"
    verdict = ask(STABLE, look)
    assert verdict.outcome == "FAIL"
    assert "12@111893 ended" in verdict.message


def test_p08_a_process_that_was_replaced_during_the_look_is_not_stable() -> None:
    look = within(processes=(shell(), process(7, 1, states=("S", "", "")), process(24, 1, states=("", "S", "S"))))
    assert ask(COUNT, look).passed
    verdict = ask(STABLE, look)
    assert verdict.outcome == "FAIL"
    assert "7@111888 ended, 24@111905 appeared" in verdict.message


def test_a_worker_that_comes_and_goes_is_no_restart() -> None:
    look = within(
        processes=(shell(), process(), process(40, 12, states=("S", "", "")), process(41, 12, states=("", "S", "S")))
    )
    assert ask(STABLE, look).passed


def test_a_young_process_is_unknown_until_it_has_run_long_enough() -> None:
    look = within(processes=(process(age_s=0.9),))
    verdict = ask(STABLE, look)
    assert verdict.outcome == "UNKNOWN"
    assert "started 1.2 s ago; run with --settle to wait" in verdict.message
    assert ask(STABLE, look, stable_for_s=1.0).passed


def test_p13_a_pid_file_that_names_another_process_says_which_and_since_when() -> None:
    sleep = process(41, 1, comm="sleep", argv=("sleep", "400"), exe="/usr/bin/sleep", age_s=10.0)
    stale = file(PIDFILE, b"41\n", mtimes=(NOW - 3600.0,) * 3)
    verdict = ask(PID_FILE, within(processes=(shell(), process(), sleep), files=with_files(pidfile=stale)))
    assert verdict.outcome == "FAIL"
    for part in ("names 41; pid 41 is /usr/bin/sleep, started", "after the file", "orderd is pid 12"):
        assert part in verdict.message


@pytest.mark.parametrize(
    ("head", "said"),
    [(b"99\n", "pid 99 is dead"), (b"", "holds no pid"), (b"abc", "holds no pid"), (b"-1", "holds no pid")],
)
def test_a_pid_file_that_names_nobody_is_wrong(head: bytes, said: str) -> None:
    verdict = ask(PID_FILE, within(files=with_files(pidfile=file(PIDFILE, head))))
    assert verdict.outcome == "FAIL"
    assert said in verdict.message


def test_a_missing_pid_file_is_wrong_and_an_unreadable_one_unknown() -> None:
    assert ask(PID_FILE, within(files=with_files(pidfile=file(PIDFILE, kind="missing")))).outcome == "FAIL"
    assert ask(PID_FILE, within(files=with_files(pidfile=NO_RIGHT))).outcome == "UNKNOWN"
    unread = file(PIDFILE, None, problem="permission denied")
    assert ask(PID_FILE, within(files=with_files(pidfile=unread))).outcome == "UNKNOWN"


def test_h19_a_slow_start_is_unknown_and_then_right_never_wrong() -> None:
    starting = facts(inside=inside(processes=(shell(), watchdog(age_s=6.0), process(age_s=2.0))))
    assert ask(STABLE, snapshot(starting)).outcome == "UNKNOWN"
    assert ask(STABLE).passed


def test_a_user_that_is_written_as_a_number_in_quotes_is_a_uid() -> None:
    assert ask(USER, **one_process(user="1500")).passed
    assert ask(USER, within(users=NO_RIGHT), **one_process(user=1500)).passed
    assert ask(USER, within(users=NO_RIGHT)).outcome == "UNKNOWN"


def test_arguments_that_could_not_be_read_are_unknown() -> None:
    look = within(processes=(process(argv=NO_RIGHT),))
    assert ask(ARGUMENTS, look, **one_process(script=None, exe="python3.11")).outcome == "UNKNOWN"


def test_a_pid_file_that_names_a_process_which_may_be_meant_is_unknown() -> None:
    assert ask(PID_FILE, within(processes=(process(argv=NO_RIGHT),))).outcome == "UNKNOWN"


def test_a_missing_process_and_a_missing_pid_file_are_told_together() -> None:
    look = within(processes=(shell(),), files=with_files(pidfile=file(PIDFILE, kind="missing")))
    assert f"the pid file {PIDFILE} does not exist" in ask(COUNT, look).message


def test_a_zombie_is_known_by_the_expression_where_nothing_else_is_declared() -> None:
    dead = process(18, 1, comm="orderd.py", argv=(), exe=NO_RIGHT, states=("Z",) * 3)
    assert ask(STATE, within(processes=(shell(), dead)), **one_process(script=None, match="orderd")).outcome == "FAIL"


@pytest.mark.parametrize(
    ("declared", "told"),
    [
        ({"java": {"main": "com.p2p.Relay"}, "name": "relay"}, "expected 1 relay (main com.p2p.Relay), found 0"),
        ({"java": {"main": "com.p2p.Relay"}}, "expected 1 Relay (main com.p2p.Relay), found 0"),
        ({"java": {"jar": "/opt/relay-1.2.jar"}}, "expected 1 relay-1.2.jar, found 0"),
        ({"match": "relay --master", "name": "relay"}, "expected 1 relay (match relay --master), found 0"),
        (
            {"exe": "python3", "script": "/opt/x.py", "name": "y"},
            "expected 1 y (exe python3, script /opt/x.py), found 0",
        ),
        ({"exe": "/opt/relay/relay"}, "expected 1 relay, found 0"),
        ({"script": "/opt/relay.py", "name": "relay"}, "expected 1 relay, found 0"),
    ],
)
def test_a_process_that_is_not_there_is_told_as_it_was_declared(declared: dict[str, Any], told: str) -> None:
    look, name = within(processes=(shell(), watchdog())), told.split()[2].rstrip(",")
    verdict = ask(f"process.count[{name}]", look, processes=[declared], ports=[], watchdog=None, tomcat=None)
    assert verdict.message.startswith(f"orderd.0: {told}"), verdict.message
