"""instances and container.*, and what their findings mean for everything else of a slot."""

from typing import Any

import pytest

from seatrial.judges import judge
from seatrial.snapshot import ServiceFacts, SlotFacts, Unreadable

from .facts import IMAGE, NO_RIGHT, NOW, ask, container, facts, hit, inside, log, plan, snapshot

STATE = "container.state"
STOPPED: list[tuple[dict[str, Any], str]] = [
    ({"status": "paused"}, "p2p-orderd-1 is paused"),
    ({"status": "exited", "finished_at": NOW - 10.0}, "exited (0) 14:13:10 UTC"),
    ({"status": "exited", "exit_code": 137, "oom_killed": True, "finished_at": NOW}, "killed for memory (OOM)"),
    ({"status": "created", "started_at": 0.0, "error": "no such file: sh"}, "never started; the engine says: no such"),
    ({"status": "restarting", "restarts": 3, "exit_code": 3}, "restarting, for the 3. time, last exit code 3"),
    ({"status": "dead"}, "dead (exit code 0)"),
]


@pytest.mark.parametrize("check", [STATE, "container.image", "container.health", "container.restarts"])
def test_a_healthy_container_passes(check: str) -> None:
    assert ask(check).passed
    assert ask("orderd/instances").passed


@pytest.mark.parametrize(("changes", "said"), STOPPED)
def test_k01_k06_k07_a_container_that_does_not_run_is_told_as_the_engine_tells_it(
    changes: dict[str, Any], said: str
) -> None:
    verdict = ask(STATE, facts(instance=container(**changes)))
    assert verdict.outcome == "FAIL"
    assert said in verdict.message


@pytest.mark.parametrize(
    "status", ["paused", "exited", "created", "restarting", "dead", "removing", "new-in-docker-99"]
)
def test_nothing_passes_inside_a_container_that_does_not_run(status: str) -> None:
    look = snapshot(facts(instance=container(status=status)))
    for check in plan():
        verdict = judge(check, look)
        if check.aspect in ("instances", "container.image", "container.restarts"):
            continue
        if check.aspect == "container.stable" and status == "restarting":
            assert verdict.outcome == "FAIL"
            continue
        assert not verdict.passed, check.id
        if check.aspect != STATE:
            assert (verdict.outcome, verdict.because) == ("UNKNOWN", STATE), check.id


def test_the_last_denied_line_of_its_logs_explains_an_exit() -> None:
    look = facts(
        instance=container(status="exited", exit_code=1), docker_log={"docker": log("docker log", hit(3, "panic: x"))}
    )
    assert "last denied log line: docker log line 3 'panic: x'" in ask(STATE, look).message


def test_k08_nothing_passes_in_a_slot_that_changed_while_we_looked() -> None:
    look = snapshot(facts(changed="started_at was 1 and is 2"))
    verdicts = {check.id: judge(check, look) for check in plan() if check.slot == "orderd.0"}
    assert {verdict.outcome for verdict in verdicts.values()} == {"UNKNOWN"}
    assert all("started_at was 1 and is 2" in verdict.message for verdict in verdicts.values())


def test_k08_a_container_that_died_while_we_looked_is_wrong() -> None:
    gone = facts(instance=container(status="exited", exit_code=137, finished_at=NOW), changed="status was running")
    assert ask(STATE, gone).outcome == "FAIL"
    assert ask("container.restarts", gone).outcome == "UNKNOWN"


def test_another_first_process_at_the_end_is_a_change() -> None:
    assert ask(STATE, facts(inside=inside(identity_last=(200, "boot")))).outcome == "UNKNOWN"


def test_k10_the_same_tag_on_another_image_names_both() -> None:
    verdict = ask("container.image", facts(image_id="sha256:" + "1ac5" * 16))
    assert verdict.outcome == "FAIL"
    for part in ("runs sha256:c73bc73bc73b", "app:1 is now sha256:1ac51ac51ac5", "same tag, other image"):
        assert part in verdict.message


@pytest.mark.parametrize("fact", [NO_RIGHT, ""])
def test_an_image_that_was_not_looked_up_is_unknown(fact: Any) -> None:
    assert ask("container.image", facts(image_id=fact)).outcome == "UNKNOWN"
    assert ask("container.image", facts(image_id=IMAGE)).passed


@pytest.mark.parametrize("health", ["unhealthy", "starting", "", "none"])
def test_k03_k04_any_other_health_is_wrong(health: str) -> None:
    assert ask("container.health", facts(instance=container(health=health))).outcome == "FAIL"


def test_more_restarts_than_allowed_are_wrong() -> None:
    assert "restarted it 2 times, at most 0" in ask("container.restarts", facts(instance=container(restarts=2))).message


def test_a_slot_that_nothing_fills_is_wrong_once_and_unknown_everywhere_else() -> None:
    look = snapshot(services={"orderd": ServiceFacts("orderd", ("p2p-orderd-1 running",), empty=("orderd.1",))})
    verdict = ask("orderd/instances", look, instances=2)
    assert verdict.outcome == "FAIL"
    assert "nothing fills orderd.1; found: p2p-orderd-1 running" in verdict.message
    for check in plan(2):
        if check.slot == "orderd.1":
            verdict = judge(check, look)
            assert (verdict.outcome, verdict.because) == ("UNKNOWN", "instances")


def test_a_slot_that_is_missing_without_being_called_empty_is_wrong_too() -> None:
    assert ask("orderd/instances", snapshot(), instances=2).outcome == "FAIL"


def test_a_surplus_container_is_named() -> None:
    look = snapshot(services={"orderd": ServiceFacts("orderd", ("a", "b"), surplus=("p2p-orderd-2",))})
    assert "1 more than declared: p2p-orderd-2" in ask("orderd/instances", look).message


@pytest.mark.parametrize("slot", [NO_RIGHT, None])
def test_an_engine_that_does_not_answer_makes_everything_unknown(slot: SlotFacts | None) -> None:
    look = snapshot(services={"orderd": NO_RIGHT}, slots={} if slot is None else {"orderd.0": slot})
    assert {judge(check, look).outcome for check in plan()} == {"UNKNOWN"}
    assert {judge(check, snapshot(services={}, slots={})).outcome for check in plan()} == {"UNKNOWN"}


def test_a_service_of_which_nothing_is_told_is_not_a_pass() -> None:
    assert ask("orderd/instances", snapshot(services={"orderd": ServiceFacts("orderd", ())})).outcome == "UNKNOWN"


def test_what_was_counted_and_has_another_name_by_the_end_is_no_longer_counted() -> None:
    found = {"orderd": ServiceFacts("orderd", ("p2p-orderd-1 (running)",))}
    renamed = facts(
        instance=container(name="p2p-orderd-1-old"), changed="name was p2p-orderd-1 and is p2p-orderd-1-old"
    )
    verdict = ask("orderd/instances", snapshot(renamed, services=found))
    assert verdict.outcome == "UNKNOWN"
    assert "orderd.0: name was p2p-orderd-1 and is p2p-orderd-1-old" in verdict.message
    assert ask("orderd/instances", snapshot(facts(changed="state was running and is exited"), services=found)).passed


def test_what_was_counted_and_vanished_by_the_end_is_no_longer_counted() -> None:
    gone = Unreadable("container p2p-orderd-1 could not be looked at again at the end: no such container")
    verdict = ask("orderd/instances", snapshot(slots={"orderd.0": gone}))
    assert verdict.outcome == "UNKNOWN"
    assert "could not be looked at again at the end: no such container" in verdict.message
