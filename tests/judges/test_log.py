"""log.*: there, clean since the start, written to lately."""

from dataclasses import replace
from typing import Any

import pytest

from seatrial.snapshot import LogFact, SlotFacts
from seatrial.verdicts import Verdict

from .facts import LOG, NO_RIGHT, NOW, STARTED, ask, container, facts, hit, log, within

PRESENT, CLEAN, FRESH = f"log.present[{LOG}]", f"log.clean[{LOG}]", f"log.fresh[{LOG}]"


def logged(*hits: Any, **changes: Any) -> SlotFacts:
    """A slot whose log holds these hits."""
    return within(logs={LOG: log(LOG, *hits, **changes)})


def declared(**changes: Any) -> dict[str, Any]:
    """A service with one log."""
    return {"logs": [{"path": LOG, "deny": ["ERROR"], **changes}]}


def clean(look: SlotFacts, **changes: Any) -> Verdict:
    """Whether the log of a service with one log is clean."""
    return ask(CLEAN, look, **declared(**changes))


@pytest.mark.parametrize("check", [PRESENT, CLEAN, FRESH, "log.present[docker]", "log.clean[docker]"])
def test_a_healthy_log_passes(check: str) -> None:
    assert ask(check).passed


def test_l01_an_error_after_the_start_names_the_line() -> None:
    verdict = ask(CLEAN, logged(hit(12, "2026-11-25 ERROR plain")))
    assert verdict.outcome == "FAIL"
    assert "1 line with 'ERROR' in orderd.log: line 12 '2026-11-25 ERROR plain'" in verdict.message


def test_many_errors_are_counted_and_the_first_are_shown() -> None:
    verdict = ask(CLEAN, logged(*(hit(number, f"ERROR {number}") for number in range(1, 8))))
    assert "7 lines with 'ERROR'" in verdict.message
    assert "and 4 more" in verdict.message


def test_l05_a_missing_log_is_wrong_and_its_cleanness_unknown() -> None:
    look = within(logs={LOG: LogFact(LOG, ())})
    verdict = ask(PRESENT, look)
    assert verdict.outcome == "FAIL"
    assert f"{LOG} does not exist" in verdict.message
    for check in (CLEAN, FRESH):
        verdict = ask(check, look)
        assert (verdict.outcome, verdict.because) == ("UNKNOWN", "log.present")


def test_a_dangling_link_is_named() -> None:
    verdict = ask(PRESENT, within(logs={LOG: LogFact(f"{LOG} (a link to /srv/gone)", ())}))
    assert verdict.outcome == "FAIL"
    assert verdict.message.endswith(f"{LOG} does not exist (a link to /srv/gone)")


def test_a_log_that_is_no_file_is_unknown_and_says_once_what_it_is() -> None:
    problem = (
        "it is a link to /dev/stdout, which cannot be read as a file; ask for the engine's log instead: docker: true"
    )
    look = logged(size=0, mtime=0.0, uid=-1, problem=problem)
    for check in (PRESENT, CLEAN, FRESH):
        verdict = ask(check, look)
        assert verdict.outcome == "UNKNOWN"
        assert verdict.message.endswith(f"{LOG} {problem.removeprefix('it ')}")


def test_a_log_whose_stat_could_not_be_read_is_neither_empty_nor_of_a_wrong_owner() -> None:
    look = logged(size=0, mtime=0.0, uid=-1, problem="permission denied")
    for check, declares in ((PRESENT, {"user": "appsvc", "not_empty": True}), (FRESH, {"fresh": "10s"})):
        verdict = ask(check, look, **declared(**declares))
        assert verdict.outcome == "UNKNOWN"
        assert "permission denied" in verdict.message


def test_l06_an_empty_log_is_not_fresh() -> None:
    verdict = ask(FRESH, logged(size=0))
    assert verdict.outcome == "FAIL"
    assert "0 bytes" in verdict.message
    assert ask(PRESENT, logged(size=0), **declared(not_empty=True)).outcome == "FAIL"


def test_l07_a_log_that_stopped_growing_is_not_fresh() -> None:
    assert "written to 7200 s ago, limit 60 s" in ask(FRESH, logged(mtime=NOW + 0.3 - 7200.0)).message
    assert ask(FRESH, logged(mtime=NOW + 100.0)).outcome == "FAIL"


def test_l09_errors_in_the_docker_log_are_found_by_expression() -> None:
    look = facts(docker_log={"docker": log("docker log", hit(4, "panic: nil map"))})
    verdict = ask("log.clean[docker]", look)
    assert verdict.outcome == "FAIL"
    assert "'FATAL|panic' in docker log: line 4" in verdict.message


