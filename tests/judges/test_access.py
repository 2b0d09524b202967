"""The steps on the way to a host: each told by its own aspect, and what comes after one that was not taken."""

from dataclasses import replace
from typing import Any, get_args

import pytest

from seatrial.host import STAGES, Access, Stage
from seatrial.instance import Instance
from seatrial.judges import judge
from seatrial.plan import make_plan
from seatrial.snapshot import ServiceFacts, SlotFacts, Snapshot
from seatrial.spec.deployment import DeploymentSpec
from seatrial.verdicts import Outcome

from .facts import NO_RIGHT, facts
from .hosts import BASTION, access, ask_host, fleet, host_plan, on_host, trouble, with_host

FIRST = "relay.0 (relay-1, 10.0.0.1)"
STEPS = pytest.mark.parametrize("stage", STAGES)


def outcomes(look: Snapshot, instances: int = 1) -> dict[str, tuple[str, str]]:
    """Check id without its slot → outcome and because, of slot 0."""
    told = {check.id: judge(check, look) for check in host_plan(instances) if check.slot == "relay.0"}
    return {key.partition("/")[2]: (verdict.outcome.value, verdict.because) for key, verdict in told.items()}


def test_the_steps_are_all_there_in_the_order_in_which_they_are_taken() -> None:
    assert get_args(Stage) == STAGES


def test_a_host_that_was_reached_passes_all_of_it() -> None:
    assert set(outcomes(fleet(on_host())).values()) == {("PASS", "")}


def test_who_logged_in_and_where_is_told() -> None:
    message = ask_host("access.shell").message
    assert message == f"{FIRST}: logged in at 10.0.0.1:22 as deploy through {BASTION}"
    two = access(route=(BASTION, "inner 10.9.0.1:22"), notes=("ControlPath is not used",))
    assert (
        "through bastion 172.17.0.2:22, then inner 10.9.0.1:22"
        in ask_host("host.reach", fleet(on_host(), ways={0: two})).message
    )
    assert ask_host("host.route", fleet(on_host(), ways={0: two})).message.endswith("; ControlPath is not used")
    assert (
        "10.0.0.1:22 without a jump host"
        in ask_host("host.route", fleet(on_host(), ways={0: access(route=())})).message
    )
    assert "deploy reads as root by sudo -n at 10.0.0.1:22" in ask_host("access.sudo").message


def test_the_identity_of_a_host_is_its_key_and_what_it_calls_itself() -> None:
    message = ask_host("host.identity").message
    assert "10.0.0.1:22 shows SHA256:abc" in message
    assert message.endswith("hostname relay-1, machine-id id-0")


@STEPS
@pytest.mark.parametrize("wrong", [True, False])
def test_what_stopped_us_is_told_by_its_own_step_and_explains_all_that_comes_after_it(
    stage: Stage, wrong: bool
) -> None:
    look = fleet(ways={0: trouble(stage, "it is so", wrong=wrong)})
    told = outcomes(look)
    at = STAGES.index(stage)
    assert told[stage] == ("FAIL" if wrong else "UNKNOWN", "")
    assert [told[before] for before in STAGES[:at]] == [("PASS", "")] * at
    rest = {key: verdict for key, verdict in told.items() if key not in STAGES[: at + 1]}
    assert set(rest.values()) == {("UNKNOWN", stage)}
    assert ask_host(stage, look).message == f"{FIRST}: it is so"


@STEPS
def test_what_was_read_before_a_trouble_counts_for_nothing(stage: Stage) -> None:
    told = outcomes(fleet(on_host(), ways={0: trouble(stage)}))
    assert all(verdict == "UNKNOWN" for key, (verdict, _) in told.items() if key not in STAGES)


@STEPS
def test_a_slot_whose_host_was_not_reached_is_unknown(stage: Stage) -> None:
    look = replace(fleet(on_host()), access={})
    verdict = judge(next(check for check in host_plan() if check.aspect == stage), look)
    assert (verdict.outcome, verdict.message) == ("UNKNOWN", "relay.0: was not reached")


def test_a_slot_for_which_the_inventory_has_no_host_is_explained_by_the_instances() -> None:
    look = replace(fleet(on_host()), access={}, slots={}, services={"relay": ServiceFacts("relay", ("relay-1",))})
    checks = [check for check in host_plan() if check.slot == "relay.0"]
    assert {(judge(check, look).outcome, judge(check, look).because) for check in checks} == {
        (Outcome.UNKNOWN, "instances")
    }


@pytest.mark.parametrize(
    ("stage", "changes"),
    [
        ("host.reach", {"fingerprint": ""}),
        ("host.identity", {"fingerprint": ""}),
        ("access.shell", {"answered_at": 0.0}),
        ("access.sudo", {"answered_at": 0.0}),
        ("access.sudo", {"sudo": False}),
        ("host.clock", {"answered_at": 0.0}),
    ],
)
def test_a_step_that_nothing_stopped_and_nothing_proves_is_unknown(stage: str, changes: dict[str, Any]) -> None:
    assert ask_host(stage, fleet(on_host(), ways={0: access(**changes)})).outcome == "UNKNOWN"


@pytest.mark.parametrize(
    "slot",
    [
        on_host(hostname=NO_RIGHT),
        replace(on_host(), inside=NO_RIGHT),
        replace(on_host(), changed="host key was a and is b"),
        replace(on_host(), inside=replace(on_host().inside, identity_last=(100, "another boot"))),
        replace(on_host(), inside=replace(on_host().inside, host=None)),
    ],
)
def test_a_host_that_could_not_be_asked_who_it_is_or_was_another_one_meanwhile_is_unknown(slot: SlotFacts) -> None:
    assert ask_host("host.identity", fleet(slot)).outcome == "UNKNOWN"


