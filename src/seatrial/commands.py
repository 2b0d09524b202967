"""What a person types: ``seatrial run``, ``plan``, ``schema``, ``demo``, ``sweep``."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seatrial.errors import UsageError
from seatrial.vehicles import VEHICLES, Vehicle

if TYPE_CHECKING:
    from rich.console import Console

    from seatrial.options import Options
    from seatrial.waiting import WaitingPytest

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)

File = Annotated[Path, typer.Argument(metavar="FILE", help="the deployment file")]
Settle = Annotated[str, typer.Option(metavar="TIME", help="look again until all is green, at most so long: 90s")]
StableFor = Annotated[str, typer.Option(metavar="TIME", help="how long a process must have run")]
ReadOnly = Annotated[bool, typer.Option("--read-only", help="run nothing in a target, talk to none of its ports")]
Carried = Annotated[str, typer.Option("--vehicle", help=f"how containers are read: {', '.join(VEHICLES)}")]
Project = Annotated[str, typer.Option(metavar="NAME", help="only containers of this compose project")]
ReportDir = Annotated[Path, typer.Option(metavar="DIR", help="where reports go")]


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def run(
    context: typer.Context,
    file: File,
    settle: Settle = "0s",
    stable_for: StableFor = "5s",
    read_only: ReadOnly = False,
    vehicle: Carried = "auto",
    compose_project: Project = "",
    report_dir: ReportDir = Path("reports"),
    start: Annotated[
        bool, typer.Option("--start", help="start the compose file that the deployment file names")
    ] = False,
    keep: Annotated[bool, typer.Option("--keep", help="with --start: leave it running")] = False,
) -> None:
    """Verify a deployment: exit 0 only when every planned check is green. What follows is handed to pytest."""
    if keep and not start:
        raise UsageError("--keep: nothing is started, so there is nothing to keep; it goes with --start")
    from seatrial.verify import verify, verify_started

    waiting: WaitingPytest = context.obj
    options = _options(settle, stable_for, read_only, vehicle, compose_project)
    if start:
        code = verify_started(file, options, report_dir, context.args, keep=keep, waiting=waiting, console=_console())
    else:
        code = verify(file, options, report_dir, context.args, waiting=waiting, console=_console())
    raise typer.Exit(code)


@app.command()
def plan(file: File, read_only: ReadOnly = False) -> None:
    """List every check that a run would make, one id a line; nothing is contacted."""
    from seatrial.plan import make_plan
    from seatrial.spec.load import load

    for check in make_plan(load(file, os.environ), read_only=read_only).checks:
        typer.echo(check.id)


@app.command()
def schema() -> None:
    """Print the JSON Schema of the deployment file, for editors."""
    from seatrial.spec.schema import json_schema

    typer.echo(json.dumps(json_schema(), indent=2))


@app.command()
def sweep(run_id: Annotated[str, typer.Argument(metavar="RUN", help="what --keep named")]) -> None:
    """Remove what a run with --keep has left running."""
    from seatrial.start import sweep as remove

    remove(run_id, log=typer.echo)


@app.command()
def demo(
    break_: Annotated[bool, typer.Option("--break", help="break six things before looking")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="leave it running")] = False,
    vehicle: Carried = "auto",
    report_dir: ReportDir = Path("reports"),
) -> None:
    """Start the demo deployment in containers, verify it, and take it down again."""
    from seatrial.demo import play

    code = play(
        broken=break_,
        keep=keep,
        vehicle=_vehicle(vehicle),
        report_dir=report_dir,
        console=_console(),
        environ=os.environ,
    )
    raise typer.Exit(code)


def _options(settle: str, stable_for: str, read_only: bool, vehicle: str, project: str) -> "Options":
    from seatrial.options import Options, option_seconds

    return Options(
        settle_s=option_seconds("--settle", settle),
        stable_for_s=option_seconds("--stable-for", stable_for),
        read_only=read_only,
        vehicle=_vehicle(vehicle),
        compose_project=project,
    )


def _vehicle(name: str) -> Vehicle:
    for vehicle in VEHICLES:
        if vehicle == name:
            return vehicle
    raise UsageError(f"--vehicle: {name!r} is none of {', '.join(VEHICLES)}")


def _console() -> "Console":
    from rich.console import Console

    return Console(stderr=False, highlight=False)