def test_l10_a_driver_that_keeps_nothing_is_unknown() -> None:
    look = facts(instance=container(log_driver="none"), docker_log={"docker": LogFact("docker log", ())})
    assert "its driver is 'none'" in ask("log.present[docker]", look).message
    assert ask("log.present[docker]", look).outcome == "UNKNOWN"
    assert ask("log.clean[docker]", facts(docker_log={})).outcome == "UNKNOWN"


def test_h10_harmless_lines_are_allowed() -> None:
    assert ask(CLEAN, logged(hit(3, "ERROR_RATE=0"), hit(4, "ERROR summary errors=0"))).passed


def test_an_allowance_ends_with_its_day() -> None:
    look = logged(hit(3, "ERROR known"))
    today = "2026-09-21"
    assert clean(look, allow=[{"regex": "known$", "until": today, "reason": "fixed in 1.5"}]).passed
    verdict = clean(look, allow=[{"line": "known", "until": "2026-09-20"}])
    assert verdict.outcome == "FAIL"
    assert "it was allowed until 2026-09-20" in verdict.message


def test_h11_errors_from_before_the_start_do_not_count() -> None:
    look = logged(hit(1, "ERROR old", STARTED - 5.0))
    assert clean(look).passed
    assert clean(look, since="all").outcome == "FAIL"


def test_a_line_in_the_second_of_the_start_or_without_a_time_counts() -> None:
    start = container(started_at=STARTED + 0.6)
    for line in (hit(1, "ERROR now", STARTED), hit(1, "ERROR when?", None)):
        look = replace(logged(line), instance=start)
        assert clean(look).outcome == "FAIL"


def test_hits_that_were_not_carried_make_a_clean_log_unknown() -> None:
    allowed = [{"line": "fine"}]
    assert clean(logged(hit(900, "ERROR fine"), dropped=7), allow=allowed).outcome == "UNKNOWN"
    assert clean(logged(dropped=7)).outcome == "UNKNOWN"
    assert clean(logged(hit(900, "ERROR bad"), dropped=7)).outcome == "FAIL"
    old = logged(hit(900, "ERROR old", STARTED - 50.0), dropped=7)
    assert clean(old).outcome == "UNKNOWN"


def test_a_stamp_that_is_not_believed_excuses_nothing() -> None:
    doubt = "its newest time stamp is 5.0 h before its last write"
    old = hit(1, "ERROR old", STARTED - 5.0)
    verdict = clean(logged(old, doubt=doubt))
    assert verdict.outcome == "UNKNOWN"
    assert doubt in verdict.message
    assert clean(logged(old, doubt=doubt), allow=["old"]).passed
    assert clean(logged(old, hit(2, "ERROR when?", None), doubt=doubt)).outcome == "FAIL"


def test_an_allowance_takes_no_longer_for_a_hostile_line() -> None:
    lines = [hit(number, "timeout retry " * 290) for number in range(200)]
    assert clean(logged(*lines), allow=[{"regex": ".*timeout.*retry.*done"}]).outcome == "FAIL"


def test_a_line_is_redacted_before_it_is_cut() -> None:
    verdict = clean(logged(hit(1, "ERROR " + "x" * 180 + " password=hunter2hunter2")))
    assert "hunter" not in verdict.message + str(verdict.evidence)


def test_a_log_that_was_not_read_to_its_end_is_unknown_unless_an_error_was_found() -> None:
    assert ask(CLEAN, logged(problem="it shrank while it was read")).outcome == "UNKNOWN"
    assert ask(PRESENT, logged(problem="permission denied")).outcome == "UNKNOWN"
    assert ask(CLEAN, logged(hit(1, "ERROR"), problem="it shrank")).outcome == "FAIL"


def test_the_owner_of_a_log_is_compared_as_uid() -> None:
    assert ask(PRESENT, logged(), **declared(user="appsvc")).passed
    assert "uid 0 (root), expected appsvc (1500)" in ask(PRESENT, logged(uid=0), **declared(user="appsvc")).message
    assert ask(PRESENT, logged(), **declared(user="who")).outcome == "UNKNOWN"


def test_a_log_that_could_not_be_looked_at_is_unknown() -> None:
    for look in (within(logs={LOG: NO_RIGHT}), within(logs={})):
        assert {ask(check, look).outcome for check in (PRESENT, CLEAN, FRESH)} == {"UNKNOWN"}
