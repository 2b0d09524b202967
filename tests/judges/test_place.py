"""Every verdict of a slot behind SSH names the server, and what helps where only a right was missing there."""

from dataclasses import replace
from typing import Any

import pytest

from seatrial.host import Trouble
from seatrial.judges import judge
from seatrial.judges.place import REMEDY
from seatrial.snapshot import Snapshot, Unreadable
from seatrial.spec.check import Check
from seatrial.spec.inventory.host import Host

from .facts import facts
from .hosts import access, ask_host, fleet, host_plan, on_host, trouble
from .test_access import TestEngineOnAHost

DENIED = Unreadable("the open files of pid 1 could not be read: Permission denied")
KERNEL = next(check for check in host_plan() if check.aspect == "host.kernel")


def kernel(look: Snapshot, host: Host | None = None) -> str:
    """What is said of a kernel, where the file names the host so."""
    return judge(replace(KERNEL, host=host), look).message


def test_every_verdict_of_a_host_begins_with_its_slot_name_and_address() -> None:
    look = fleet(on_host(), on_host(1), on_host(2), ways={1: access(1, trouble=Trouble("host.reach", "it is so"))})
    checks = [check for check in host_plan(3) if check.slot != "relay"]
    wrong = [
        message
        for check in checks
        if not (message := judge(check, look).message).startswith(
            f"{check.slot} (relay-{check.ordinal + 1}, 10.0.0.{check.ordinal + 1}): "
        )
    ]
    assert len(checks) > 40
    assert wrong == []


@pytest.mark.parametrize(
    ("dialled", "shown"),
    [
        ("10.0.0.1:22", "relay-1, 10.0.0.1"),
        ("10.0.0.1:2222", "relay-1, 10.0.0.1:2222"),
        ("[fe80::22]:22", "relay-1, fe80::22"),
        ("fe80::1:22", "relay-1, fe80::1:22"),
        ("relay-1", "relay-1"),
        ("", "relay-1"),
    ],
)
def test_where_only_the_configuration_of_ssh_knows_the_address_it_is_the_dialled_one(dialled: str, shown: str) -> None:
    look = fleet(ways={0: replace(trouble("host.reach"), address=dialled)})
    assert kernel(look) == f"relay.0 ({shown}): it is so"


def test_the_address_of_the_inventory_is_the_one_that_is_told() -> None:
    assert kernel(fleet(on_host()), Host("relay-1", "10.9.9.9")).startswith("relay.0 (relay-1, 10.9.9.9): ")


def test_a_host_of_which_the_look_says_nothing_is_named_from_the_file() -> None:
    look = replace(fleet(), access={}, slots={"relay.0": Unreadable("the look took too long")})
    assert kernel(look, Host("relay-1", "10.0.0.1")) == "relay.0 (relay-1, 10.0.0.1): the look took too long"
    assert kernel(look) == "relay.0: the look took too long"


def test_a_container_of_an_engine_on_a_host_names_that_host() -> None:
    look = Snapshot(0.0, 0.4, services={}, slots={"box.0": facts("box.0")}, access={"box.0": access()})
    told = [judge(check, look).message for check in TestEngineOnAHost.CHECKS if check.slot == "box.0"]
    assert len(told) > 5
    assert [message for message in told if not message.startswith("box.0 (on relay-1): ")] == []


def blind(**way: Any) -> str:
    """What is said where a right was missing, and the host was reached in this way."""
    look = fleet(on_host(processes=DENIED), ways={0: access(**{"sudo": False, **way})})
    return ask_host("process.count[systemd]", look).message


def test_who_may_not_see_a_fact_is_told_once_what_helps() -> None:
    assert blind() == f"relay.0 (relay-1, 10.0.0.1): {DENIED.reason}; {REMEDY}"


@pytest.mark.parametrize("way", [{"sudo": True}, {"user": "root"}, {"user": ""}])
def test_who_is_root_there_already_is_not_told_to_be(way: dict[str, Any]) -> None:
    assert REMEDY not in blind(**way)


def test_a_login_that_was_refused_or_another_finding_is_not_to_be_mended_by_root() -> None:
    refused = replace(trouble("host.reach", "permission denied (publickey)"), sudo=False)
    assert REMEDY not in kernel(fleet(ways={0: refused}))
    dark: Check = next(check for check in host_plan() if check.id == "relay.0/process.state[systemd]")
    gone = fleet(on_host(processes=()), ways={0: access(sudo=False)})
    assert REMEDY not in judge(dark, gone).message
