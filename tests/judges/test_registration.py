"""zk.*: one node for each instance, found by its data, with the right address, ephemeral."""

from typing import Any

import pytest

from seatrial.snapshot import Node, RegistryPath, SlotFacts, Snapshot, Unreadable
from seatrial.verdicts import Verdict

from .facts import NO_RIGHT, PATH, STARTED, ask, container, facts, node, registry, snapshot

NODE, DATA, EPHEMERAL = f"zk.node[{PATH}]", f"zk.data[{PATH}]", f"zk.ephemeral[{PATH}]"


def second(**changes: Any) -> SlotFacts:
    """A second slot at 172.17.0.5."""
    usual: dict[str, Any] = {"name": "p2p-orderd-2", "hostname": "orderd-2", "addresses": {"p2p_net": "172.17.0.5"}}
    return facts("orderd.1", instance=container(**{**usual, **changes}))


def registered(*nodes: Node, slots: tuple[SlotFacts, ...] = (), **changes: Any) -> Snapshot:
    """A look at these slots, by default the one, and these nodes."""
    return snapshot(*slots, registry={PATH: registry(*nodes, **changes)})


def told(check: str, look: Snapshot, **service: Any) -> Verdict:
    """The verdict of slot 0 in a service of as many instances as the look has slots."""
    return ask(check, look, **{"instances": len(look.slots), **service})


@pytest.mark.parametrize("check", [NODE, DATA, EPHEMERAL])
def test_a_registered_instance_passes(check: str) -> None:
    assert ask(check).passed


def test_h15_nodes_are_matched_by_what_they_say_not_by_their_names() -> None:
    look = registered(node("z-9", "172.17.0.5:8080"), node("a-1"), slots=(facts(), second()))
    assert told(NODE, look).message.endswith("/a-1 is its node")
    assert ask(f"orderd.1/{DATA}", look, instances=2).passed


def test_z01_a_missing_node_proves_that_the_server_answered() -> None:
    verdict = ask(NODE, registered())
    assert verdict.outcome == "FAIL"
    assert f"no child under {PATH} on zk-1 (server answered, zxid 0x5)" in verdict.message
    for check in (DATA, EPHEMERAL):
        verdict = ask(check, registered())
        assert (verdict.outcome, verdict.because) == ("UNKNOWN", "zk.node")


def test_a_path_that_is_not_there_is_told_apart_from_an_empty_one() -> None:
    assert f"{PATH} is not there on zk-1" in ask(NODE, registered(exists=False)).message
    assert ask(DATA, registered(exists=False)).outcome == "UNKNOWN"


def test_z02_a_persistent_node_is_wrong() -> None:
    verdict = ask(EPHEMERAL, registered(node(owner=0)))
    assert verdict.outcome == "FAIL"
    assert f"{PATH}/i-1 is persistent (ephemeralOwner=0x0): stays when the service dies" in verdict.message


def test_z04_a_wrong_address_is_the_node_of_the_only_slot_that_has_none() -> None:
    look = registered(node(data="172.17.0.99:8080"))
    assert ask(NODE, look).passed
    verdict = ask(DATA, look)
    assert verdict.outcome == "FAIL"
    assert "i-1 says 172.17.0.99:8080, container has 172.17.0.4" in verdict.message
    assert "belongs to no container of this deployment now" in verdict.message


def test_a_wrong_port_belongs_to_the_slot_whose_address_it_is() -> None:
    look = registered(node("i-2", "172.17.0.5:9999"), node("i-1", "172.17.0.4:9999"), slots=(facts(), second()))
    assert "i-1 says 172.17.0.4:9999" in told(DATA, look).message


def test_nodes_are_not_handed_out_where_there_are_fewer_than_slots() -> None:
    look = registered(node(data="172.17.0.99:8080"), slots=(facts(), second()))
    for slot in ("orderd.0", "orderd.1"):
        verdict = ask(f"{slot}/{NODE}", look, instances=2)
        assert verdict.outcome == "FAIL"
        assert "there is: i-1 says 172.17.0.99:8080" in verdict.message


def test_nodes_are_not_handed_out_while_a_slot_is_not_known() -> None:
    look = snapshot(registry={PATH: registry(node("a", "172.17.0.5:8080"), node("b", "172.17.0.5:8080"))})
    blind = Snapshot(look.taken_at, look.took_s, look.services, {**look.slots, "orderd.1": NO_RIGHT}, look.registry)
    assert ask(NODE, blind, instances=2).outcome == "FAIL"


def test_a_node_of_another_service_is_not_taken_for_ours() -> None:
    other = facts("gms.0", instance=container(name="gms", addresses={"p2p_net": "172.17.0.9"}))
    look = registered(node(data="172.17.0.9:7000"), slots=(facts(), other))
    assert ask(NODE, look).outcome == "FAIL"


def test_z07_a_double_registration_names_both_nodes_and_sessions() -> None:
    verdict = ask(NODE, registered(node("i-2", owner=1), node("i-3", owner=2)))
    assert verdict.outcome == "FAIL"
    assert "i-2 (session 0x1) and i-3 (session 0x2) say 172.17.0.4:8080" in verdict.message


def test_a_node_of_no_container_is_kept_as_evidence() -> None:
    verdict = ask(NODE, registered(node(), node("ghost", "172.17.0.77:8080")))
    assert verdict.passed
    assert ("address of nobody", "ghost says 172.17.0.77:8080") in verdict.evidence


def test_z14_a_node_that_may_not_be_read_makes_the_answer_unknown() -> None:
    hidden = node("i-1", "", problem="NoAuth: need read for the verifier")
    assert ask(NODE, registered(hidden)).outcome == "UNKNOWN"
    assert "NoAuth" in ask(DATA, registered(hidden)).message
    assert ask(NODE, registered(node(), hidden)).outcome == "UNKNOWN"
    assert ask(DATA, registered(node(), hidden)).passed


