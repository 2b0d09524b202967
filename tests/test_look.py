"""A whole look at things that hang: it ends, and says what it could not see."""

import os
import socket
from pathlib import Path
from typing import Any

import pytest

from seatrial.look import Looker
from seatrial.options import Options
from seatrial.snapshot import SlotFacts, Snapshot, Unreadable
from seatrial.spec.deployment import DeploymentSpec

pytestmark = pytest.mark.once


def looked(services: dict[str, Any], engine: str = "unix:///var/run/docker.sock", **more: Any) -> Snapshot:
    spec = DeploymentSpec.model_validate(
        {"deployment": "t", "docker": {"engine": engine}, "services": services, **more}
    )
    with Looker(spec, Options(), os.environ) as looker:
        return looker.look()


def test_of_an_engine_that_is_silent_one_thing_is_asked(tmp_path: Path) -> None:
    services = {f"s{number}": {"locate": {"name": f"n{number}"}, "image": f"i:{number}"} for number in range(8)}
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "mute.sock"))
        listener.listen(64)
        found = looked(services, f"unix://{tmp_path}/mute.sock")
    assert found.calls == ("GET /containers/json?all=1",)
    assert len(found.slots) == 8
    assert all(isinstance(slot, Unreadable) for slot in found.slots.values())


@pytest.mark.docker
def test_commands_that_never_end_share_the_time_of_their_slot(up: Any) -> None:
    made = up("look-commands", ["sleep", "600"])
    status = [
        {"name": f"c{number}", "command": ["sleep", "600"], "within": "1s", "expect": {"x": 1}} for number in range(8)
    ]
    found = looked({"one": {"locate": {"name": made.name}, "status": status}})
    slot = found.slots["one.0"]
    assert isinstance(slot, SlotFacts), slot
    assert len(slot.commands) == 8
    assert all(isinstance(command, Unreadable) for command in slot.commands.values())
    assert 1 <= sum(call.endswith("/exec (sleep)") for call in found.calls) < 8


@pytest.mark.docker
def test_a_registry_that_hangs_leaves_all_else_to_be_told(up: Any) -> None:
    made = up("look-registered", ["sleep", "600"])
    with socket.create_server(("127.0.0.1", 0)) as mute:
        ensemble = {"hosts": f"127.0.0.1:{mute.getsockname()[1]}", "timeout": "1s"}
        services = {"one": {"locate": {"name": made.name}, "registered": [{"path": "/a"}]}}
        found = looked(services, zookeeper=ensemble)
    assert isinstance(found.slots["one.0"], SlotFacts)
    assert isinstance(found.registry["/a"], Unreadable)
