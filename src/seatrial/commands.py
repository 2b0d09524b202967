"""What a person types: ``seatrial run``, ``plan``, ``validate``, ``schema``, ``explain``, ``trust`` and others."""

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
Environment = Annotated[str, typer.Option(metavar="NAME", help="which of the file's environments is meant")]
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
    environment: Environment = "",
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
    options = _options(settle, stable_for, read_only, vehicle, compose_project, environment)
    if start:
        code = verify_started(file, options, report_dir, context.args, keep=keep, waiting=waiting, console=_console())
    else:
        code = verify(file, options, report_dir, context.args, waiting=waiting, console=_console())
    raise typer.Exit(code)


@app.command()
def plan(file: File, read_only: ReadOnly = False, environment: Environment = "") -> None:
    """List every check that a run would make, one id a line, a tab and its host if behind SSH; contact nothing."""
    from seatrial.plan import make_plan
    from seatrial.sanitise import clean
    from seatrial.spec.load import load

    planned = make_plan(load(file, os.environ, environment), read_only=read_only)
    for note in planned.notes:
        typer.echo(f"note: {clean(note)}", err=True)
    for check in planned.checks:
        typer.echo(f"{check.id}\t{check.server}".rstrip())


@app.command()
def validate(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="deployment files")],
    environment: Environment = "",
) -> None:
    """Read deployment files, each in all its environments, and tell all mistakes; nothing is contacted."""
    from seatrial.errors import SpecError
    from seatrial.validate import validated

    each = [validated(file, os.environ, environment) for file in files]
    for line in (line for one in each for line in one.lines):
        typer.echo(line)
    if problems := [problem for one in each for problem in one.problems]:
        raise SpecError(list(dict.fromkeys(problems)))


@app.command()
def schema(
    part: Annotated[
        bool, typer.Option("--part", help="of a file that another one includes: nothing is required")
    ] = False,
) -> None:
    """Print the JSON Schema of the deployment file, for editors."""
    from seatrial.spec.schema import json_schema, part_schema

    typer.echo(json.dumps(part_schema() if part else json_schema(), indent=2))


@app.command()
def explain(
    aspect: Annotated[
        str, typer.Argument(metavar="[ASPECT]", help="such as process.stable, or the id of a check")
    ] = "",
) -> None:
    """Tell what an aspect means, how it is decided, what could fool it and what to do next; without one, list all."""
    from seatrial.explained.telling import listed, told

    for line in told(aspect) if aspect else listed():
        typer.echo(line)


@app.command()
def trust(
    file: File,
    yes: Annotated[bool, typer.Option("--yes", help="ask nothing: write down every key that is not known yet")] = False,
    known_hosts: Annotated[
        Path | None, typer.Option(metavar="FILE", help="where to write, instead of ssh.known_hosts or ssh's own file")
    ] = None,
    environment: Environment = "",
) -> None:
    """Show the keys of the hosts behind SSH, and write down those that you accept; nothing is run on them."""
    import sys

    from seatrial.spec.load import load
    from seatrial.trust import trusted

    deployment, asks = load(file, os.environ, environment), sys.stdin.isatty()

    def agree(question: str) -> bool:
        return yes or (asks and typer.confirm(question))

    known = trusted(deployment, os.environ, known_hosts, agree, typer.echo)
    if not (known or yes or asks):
        typer.echo("nothing was written, as there is no terminal to ask at; compare the fingerprints, then give --yes")
    raise typer.Exit(0 if known else 1)


@app.command()
def sweep(run_id: Annotated[str, typer.Argument(metavar="RUN", help="what --keep named")]) -> None:
    """Remove what a run with --keep has left running."""
    from seatrial.namespaces.kept import end_kept, is_kept

    if is_kept(run_id):
        end_kept(run_id, typer.echo)
        return
    from seatrial.start import sweep as remove

    remove(run_id, log=typer.echo)


@app.command()
def demo(
    break_: Annotated[bool, typer.Option("--break", help="break six things before looking")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="leave it running")] = False,
    local: Annotated[
        bool, typer.Option("--local", help="in namespaces of this machine: needs neither an engine nor root")
    ] = False,
    docker: Annotated[bool, typer.Option("--docker", help="in containers, and nowhere else")] = False,
    vehicle: Carried = "auto",
    report_dir: ReportDir = Path("reports"),
) -> None:
    """Start the demo deployment, verify it, and take it down: in containers if an engine answers, else --local."""
    if local and docker:
        raise UsageError("--local and --docker: the demo runs in one place; give one of them or none")
    from seatrial.demo.play import play

    code = play(
        "local" if local else "docker" if docker else "",
        broken=break_,
        keep=keep,
        vehicle=_vehicle(vehicle),
        report_dir=report_dir,
        console=_console(),
    )
    raise typer.Exit(code)


def _options(settle: str, stable_for: str, read_only: bool, vehicle: str, project: str, environment: str) -> "Options":
    from seatrial.options import Options, option_seconds

    return Options(
        settle_s=option_seconds("--settle", settle),
        stable_for_s=option_seconds("--stable-for", stable_for),
        read_only=read_only,
        vehicle=_vehicle(vehicle),
        compose_project=project,
        environment=environment,
    )


def _vehicle(name: str) -> Vehicle:
    for vehicle in VEHICLES:
        if vehicle == name:
            return vehicle
    raise UsageError(f"--vehicle: {name!r} is none of {', '.join(VEHICLES)}")


def _console() -> "Console":
    from rich.console import Console

    return Console(stderr=False, highlight=False)
