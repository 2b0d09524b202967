"""Two faults once more through the whole command: what an operator types, and what the terminal then says."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from seatrial.vehicles import Vehicle

from .harbour import Harbour
from .row import Fault, Situation
from .rows import FAULTS, HEALTHY

pytestmark = pytest.mark.docker

GONE, LOOPBACK = (next(fault for fault in FAULTS if fault.id == wanted) for wanted in ("P01", "N01"))


@pytest.mark.parametrize("fault", [GONE, LOOPBACK], ids=lambda fault: fault.id)
def test_the_command_refuses_a_fault_and_the_terminal_says_why(
    fault: Fault, harbour: Harbour, seatrial: Callable, vehicle: Vehicle, tmp_path: Path
):
    ran = _run(harbour, fault, fault, seatrial, vehicle, tmp_path)
    words = " ".join(ran.out.split())
    assert ran.code == 1, ran.out
    assert f"app.0/{fault.check}" in words
    assert [said for said in fault.says if not re.search(said, words)] == [], ran.out
    assert ran.out.splitlines()[-1].startswith("NOT ACCEPTED faults")


@pytest.mark.parametrize("sound", [HEALTHY[0]], ids=["sound"])
def test_the_command_accepts_the_same_file_where_nothing_is_broken(
    sound: Situation, harbour: Harbour, seatrial: Callable, vehicle: Vehicle, tmp_path: Path
):
    ran = _run(harbour, sound, GONE, seatrial, vehicle, tmp_path)
    assert ran.code == 0, ran.out
    assert ran.out.splitlines()[-1].startswith("ACCEPTED faults")


def _run(harbour: Harbour, situation: Situation, against: Situation, seatrial: Callable, vehicle: str, folder: Path):
    file = folder / "deployment.yaml"
    file.write_text(against.file.format(name=harbour.berth(situation).name))
    return seatrial("run", file, "--stable-for", "0s", "--vehicle", vehicle)
