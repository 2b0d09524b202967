"""Pulling the plug in the middle of a look: whatever is cut, nothing that it concerns is called right."""

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
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
from seatrial.request import Window
from seatrial.spec.load import load
from seatrial.transports.engine_address import resolve

from .box import Box
from .harbour import Harbour
from .judging import Judged, aspect_of
from .plug import Plug

pytestmark = [pytest.mark.docker, pytest.mark.once]

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
      - {{name: numbers, command: [orderctl, status], expect: {{first: 1, last: 1}}}}
"""
HIDDEN = ("port.owner", "port.accept")
"""Aspects for which root looks once more as the service's own user."""
INSIDE = ("process.count", "process.state", "process.stable", "process.user", "port.bind", *HIDDEN)
INSIDE += ("log.present", "log.clean")
LANES = 4
Concerns = Callable[[str], bool]


@dataclass(frozen=True)
class Bench:
    """A deployment of one container that is looked at through a plug, again and again."""

    plug: Plug
    looker: Looker
    judged: Callable[[], Judged]


@dataclass(frozen=True)
class Cut:
    """What came of one cut.

    :param lost: bytes of the answer were really lost.
    :param green: checks that depend on them and PASS nevertheless; all, where nothing is amiss.
    """

    number: int
    call: str
    after: int
    lost: bool
    green: tuple[str, ...]

    def told(self) -> str:
        """It in a line."""
        return f"{self.call} cut after {self.after} bytes: {', '.join(self.green)} PASS"


@contextmanager
def bench(box: Box, vehicle: Vehicle, folder: Path) -> Iterator[Bench]:
    file = folder / "plug.yaml"
    file.write_text(FILE.format(name=box.name))
    engine = Path(resolve(None, os.environ).socket_path)
    assert engine.is_socket(), "these tests cut a unix socket; the engine here is behind TCP"
    with Plug(engine, folder / "engine.sock") as plug:
        environ = {**os.environ, "DOCKER_HOST": plug.url}
        deployment = load(file, environ)
        with Looker(deployment, Options(vehicle=vehicle, stable_for_s=0.0), environ, QUICK) as looker:

            def judged() -> Judged:
                snapshot = looker.look()
                return Judged({one.id: judge(one, snapshot, 0.0) for one in make_plan(deployment).checks}, snapshot)

            yield Bench(plug, looker, judged)
            plug.at, plug.cut = None, ()


@pytest.fixture(scope="module")
def box(empty_harbour: Harbour) -> Box:
    """A healthy container; its engine's log and its status are longer than one step."""
    return _healthy(empty_harbour, "plug")


def _healthy(harbour: Harbour, name: str) -> Box:
    made = harbour.launch(name, COMMAND)
    made.svc()
    return made


def _concerns(calls: Sequence[str]) -> list[Concerns]:
    """For each call of a look, in order: which checks depend on its answer."""
    inspects = [number for number, call in enumerate(calls) if re.search(r"GET /containers/\w+/json", call)]
    concerns: list[Concerns] = []
    whose, begun = "", Counter[str]()
    for number, call in enumerate(calls):
        label = re.search(r"/exec \((.+)\)", call)
        whose = label[1] if label else whose
        begun[whose] += bool(label)
        # The first and the last inspect are the identity; one between them tells how the log is to be read.
        identity = number in (*inspects[:1], *inspects[-1:])
        again = "/exec" in call and begun[whose] > 1
        concerns.append(_nothing if again else partial(_depends, call, whose, identity))
    return concerns


def _nothing(check: str) -> bool:  # noqa: ARG001
    """An accept queue that is asked again, on a busy machine, is asked once more where that answer is cut."""
    return False


def _depends(call: str, whose: str, identity: bool, check: str) -> bool:
    aspect = aspect_of(check)
    if "/containers/json" in call:
        return True
    if "/images/" in call:
        return aspect == "container.image"
    if "/exec" not in call:
        return aspect != "instances" if identity else check.endswith("[docker]")
    if whose == "orderctl":
        return aspect == "status.value"
    return aspect in (INSIDE if whose.endswith(" 0:0") else HIDDEN) and not check.endswith("[docker]")


def test_an_answer_that_is_cut_anywhere_makes_nothing_green(box: Box, vehicle: Vehicle, tmp_path: Path):
    with bench(box, vehicle, tmp_path) as at:
        whole, sizes = at.judged(), dict(at.plug.sizes)
    calls = whole.snapshot.calls
    cuts = [(number, after) for number, size in sizes.items() for after in range(0, size, STEP)]
    assert whole.not_passing == {}
    assert len(sizes) == len(calls)

    def cut_some(lane: int) -> list[Cut]:
        (tmp_path / str(lane)).mkdir()
        with bench(box, vehicle, tmp_path / str(lane)) as at:
            return [_cut(at, calls, *cut) for cut in cuts[lane::LANES]]

    with ThreadPoolExecutor(LANES) as pool:
        made = [cut for lane in pool.map(cut_some, range(LANES)) for cut in lane]
    assert [cut.told() for cut in made if cut.green] == []
    assert {cut.number for cut in made if cut.lost} == set(sizes), "not every answer was cut"


def _cut(at: Bench, calls: Sequence[str], number: int, after: int) -> Cut:
    """Look once with one answer cut, and with the next one, which after a kept connection is that of a second try.

    :param calls: those of a look without a cut; a busy machine makes a look ask an accept queue more often, so the
        calls of this very look come first.
    """
    at.plug.again(cut=(number, number + 1), after=after)
    found = at.judged()
    lost = at.plug.sizes.get(number, 0) > after
    made = found.snapshot.calls if number < len(found.snapshot.calls) else calls
    concerns = _concerns(made)[number]
    harmless = found.not_passing or concerns is _nothing
    green = found.passing_ids if not harmless else [check for check in found.passing_ids if concerns(check)]
    return Cut(number, made[number], after, lost, tuple(green) * lost)


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


@pytest.mark.parametrize("happens", ["restart", "kill", "pause"])
def test_what_happens_to_a_container_just_before_the_end_of_a_look_is_seen(
    happens: str, vehicle: Vehicle, empty_harbour: Harbour, tmp_path: Path
):
    doomed = _healthy(empty_harbour, f"{happens}-{vehicle}")
    with bench(doomed, vehicle, tmp_path) as at:
        assert at.judged().not_passing == {}
        at.plug.at, at.plug.act = len(at.plug.sizes) - 1, getattr(doomed.container, happens)
        at.plug.again()
        found = at.judged()
    assert [check for check in found.passing_ids if check.startswith("app.0/")] == []
