"""The plan: which checks a file asks for, known before anything is contacted and the same tomorrow."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from seatrial.commands import app
from seatrial.demo import stack_folder
from seatrial.plan import NEEDS_A_TOUCH, make_plan
from seatrial.spec.deployment import DeploymentSpec
from seatrial.spec.load import load

EXAMPLE = stack_folder() / "deployment.yaml"
PROCESS = {"exe": "/opt/app"}


def spec(**service: Any) -> DeploymentSpec:
    one = {"locate": {"name": "x"}, **service}
    return DeploymentSpec.model_validate({"deployment": "d", "zookeeper": {"hosts": "zk"}, "services": {"x": one}})


ALWAYS = ["container.state", "container.stable", "container.oom"]


def container_ids(slot: str) -> list[str]:
    """What is always asked of a container."""
    return [f"{slot}/container.{aspect}" for aspect in ("state", "stable", "oom")]


def ids(**service: Any) -> list[str]:
    return [check.id for check in make_plan(spec(**service)).checks]


def test_a_bare_service_asks_for_its_instances_and_their_state():
    assert ids(instances=2) == ["x/instances", *container_ids("x.0"), *container_ids("x.1")]


def test_each_key_asks_for_its_own_checks():
    asked = ids(
        image="i",
        container={"health": "healthy", "max_restarts": 0},
        processes=[{**PROCESS, "user": "u", "argv": ["a"], "pidfile": "/p"}],
        ports=[{"port": 80, "owner": "app", "answer": {"http": "/"}, "published": True}, 81, "82/udp"],
        registered={"path": "/a"},
        watchdog={"exe": "w", "watches": "app", "heartbeat": {"file": "/b", "max_age": "5s"}},
        logs=[{"path": "/l", "deny": ["E"], "fresh": "5s"}],
        files=[{"path": "/f"}],
        status=[{"command": ["ctl"], "expect": {"n": 1}}],
    )
    assert asked == [
        "x/instances",
        *(f"x.0/container.{aspect}" for aspect in ("state", "stable", "oom", "image", "health", "restarts")),
        *(f"x.0/process.{aspect}[app]" for aspect in ("count", "state", "stable", "exe", "user", "argv", "pidfile")),
        *(f"x.0/port.{aspect}[80/tcp]" for aspect in ("bind", "owner", "answer", "mapping", "published")),
        "x.0/port.bind[81/tcp]",
        "x.0/port.accept[81/tcp]",
        "x.0/port.bind[82/udp]",
        *(f"x.0/zk.{aspect}[/a]" for aspect in ("node", "data", "ephemeral")),
        *(f"x.0/watchdog.{aspect}[w]" for aspect in ("alive", "target", "beat")),
        *(f"x.0/log.{aspect}[/l]" for aspect in ("present", "clean", "fresh")),
        "x.0/file.state[/f]",
        "x.0/status.value[ctl.n]",
    ]


HOST = {
    "kernel": ">= 3.10",
    "timezone": "Asia/Shanghai",
    "sysctl": {"vm.max_map_count": ">= 262144"},
    "disks": ["/data"],
    "users": ["relay"],
    "units": ["nginx"],
    "cron": ["@daily /opt/x"],
    "engine": ">= 20.10",
}
WAY = ["host.route", "host.reach", "host.identity", "access.shell"]


def test_a_host_is_asked_for_the_way_to_it_its_clock_and_what_is_declared():
    over_ssh = {"on": "ssh", "locate": {"host": "h"}}
    assert ids(**over_ssh) == ["x/instances", *(f"x.0/{aspect}" for aspect in (*WAY, "host.clock"))]
    assert ids(**over_ssh, host=HOST, files=[{"path": "/f"}])[6:] == [
        "x.0/host.kernel",
        "x.0/host.timezone",
        "x.0/host.sysctl[vm.max_map_count]",
        "x.0/host.disk[/data]",
        "x.0/host.user[relay]",
        "x.0/host.unit[nginx.service]",
        "x.0/host.cron[x]",
        "x.0/engine.version",
        "x.0/file.state[/f]",
    ]


def test_this_machine_is_asked_for_what_is_declared_only():
    here = {"on": "local", "locate": {"machine": True}}
    assert ids(**here) == ["x/instances"]
    assert ids(**here, host=HOST)[1:] == ids(on="ssh", locate={"host": "h"}, host=HOST)[6:]


def test_sudo_is_asked_for_where_the_file_wants_it():
    data = {"deployment": "d", "ssh": {"sudo": True}, "services": {"x": {"on": "ssh", "locate": {"host": "h"}}}}
    asked = [check.aspect for check in make_plan(DeploymentSpec.model_validate(data)).checks]
    assert asked == ["instances", *WAY, "access.sudo", "host.clock"]


@pytest.mark.parametrize(
    ("own", "of_all", "behind"),
    [
        ("ssh://engine-1", None, True),
        (None, "ssh://engine-1", True),
        ("unix:///run/docker.sock", "ssh://engine-1", False),
        (None, "unix:///run/docker.sock", False),
        (None, None, False),
    ],
)
def test_containers_of_an_engine_on_a_host_are_asked_for_the_way_to_it(own, of_all, behind):
    service = {"locate": {"name": "x"}, **({"docker": {"engine": own}} if own else {})}
    data = {
        "deployment": "d",
        "hosts": {"named": {"engine-1": {"address": "10.0.0.1"}}},
        "docker": {"engine": of_all} if of_all else {},
        "services": {"x": service},
    }
    plan = make_plan(DeploymentSpec.model_validate(data))
    assert [check.aspect for check in plan.checks] == ["instances", *(WAY if behind else []), *ALWAYS]
    assert {check.server for check in plan.checks} == {"engine-1 10.0.0.1" if behind else ""}


HOSTS = """
deployment: d
hosts:
  named:
    relay-9: {address: 10.0.0.9, role: relay}
    gms-1: {role: gms}
    relay-2: {address: 10.0.0.2, role: relay}