@pytest.mark.parametrize("fact", [Unreadable("lost ZooKeeper for 20 s"), None])
def test_z15_a_registry_that_does_not_answer_is_unknown(fact: RegistryPath | Unreadable | None) -> None:
    look = snapshot(registry={} if fact is None else {PATH: fact})
    assert all(ask(check, look).outcome == "UNKNOWN" for check in (NODE, DATA, EPHEMERAL))


def test_z17_data_that_is_no_text_is_told_by_its_size_and_first_bytes() -> None:
    verdict = ask(DATA, registered(node(data=b"\xff\xfe" * 30_000)))
    assert verdict.outcome == "FAIL"
    assert "60000 bytes that are no text (first bytes ff fe" in verdict.message


def test_json_is_compared_as_json() -> None:
    declared = {"registered": {"path": PATH, "data": '{"host": "{ip}", "port": 8080}'}}
    assert ask(DATA, registered(node(data='{"port":8080,"host":"172.17.0.4"}\n')), **declared).passed
    assert ask(DATA, registered(node(data='{"port":"8080","host":"172.17.0.4"}')), **declared).outcome == "FAIL"
    assert ask(DATA, registered(node(data="[" * 60_000)), **declared).outcome == "FAIL"


def test_the_address_may_be_that_of_any_network_or_of_the_declared_one() -> None:
    box = facts(instance=container(addresses={"p2p_front": "10.0.0.2", "p2p_back": "172.17.0.4"}))
    look = registered(node(), slots=(box,))
    assert ask(DATA, look).passed
    assert ask(DATA, look, registered={"path": PATH, "data": "{ip}:8080", "network": "back"}).passed
    assert ask(DATA, look, registered={"path": PATH, "data": "{ip}:8080", "network": "front"}).outcome == "FAIL"
    assert ask(DATA, look, registered={"path": PATH, "data": "{ip}:8080", "network": "other"}).outcome == "UNKNOWN"


def test_names_may_stand_in_the_data() -> None:
    declared = {"registered": {"path": PATH, "data": "{hostname}/{name}"}}
    assert ask(DATA, registered(node(data="orderd-1/p2p-orderd-1")), **declared).passed


def test_the_registration_of_a_paused_container_is_unknown_because_of_its_state() -> None:
    verdict = ask(NODE, registered(node(), slots=(facts(instance=container(status="paused")),)))
    assert (verdict.outcome, verdict.because) == ("UNKNOWN", "container.state")


def test_a_node_that_an_earlier_container_left_is_no_registration() -> None:
    look = registered(node(created=STARTED - 37.0))
    verdict = ask(NODE, look)
    assert verdict.outcome == "FAIL"
    assert "i-1 was registered 37 s before this container started: left by an earlier one" in verdict.message
    for check in (DATA, EPHEMERAL):
        verdict = ask(check, look)
        assert (verdict.outcome, verdict.because) == ("UNKNOWN", "zk.node")


def test_a_node_beside_one_that_was_left_behind_is_told_of_both() -> None:
    look = registered(node("i-1", created=STARTED - 37.0), node("i-2"))
    assert "registered 2 times" in ask(NODE, look).message
    assert "/i-1 was registered 37 s before" in ask(NODE, look).message
    assert ask(DATA, look).passed


@pytest.mark.parametrize(("before", "outcome"), [(0.3, "PASS"), (1.5, "UNKNOWN"), (2.5, "FAIL")])
def test_clocks_that_differ_a_little_make_no_registration_wrong(before: float, outcome: str) -> None:
    assert ask(NODE, registered(node(created=STARTED - before))).outcome == outcome


def test_h14_a_node_whose_session_outlived_the_registry_stays_right() -> None:
    assert ask(NODE, registered(node(created=STARTED + 1.0))).passed


def test_a_persistent_node_may_be_older_than_its_container() -> None:
    look = registered(node(owner=0, created=STARTED - 4000.0))
    declared = {"registered": {"path": PATH, "data": "{ip}:8080", "ephemeral": False}}
    assert ask(NODE, look, **declared).passed
    assert ask(DATA, look, **declared).passed


def test_z05_the_node_of_the_container_before_with_its_old_address_is_told_as_such() -> None:
    verdict = ask(DATA, registered(node(data="172.17.0.99:8080", created=STARTED - 37.0)))
    assert verdict.outcome == "FAIL"
    assert "belongs to no container of this deployment now" in verdict.message


def test_instances_that_must_say_the_same_need_a_node_each() -> None:
    declared = {"registered": {"path": PATH, "data": "{hostname}"}}
    slots = (facts(), second(hostname="orderd-1"))
    one = registered(node(data="orderd-1"), slots=slots)
    for slot in ("orderd.0", "orderd.1"):
        verdict = ask(f"{slot}/{NODE}", one, instances=2, **declared)
        assert verdict.outcome == "FAIL"
        assert "must all say orderd-1, but 1 node says so" in verdict.message
    two = registered(node("a", "orderd-1"), node("b", "orderd-1"), slots=slots)
    assert ask(NODE, two, instances=2, **declared).passed
    three = registered(*(node(name, "orderd-1") for name in "abc"), slots=slots)
    assert "registered 3 times" in ask(NODE, three, instances=2, **declared).message


def test_json_with_one_key_and_two_values_is_not_as_declared() -> None:
    declared = {"registered": {"path": PATH, "data": '{"host": "{ip}"}'}}
    look = registered(node(data='{"host": "172.17.0.99", "host": "172.17.0.4"}'))
    assert ask(DATA, look, **declared).outcome == "FAIL"
