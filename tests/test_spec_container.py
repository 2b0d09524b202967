"""Mistakes in what is asked of a process and of a container, each told at load with its place and what is allowed."""

from pathlib import Path

import pytest

from seatrial.errors import SpecError
from seatrial.spec.container import ContainerSpec, LimitsSpec
from seatrial.spec.load import load

HEAD = "deployment: a\nservices:\n  x:\n    on: docker\n    locate: {name: x}\n"
NO_SHARE = "is no share; write a number above 0 and up to 100 with its sign, such as 80%"
NO_TIME = "is no time with its zone; write it as 2026-11-25T20:30:00Z or …+08:00"
NO_LIMIT = "is no limit; write true for any, or the highest one: memory 512MiB, pids 100, cpus 1.5"
A_LIST = "allowed: a list, each item with '- ' before it or all in [ ]"

OF_A_PROCESS = [
    ("fds: 0%", "6:31: services.x.processes.0.fds: '0%' " + NO_SHARE),
    ("fds: 101%", f"'101%' {NO_SHARE}"),
    ("fds: lots", f"'lots' {NO_SHARE}"),
    ("cpu: {below: 200%}", f"cpu.below: '200%' {NO_SHARE}"),
    ("cpu: {over: 9s}", "cpu.over: '9s' is out of range"),
    ("parent: boss", "parent: 'boss' is none of the processes of this service: a"),
    ("parent: a", "parent: 'a' cannot be its own parent"),
    ("started: {before: now}", f"started.before: 'now' {NO_TIME}"),
    ("started: {}", "started: says no time; give after, before, or both"),
    ("limits: {nofile: 3}", "limits.nofile: found 'nofile'; did you mean 'open files'?"),
    ("release: current", "release: found 'current'; allowed: an absolute path"),
    ("argv: [{regex: '('}]", "argv.0: '(' is no regular expression"),
]

OF_A_CONTAINER = [
    ("limits: {}", "6:25: services.x.container.limits: says no limit; give memory, pids or cpus"),
    ("limits: {memory: 2 gigs}", f"limits.memory: '2 gigs' {NO_LIMIT}"),
    ("limits: {memory: 1024}", f"limits.memory: 1024 {NO_LIMIT}"),
    ("limits: {memory: false}", f"limits.memory: False {NO_LIMIT}"),
    ("limits: {pids: 0}", f"limits.pids: 0 {NO_LIMIT}"),
    ("limits: {cpus: 0}", f"limits.cpus: 0 {NO_LIMIT}"),
    ("security: {caps: [NET_ADMN]}", "caps.0: 'NET_ADMN' is no capability; write it as NET_ADMIN"),
    ("security: {caps: [12]}", "caps.0: 12 is no capability; write it as NET_ADMIN"),
    ("security: {caps: NET_ADMIN}", f"caps: found 'NET_ADMIN'; {A_LIST}"),
    ("networks: net", f"networks: found 'net'; {A_LIST}"),
    ("networks: [3]", "networks.0: found 3; allowed: a mapping, key: value"),
    ("networks: [{aliases: [a]}]", "networks.0: key 'name' is missing"),
    ("started: {after: 2026-11-25}", f"started.after: '2026-11-25' {NO_TIME}"),
    ("started: {after: '2026-11-25T20:30:00'}", f"'2026-11-25T20:30:00' {NO_TIME}"),
    ("created: {after: '2026-13-25T20:30:00Z'}", f"created.after: '2026-13-25T20:30:00Z' {NO_TIME}"),
    (
        "started: {after: '2026-11-25T20:30:00+08:00', before: '2026-11-25T12:30:00Z'}",
        "started: has an after that is not earlier than its before",
    ),
    ("mounts: [data]", "mounts.0: found 'data'; allowed: an absolute path in one line, beginning with /"),
    ("mounts: [{path: /data, type: nfs}]", "mounts.0.type: found 'nfs'; allowed: bind, volume, tmpfs"),
    ("mounts: [/data, /data/]", "mounts has '/data' twice"),
    ("networks: [net, net]", "networks has 'net' twice"),
    ("image_digest: app:1", "image_digest: found 'app:1'"),
    ("image_id: 'sha256:12'", "image_id: found 'sha256:12'"),
    ("health_within: 60s", "has health_within without health; add health: healthy"),
    ("drift: {allow: [tmp]}", "drift.allow.0: 'tmp' is no absolute path; begin it with /"),
    ("restart_policy: sometimes", "found 'sometimes'; allowed: no, always, unless-stopped, on-failure"),
]


def told(tmp_path: Path, line: str) -> str:
    """The mistakes of a service with this line, without the name of the file."""
    file = tmp_path / "deployment.yaml"
    file.write_text(f"{HEAD}    {line}\n")
    with pytest.raises(SpecError) as caught:
        load(file, {})
    return "\n".join(str(problem).removeprefix(f"{file}:") for problem in caught.value.problems)


@pytest.mark.parametrize(("key", "said"), OF_A_PROCESS)
def test_a_mistake_in_what_is_asked_of_a_process_is_told_at_load(tmp_path: Path, key: str, said: str) -> None:
    assert said in told(tmp_path, f"processes: [{{exe: a, {key}}}]")


@pytest.mark.parametrize(("key", "said"), OF_A_CONTAINER)
def test_a_mistake_in_what_is_asked_of_a_container_is_told_at_load(tmp_path: Path, key: str, said: str) -> None:
    assert said in told(tmp_path, f"container: {{{key}}}")


def test_a_limit_of_one_is_a_number_and_true_is_any() -> None:
    one, any_limit = LimitsSpec(pids=1, cpus=1), LimitsSpec(pids=True, cpus=True, memory=True)
    assert (one.pids is True, one.cpus is True) == (False, False)
    assert (any_limit.pids, any_limit.cpus, any_limit.memory) == (True, True, True)
    assert any_limit.pids is any_limit.cpus is any_limit.memory is True


def test_capabilities_may_be_written_with_cap_and_in_small_letters() -> None:
    assert ContainerSpec.model_validate({"security": {"caps": ["cap_net_admin"]}}).security.caps == ("NET_ADMIN",)


def test_a_moment_is_the_same_in_every_zone() -> None:
    one = ContainerSpec.model_validate({"started": {"after": "2026-11-25T20:30:00+08:00"}})
    assert one == ContainerSpec.model_validate({"started": {"after": "2026-11-25T12:30:00Z"}})
