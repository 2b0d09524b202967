"""The demo from its start to its end."""

import os
import secrets
import shlex
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Literal

from rich.console import Console

from seatrial.demo.breaks import break_things
from seatrial.demo.choice import engine_answers
from seatrial.demo.files import stack_folder
from seatrial.demo.stage import Stage
from seatrial.exits import Exit
from seatrial.options import Options
from seatrial.reports.terminal import say
from seatrial.vehicles import Vehicle
from seatrial.verify import verify
from seatrial.waiting import WaitingPytest

SETTLE_S, STABLE_FOR_S = 30.0, 1.5
"""How long the demo may take to turn green after it is up, and how long it must stay so."""

Where = Literal["docker", "local", ""]


def play(where: Where, *, broken: bool, keep: bool, vehicle: Vehicle, report_dir: Path, console: Console) -> Exit:
    """Start the demo, verify it, take it down, and return the exit code.

    :param where: in containers, on this machine, or, empty, in containers where an engine answers.
    :param broken: break six things before looking, which makes the report red.
    :param keep: leave it running.
    :raises UsageError: where something that it needs is missing or forbidden.
    :raises StartError: where it does not come up.
    """
    settle_s = 0.0 if broken else SETTLE_S
    with _stage(where, keep, console) as stage, _set(stage.environ):
        if broken:
            break_things(stage.services, partial(say, console))
        options = Options(
            settle_s=settle_s,
            stable_for_s=STABLE_FOR_S,
            vehicle=vehicle,
            compose_project=stage.compose_project,
            environment=stage.environment,
        )
        if keep:
            _say_how_to_look_again(stage, console)
        with WaitingPytest(os.environ) as waiting:
            return verify(stack_folder() / "deployment.yaml", options, report_dir, (), waiting=waiting, console=console)


def _say_how_to_look_again(stage: Stage, console: Console) -> None:
    words = [*(f"{name}={value}" for name, value in stage.environ.items()), "seatrial", "run"]
    words += [str(stack_folder() / "deployment.yaml")]
    words += ["--environment", stage.environment] if stage.environment else []
    words += ["--compose-project", stage.compose_project] if stage.compose_project else []
    say(console, f"look again with: {shlex.join(words)}")


def _stage(where: Where, keep: bool, console: Console) -> AbstractContextManager[Stage]:
    run_id, files, log = secrets.token_hex(3), stack_folder(), partial(say, console)
    if where == "docker" or (not where and engine_answers(os.environ, log)):
        from seatrial.demo.containers import in_containers  # the docker SDK behind it takes 0.2 s

        return in_containers(files, run_id, os.environ, log, keep=keep)
    from seatrial.demo.machine import on_this_machine

    return on_this_machine(files, run_id, os.environ, log, keep=keep)


@contextmanager
def _set(environ: Mapping[str, str]) -> Iterator[None]:
    """Have these environment variables during the block: the file's environment asks for them."""
    before = {name: os.environ.get(name) for name in environ}
    os.environ.update(environ)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
