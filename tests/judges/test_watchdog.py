"""watchdog.*: alive, beating, and watching the right process."""

from typing import Any

import pytest

from seatrial.snapshot import SlotFacts, Unreadable

from .facts import (
    BEAT,
    NO_RIGHT,
    NOW,
    PIDFILE,
    SERVICE,
    ask,
    file,
    process,
    shell,
    watchdog,
    with_files,
    within,
)

ALIVE, TARGET, BEATS = "watchdog.alive[watchdog.sh]", "watchdog.target[watchdog.sh]", "watchdog.beat[watchdog.sh]"
FROZEN = ("T", "T", "T")


def beating(age: float, **facts: Any) -> SlotFacts:
    """A slot whose heartbeat is so old at the last sample."""
    return within(files=with_files(beat=file(BEAT, mtimes=(NOW + 0.3 - age,) * 3)), **facts)


def by_pidfile() -> dict[str, Any]:
    """A watchdog that knows its process through a pid file."""
    return {"watchdog": {**SERVICE["watchdog"], "pidfile": PIDFILE}}


@pytest.mark.parametrize("check", [ALIVE, TARGET, BEATS])
def test_a_healthy_watchdog_passes(check: str) -> None:
    assert ask(check).passed


def test_w01_a_frozen_watchdog_is_told_with_the_age_of_its_heartbeat() -> None:
    verdict = ask(ALIVE, beating(5.0, processes=(shell(), watchdog(states=FROZEN), process())))
    assert verdict.outcome == "FAIL"
    assert "pid 24 stopped (T), heartbeat 5 s old (limit 3 s)" in verdict.message


def test_a_watchdog_that_is_not_there_is_wrong() -> None:
    look = within(processes=(shell(), process(12, 1)))
    assert "no watchdog watchdog.sh runs" in ask(ALIVE, look).message
    verdict = ask(TARGET, look)
    assert (verdict.outcome, verdict.because) == ("UNKNOWN", "watchdog.alive")


def test_a_watchdog_of_the_wrong_user_is_wrong() -> None:
    look = within(processes=(shell(), watchdog(uid=0), process()))
    assert "runs as uid 0 (root), expected appsvc (1500)" in ask(ALIVE, look).message


def test_a_watchdog_that_cannot_be_told_apart_is_unknown() -> None:
    look = within(processes=(shell(), watchdog(argv=NO_RIGHT), process()))
    assert {ask(check, look).outcome for check in (ALIVE, TARGET, BEATS)} == {"UNKNOWN"}


def test_w02_an_old_heartbeat_is_wrong() -> None:
    verdict = ask(BEATS, beating(5.0))
    assert verdict.outcome == "FAIL"
    assert "heartbeat 5 s old, limit 3 s" in verdict.message


@pytest.mark.parametrize("processes", [(shell(), watchdog(states=FROZEN), process()), (shell(), process(12, 1))])
def test_w03_a_fresh_heartbeat_of_a_watchdog_that_cannot_beat_is_somebody_elses(processes: tuple[Any, ...]) -> None:
    verdict = ask(BEATS, beating(0.2, processes=processes))
    assert verdict.outcome == "FAIL"
    assert "its last beat, or something else touches it" in verdict.message
    moving = with_files(beat=file(BEAT, mtimes=(NOW, NOW, NOW + 0.2)))
    assert ": something else touches it" in ask(BEATS, within(processes=processes, files=moving)).message


def test_a_fresh_heartbeat_whose_writer_cannot_be_seen_is_unknown() -> None:
    assert ask(BEATS, beating(0.2, processes=NO_RIGHT)).outcome == "UNKNOWN"


@pytest.mark.parametrize(
    ("beat", "outcome"),
    [
        (file(BEAT, kind="missing"), "FAIL"),
        (file(BEAT, kind="fifo"), "FAIL"),
        (file(BEAT, mtimes=(NOW + 60.0,) * 3), "FAIL"),
        (file(BEAT, uid=0), "FAIL"),
        (file(BEAT, mtimes=()), "UNKNOWN"),
        (NO_RIGHT, "UNKNOWN"),
    ],
)
def test_a_heartbeat_file_that_is_not_as_it_should_be(beat: Any, outcome: str) -> None:
    assert ask(BEATS, within(files=with_files(beat=beat))).outcome == outcome


def test_p17_an_orphan_outside_its_watchdog_is_restarted_by_nobody() -> None:
    verdict = ask(TARGET, within(processes=(shell(), watchdog(), process(12, 1))))
    assert verdict.outcome == "FAIL"
    assert "the parent of orderd pid 12 is 1 sh, expected watchdog.sh pid 24: nobody restarts it" in verdict.message


def test_a_grandchild_is_watched_too() -> None:
    assert ask(TARGET, within(processes=(shell(), watchdog(), shell(30, 24), process(12, 30)))).passed


def test_w05_a_watchdog_that_reads_another_pid_is_wrong() -> None:
    apart = (shell(), watchdog(), process(12, 1))
    stale = with_files(pidfile=file(PIDFILE, b"1\n"))
    assert ask(TARGET, within(processes=apart), **by_pidfile()).passed
    verdict = ask(TARGET, within(processes=apart, files=stale), **by_pidfile())
    assert verdict.outcome == "FAIL"
    for part in (f"watchdog pid 24 reads {PIDFILE}", "orderd is pid 12", "pid 1 is /usr/bin/dash"):
        assert part in verdict.message


def test_a_pid_file_that_could_not_be_read_is_unknown() -> None:
    look = within(processes=(shell(), watchdog(), process(12, 1)), files=with_files(pidfile=Unreadable("cut")))
    assert ask(TARGET, look, **by_pidfile()).outcome == "UNKNOWN"


def test_nothing_that_could_be_watched_is_unknown_because_of_the_count() -> None:
    verdict = ask(TARGET, within(processes=(shell(), watchdog())))
    assert (verdict.outcome, verdict.because) == ("UNKNOWN", "process.count")


def test_parents_that_name_each_other_end_the_search() -> None:
    look = within(processes=(watchdog(), shell(30, 31), shell(31, 30), process(12, 30)))
    assert ask(TARGET, look).outcome == "FAIL"