@pytest.mark.parametrize("machine_id", [NO_RIGHT, ""])
def test_a_host_without_a_machine_id_is_known_by_its_key(machine_id: Any) -> None:
    verdict = ask_host("host.identity", with_host(machine_id=machine_id))
    assert verdict.passed
    assert "no machine-id" in verdict.message


@pytest.mark.parametrize("slot", [NO_RIGHT, replace(on_host(), inside=NO_RIGHT)])
def test_where_nothing_has_run_the_reason_is_told(slot: Any) -> None:
    look = replace(fleet(on_host(), ways={0: access(answered_at=0.0)}), slots={"relay.0": slot})
    assert ask_host("access.shell", look).message == f"{FIRST}: permission denied"


def twin(**changes: Any) -> SlotFacts:
    """What slot 1 shows, where it is the machine of slot 0."""
    first = on_host().inside
    return on_host(1, host={"machine_id": "id-0"}, **{"hostname": "relay-1", "identity": first.identity, **changes})


def test_two_hosts_of_the_inventory_that_are_one_machine_are_named() -> None:
    look = fleet(on_host(), twin())
    for slot, own, other in (("relay.0", "relay-1", "relay.1 (relay-2)"), ("relay.1", "relay-2", "relay.0 (relay-1)")):
        verdict = ask_host(f"{slot}/host.identity", look)
        assert verdict.outcome == "FAIL"
        assert f"{own} is the same machine as {other}" in verdict.message


@pytest.mark.parametrize(
    "other",
    [on_host(1), twin(hostname="relay-2"), twin(identity=(101, "boot-0")), on_host(1, host={"machine_id": "id-0"})],
)
def test_containers_on_one_kernel_and_machines_made_from_one_image_are_not_one_machine(other: SlotFacts) -> None:
    assert ask_host("host.identity", fleet(on_host(), other)).passed


def test_one_host_may_fill_a_slot_of_each_of_two_services() -> None:
    assert ask_host("host.identity", fleet(on_host(), twin(), ways={1: access()})).passed


def test_where_a_machine_id_could_not_be_read_one_boot_makes_it_unknown() -> None:
    blind = on_host(1, host={"machine_id": NO_RIGHT}, hostname=NO_RIGHT, identity=on_host().inside.identity)
    verdict = ask_host("host.identity", fleet(on_host(), blind))
    assert verdict.outcome == "UNKNOWN"
    assert "relay-1 may be the same machine as relay.1 (relay-2)" in verdict.message


def test_sudo_that_leads_to_somebody_else_than_root_is_no_sudo() -> None:
    assert ask_host("access.sudo", on_host()).passed
    verdict = ask_host("access.sudo", on_host(reader_uid=2001))
    assert verdict.outcome == "FAIL"
    assert "sudo -n leads to uid 2001, not to root" in verdict.message
    assert ask_host("access.sudo", on_host(reader_uid=NO_RIGHT)).outcome == "UNKNOWN"
    assert ask_host("access.sudo", on_host(reader_uid=None)).outcome == "UNKNOWN"


class TestEngineOnAHost:
    """Containers of an engine that is on a host behind SSH."""

    CHECKS = make_plan(
        DeploymentSpec.model_validate(
            {
                "deployment": "p2p",
                "hosts": {"named": {"engine-1": {"address": "10.0.0.9"}}},
                "services": {
                    "box": {
                        "on": "docker",
                        "docker": {"engine": "ssh://engine-1"},
                        "locate": {"name": "box"},
                        "processes": [{"exe": "orderd"}],
                    }
                },
            }
        )
    ).checks

    def verdicts(self, way: Access, slot: SlotFacts | None) -> dict[str, tuple[str, str]]:
        look = Snapshot(
            taken_at=0.0,
            took_s=0.4,
            services={"box": ServiceFacts("box", ("box",)) if slot else NO_RIGHT},
            slots={"box.0": slot} if slot else {},
            access={"box.0": way},
        )
        told = {check.aspect: judge(check, look) for check in self.CHECKS}
        return {aspect: (verdict.outcome.value, verdict.because) for aspect, verdict in told.items()}

    def test_the_way_there_is_judged_for_each_of_them(self) -> None:
        told = self.verdicts(access(), facts("box.0"))
        assert {told[stage] for stage in STAGES if stage in told} == {("PASS", "")}
        assert "access.sudo" not in told

    def test_two_engines_on_one_machine_are_told(self) -> None:
        one, other = access(), access(1, itself=access().itself)
        look = Snapshot(0.0, 0.4, {}, {"box.0": facts("box.0")}, access={"box.0": one, "crate.0": other})
        verdict = next(judge(check, look) for check in self.CHECKS if check.aspect == "host.identity")
        assert verdict.outcome == "FAIL"
        assert "relay-1 is the same machine as crate.0 (relay-2)" in verdict.message

    def test_what_an_engine_answered_proves_the_shell_through_which_it_was_asked(self) -> None:
        way = access(asked_at=0.0, answered_at=0.0)
        assert self.verdicts(way, facts("box.0"))["access.shell"] == ("PASS", "")
        assert self.verdicts(way, None)["access.shell"] == ("UNKNOWN", "")

    def test_a_trouble_on_the_way_explains_what_is_not_known_of_the_container(self) -> None:
        told = self.verdicts(trouble("host.reach"), None)
        assert told["host.reach"] == ("UNKNOWN", "")
        assert told["container.state"] == told["process.count"] == ("UNKNOWN", "host.reach")
        assert isinstance(facts().instance, Instance)
