"""Reading deployment files for nothing but their mistakes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from seatrial.errors import Problem, SpecError
from seatrial.plan import make_plan
from seatrial.sanitise import clean
from seatrial.spec.deployment import DeploymentSpec
from seatrial.spec.environment import names
from seatrial.spec.load import deployment_of, read


@dataclass(frozen=True, slots=True)
class Validation:
    """What became of one file.

    :param lines: one for the file and one for each of its environments, of those that are right, each before its notes.
    :param problems: all mistakes, each once.
    """

    lines: tuple[str, ...]
    problems: tuple[Problem, ...]


def validated(file: Path, environ: Mapping[str, str], environment: str = "") -> Validation:
    """Read a deployment file as it is without an environment, and in each one; nothing is contacted.

    A file with environments need not be a deployment by itself; then its mistakes are those of its environments.

    :param environ: where its variables are looked up.
    :param environment: the only one of its environments to look at; empty for all.
    :raises UsageError: where it has no such environment.
    """
    try:
        written = read(file, environ)
    except SpecError as error:
        return Validation((), error.problems)
    every = (environment,) if environment else names(written.root)
    lines, wrong = [], {}
    for name in every if environment else ("", *every):
        try:
            lines += _lines(file, name, deployment_of(written, environ, name))
        except SpecError as error:
            wrong[name] = error.problems
    if every and "" in wrong and (alone := wrong.pop("")):
        lines.insert(0, clean(f"{file}: no deployment without an environment, since {alone[0]}"))
    return Validation(tuple(lines), _told(wrong, every))


def _lines(file: Path, environment: str, deployment: DeploymentSpec) -> list[str]:
    where = f"{file}, environment {environment}" if environment else str(file)
    slots = sum(service.instances for service in deployment.services.values())
    plan = make_plan(deployment)
    counts = (len(deployment.services), "service"), (slots, "slot"), (len(plan.checks), "check")
    told = ", ".join(f"{count} {word}{'' if count == 1 else 's'}" for count, word in counts)
    said = f"{deployment.deployment}: {told}", *(f"note: {note}" for note in plan.notes)
    return [clean(f"{where}: {each}") for each in said]


def _told(wrong: Mapping[str, tuple[Problem, ...]], every: tuple[str, ...]) -> tuple[Problem, ...]:
    """Each mistake once; one that some environments have and others have not names them."""
    having: dict[Problem, list[str]] = {}
    for name, problems in wrong.items():
        for problem in problems:
            having.setdefault(problem, []).append(name)
    return tuple(
        problem if len(names_) >= max(len(every), 1) else replace(problem, message=_in(problem.message, names_))
        for problem, names_ in having.items()
    )


def _in(message: str, environments: list[str]) -> str:
    return clean(f"{message} (environment {', '.join(environments)})")