services:
  relay: {on: ssh, locate: {role: relay}, instances: 3}
  gms: {on: ssh, locate: {role: gms}}
  here: {on: local, locate: {machine: true}}
"""


def test_which_host_fills_which_slot_is_known_from_the_inventory(tmp_path: Path):
    file = tmp_path / "d.yaml"
    file.write_text(HOSTS)
    servers = {check.slot: check.server for check in make_plan(load(file, {})).checks}
    assert servers == {
        **dict.fromkeys(("relay", "gms", "here", "relay.2"), ""),
        "relay.0": "relay-9 10.0.0.9",
        "relay.1": "relay-2 10.0.0.2",
        "gms.0": "gms-1",
    }
    lines = CliRunner().invoke(app, ["plan", str(file)]).stdout.splitlines()
    assert lines[:2] == ["relay/instances", "relay.0/host.route\trelay-9 10.0.0.9"]
    assert "relay.2/host.clock" in lines
    assert [line.partition("\t")[0] for line in lines] == [check.id for check in make_plan(load(file, {})).checks]


def test_read_only_keeps_what_is_asked_of_hosts():
    deployment = spec(on="ssh", locate={"host": "h"}, host=HOST)
    assert make_plan(deployment, read_only=True).checks == make_plan(deployment).checks


def test_a_process_that_must_not_run_is_only_counted():
    assert ids(processes=[{**PROCESS, "count": 0, "user": "u"}])[4:] == ["x.0/process.count[app]"]


def test_ids_are_unique_and_do_not_depend_on_the_environment():
    plans = [
        [check.id for check in make_plan(load(EXAMPLE, environ)).checks] for environ in ({}, {"N": "1", "HOME": "/"})
    ]
    assert plans[0] == plans[1]
    assert len(set(plans[0])) == len(plans[0])


def test_read_only_leaves_out_what_touches_a_target_and_lists_it():
    whole, quiet = make_plan(load(EXAMPLE, {})), make_plan(load(EXAMPLE, {}), read_only=True)
    touching = [check.id for check in whole.checks if check.aspect in NEEDS_A_TOUCH]
    assert touching
    assert list(quiet.not_planned) == touching
    assert [check.id for check in quiet.checks] == [check.id for check in whole.checks if check.id not in touching]


def test_a_waiver_of_the_expectation_counts_before_that_of_the_service():
    waive = {"until": "2026-12-31", "reason": "service"}
    own = {"until": "2026-11-30", "reason": "own"}
    deployment = spec(waive=waive, processes=[PROCESS, {"exe": "/opt/b", "waive": own}])
    reasons = {check.id: check.waiver and check.waiver.reason for check in make_plan(deployment).checks}
    assert reasons["x.0/process.count[app]"] == "service"
    assert reasons["x.0/process.count[b]"] == "own"
    assert reasons["x/instances"] == "service"
    assert deployment.services["x"].waive.until == date(2026, 12, 31)


@given(
    st.integers(1, 4),
    st.lists(st.integers(1, 65535), max_size=4, unique=True),
    st.lists(st.from_regex(r"\A[a-z][a-z.]{0,5}\Z"), max_size=4, unique=True),
)
def test_every_check_has_an_id_of_its_own(instances, ports, names):
    status = [{"name": name, "command": ["c"], "expect": {"k": 1}} for name in names]
    planned = ids(instances=instances, ports=ports, status=status, processes=[{"exe": f"/{name}"} for name in names])
    assert len(set(planned)) == len(planned)
