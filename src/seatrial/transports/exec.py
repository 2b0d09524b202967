"""The exec vehicle: our shell reader, run in each container through the engine, where its /proc cannot be seen.

One exec for each container, since an exec costs 70-90 ms of CPU; more only for what the first could not see.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from seatrial.deadline import Deadline
from seatrial.errors import CouldNotLook
from seatrial.parsers.frames import Frames, parse
from seatrial.request import TargetRequest, Window
from seatrial.snapshot import Inside, Unreadable
from seatrial.transports.engine import Engine
from seatrial.transports.marked import check_started
from seatrial.transports.shell_reader import ShellReader

READ_CAP = 64 * 1024 * 1024
"""Most bytes of a reader's answer."""

_ROOT = "0:0"


def look(
    engine: Engine, requests: Sequence[TargetRequest], window: Window, *, max_workers: int = 4
) -> dict[str, Inside | Unreadable]:
    """Look into containers through the engine's exec; what fails for one is told for its slot only.

    Connections are made only to the addresses of these containers.

    :param max_workers: containers that are looked into at the same time: four saturate two cores.
    """
    with ThreadPoolExecutor(max_workers, "seatrial-exec") as pool:
        found = pool.map(partial(_or_why, engine, window), requests)
        return dict(zip((request.slot for request in requests), found, strict=True))


def _or_why(engine: Engine, window: Window, request: TargetRequest) -> Inside | Unreadable:
    deadline = Deadline.within(window.deadline_s)
    try:
        return ShellReader(request, window, partial(_read, engine, request, deadline), engine.dialler).look()
    except CouldNotLook as error:
        return Unreadable(str(error))


def _read(engine: Engine, request: TargetRequest, deadline: Deadline, script: bytes, nonce: str, user: str) -> Frames:
    ran = engine.exec(
        request.container_id,
        ["sh"],
        user=user or _ROOT,
        stdin=script,
        deadline_s=deadline.left(),
        cap=READ_CAP,
        label=f"our reader as {user or _ROOT}",
    )
    check_started(ran.exit_code, ran.stdout)
    return Frames(parse(ran.stdout, nonce))
