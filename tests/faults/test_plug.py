"""Pulling the plug in the middle of a look: whatever is cut, nothing that it concerns is called right."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from seatrial.judges import judge
from seatrial.look import Looker
from seatrial.options import Options, Vehicle
from seatrial.plan import make_plan
from seatrial.spec.load import load
from seatrial.transports.engine_address import resolve
from seatrial.transports.request import Window

from .box import Box
from .harbour import Harbour
from .judging import Judged, aspect_of
from .plug import Plug

pytestmark = pytest.mark.docker

STEP = 512
QUICK = Window(samples=3, over_s=0.03)
COMMAND = ("sh", "-c", "seq -f 'line %g of the log' 100; exec sleep infinity")
FILE = """
deployment: plug
services:
  app:
    locate: {{names: [{name}]}}
    image: seatrial-test/orderd:1
    processes: [{{script: /usr/local/bin/orderd, user: appsvc}}]
    ports: [{{port: 8080, owner: orderd, published: true}}]
    logs:
      - {{docker: true, deny: [ERROR]}}
      - {{path: /var/log/app/orderd.log, deny: [ERROR]}}
    status:
      - {{name: numbers, command: [seq, -f, "k%g=%g", "300"], expect: {{k1: 1, k300: 300}}}}
"""
ENGINE_ONLY = ("instances", "container.state", "container.image")


@dataclass(frozen=True)
class Bench:
    """A deployment of one container that is looked at through a plug, again and again."""

    plug: Plug
    looker: Looker
    judged: Callable[[], Judged]


@contextmanager
def bench(box: Box, vehicle: Vehicle, folder: Path) -> Iterator[Bench]:
    file = folder / "plug.yaml"
    file.write_text(FILE.format(name=box.name))
    engine = Path(resolve(None, os.environ).socket_path)
    assert engine.is_socket(), "these tests cut a unix socket; the engine here is behind TCP"
    with Plug(engine, folder / "engine.sock") as plug:
        environ = {**os.environ, "DOCKER_HOST": plug.url}
        deployment = load(file, environ)
        with Looker(deployment, Options(vehicle=vehicle, stable_for_s=0.0), environ) as looker:
            looker.window = QUICK

            def judged() -> Judged:
                snapshot = looker.look()
                return Judged({one.id: judge(one, snapshot, 0.0) for one in make_plan(deployment).checks}, snapshot)

            yield Bench(plug, looker, judged)
            plug.at, plug.cut = None, ()


@pytest.fixture
def box(empty_harbour: Harbour, vehicle: Vehicle) -> Box:
    """A healthy container with a log of the engine that is longer than one step."""
    return _healthy(empty_harbour, f"plug-{vehicle}")


def _healthy(harbour: Harbour, name: str) -> Box:
    made = harbour.launch(name, COMMAND)
    made.svc()
    return made


def _concerned(calls: tuple[str, ...]) -> list[Callable[[str], bool]]:
    """For each call of a look, in order: which checks depend on its answer."""
    concerns: list[Callable[[str], bool]] = []
    label = ""
    for call in calls:
        label = call.rpartition("(")[2].rstrip(")") if "/containers/" in call and "/exec" in call else label
        concerns.append(partial(_depends, call, label))
    return concerns


def _depends(call: str, label: str, check: str) -> bool:
    aspect = aspect_of(check)
    if "/containers/json" in call:
        return True
    if "/images/" in call:
        return aspect == "container.image"
    if "/logs?" in call:
        return check.endswith("[docker]")
    if "/exec" not in call:
        return aspect != "instances"
    if label == "seq":
        return aspect == "status.value"
    return aspect not in (*ENGINE_ONLY, "status.value") and not check.endswith("[docker]")


def test_an_answer_that_is_cut_anywhere_makes_nothing_green(box: Box, vehicle: Vehicle, tmp_path: Path):
    with bench(box, vehicle, tmp_path) as at:
        whole = at.judged()
        assert whole.not_passing == {}
        sizes = dict(at.plug.sizes)
        concerned = _concerned(whole.snapshot.calls)
        assert len(sizes) == len(concerned)
        wrong, cuts = [], 0
        for number, size in sizes.items():
            for after in range(0, size, STEP):
                # The next answer is cut as well: where the connection was a kept one, it is that of the second try.
                at.plug.again(cut=(number, number + 1), after=after)
                found = at.judged()
                if at.plug.sizes.get(number, 0) > after:
                    cuts += 1
                    green = [check for check in found.passing_ids if concerned[number](check)]
                    wrong += [f"{whole.snapshot.calls[number]} cut after {after}: {check}" for check in green]
                    wrong += [] if found.not_passing else [f"{whole.snapshot.calls[number]} cut after {after}: all"]
    assert wrong == []
    assert cuts >= len(sizes)


def test_a_container_that_vanishes_at_any_call_of_a_look_makes_nothing_green(
    box: Box, vehicle: Vehicle, empty_harbour: Harbour, tmp_path: Path
):
    with bench(box, vehicle, tmp_path) as at:
        at.judged()
        calls = len(at.plug.sizes)
    with ThreadPoolExecutor(4) as pool:
        boxes = list(pool.map(lambda n: _healthy(empty_harbour, f"vanish-{vehicle}-{n}"), range(calls)))
    wrong = []
    for number, doomed in enumerate(boxes):
        (tmp_path / str(number)).mkdir()
        with bench(doomed, vehicle, tmp_path / str(number)) as at:
            at.plug.at, at.plug.act = number, partial(doomed.container.remove, force=True)
            wrong += [f"call {number}: {check}" for check in at.judged().passing_ids if check.startswith("app.0/")]
    assert wrong == []
