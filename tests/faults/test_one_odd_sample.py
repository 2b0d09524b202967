"""H07: a process that is stopped for a moment, by a debugger say, while we look."""

import threading
from pathlib import Path

import pytest

from seatrial.request import Window
from seatrial.vehicles import Vehicle

from .files import process_file
from .harbour import Harbour
from .judging import judged

pytestmark = [pytest.mark.docker, pytest.mark.once]

FILE = process_file("{script: /usr/local/bin/orderd}")
OVER_S = 4.0
STOPPED_S = 1.6
"""From before the first sample until before the second one, which comes after half of the whole time."""


def test_one_stopped_sample_of_three_alarms_nobody(empty_harbour: Harbour, vehicle: Vehicle, tmp_path: Path):
    box = empty_harbour.launch(f"H07-{vehicle}")
    box.svc()
    (tmp_path / "file.yaml").write_text(FILE.format(name=box.name))
    box.sh("kill -STOP $(cat /run/app/orderd.pid)")
    timer = threading.Timer(STOPPED_S, lambda: box.sh("kill -CONT $(cat /run/app/orderd.pid)"))
    timer.start()
    found = judged(tmp_path / "file.yaml", vehicle, window=Window(samples=3, over_s=OVER_S))
    timer.join()
    [state] = found.of("process.state")
    assert found.not_passing == {}
    assert "T" in state.message.rpartition("pid")[2], "the look has missed the moment, so this proves nothing"
