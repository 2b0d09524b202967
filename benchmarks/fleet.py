"""The fleet: fifty containers, started by our own starter under a run id, and removed whatever happens."""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from seatrial.errors import StartError
from seatrial.start import started
from seatrial.start.names import RUN_LABEL
from seatrial.transports.engine import Engine
from seatrial.transports.engine_address import resolve

COMPOSE = Path(__file__).with_name("fleet") / "compose.yaml"
START_DEADLINE_S = 240.0
HEAVY_MB = 50
WRITE_DEADLINE_S = 30.0


@dataclass(frozen=True, slots=True)
class Fleet:
    """Containers that run.

    :param label: the label that all of them have, and no other container.
    """

    label: str
    names: tuple[str, ...]


@contextmanager
def fleet(log: Callable[[str], None]) -> Iterator[Fleet]:
    """Start the fleet, one container of it with a log of 50 MB more, and remove it at the end of the block.

    :raises StartError: where it does not come up.
    """
    run_id = f"bench-{secrets.token_hex(3)}"
    with started(COMPOSE, run_id, deadline_s=START_DEADLINE_S, log=log) as project:
        containers = project.containers()
        _write_much(containers[-1].id)
        yield Fleet(f"{RUN_LABEL}={run_id}", tuple(container.name for container in containers))


def _write_much(container_id: str) -> None:
    with Engine(resolve(None, os.environ)) as engine:
        argv = ("/opt/app/write-log", str(HEAVY_MB))
        ran = engine.exec_marked(container_id, argv, user="orders", deadline_s=WRITE_DEADLINE_S, cap=65536)
    if ran.exit_code != 0:
        raise StartError(f"write-log ended with {ran.exit_code}: {ran.stderr.decode(errors='replace')}")
