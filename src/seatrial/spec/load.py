"""Loading a deployment file: all its mistakes at once, each with its line."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from seatrial.errors import Problem, SpecError, UsageError
from seatrial.spec.deployment import DeploymentSpec
from seatrial.spec.loose import loose_misfits
from seatrial.spec.mistakes import mistakes
from seatrial.spec.yaml_source import Source, read_yaml
from seatrial.yamltree.content import content

LARGEST = 4 * 1024 * 1024
"""Bytes that a deployment file may have."""


def load(path: Path, environ: Mapping[str, str]) -> DeploymentSpec:
    """Read a deployment file; nothing is contacted.

    :param environ: where its variables are looked up.
    :raises SpecError: with every mistake of the file, sorted by line.
    """
    source = read_yaml(content(path, "deployment file", LARGEST), str(path), environ)
    if not isinstance(source.value, dict):
        raise SpecError([Problem(source.where(()), "must be a mapping that begins with deployment: NAME")])
    try:
        deployment = DeploymentSpec.model_validate(source.value)
    except ValidationError as error:
        raise SpecError(_sorted(source, mistakes(error, source, loose_misfits(source.value)))) from None
    if source.problems:
        raise SpecError(_sorted(source, []))
    return deployment


def compose_file(path: Path, deployment: DeploymentSpec) -> Path:
    """The compose file that a deployment file names with ``start:``, relative to itself.

    :raises UsageError: where it names none.
    """
    if deployment.start is None:
        raise UsageError(f"{path} names no compose file to start; give start: compose.yaml in it")
    return path.parent / deployment.start


def _sorted(source: Source, of_the_model: list[Problem]) -> list[Problem]:
    """Each place once: what the notation has wrong explains what the model finds there."""
    told = {where for where, _ in source.problems}
    every = [problem for _, problem in source.problems]
    every += [problem for problem in of_the_model if problem.where not in told]
    return sorted(dict.fromkeys(every), key=_line)


def _line(problem: Problem) -> tuple[int, int]:
    parts = problem.where.rsplit(":", 2)
    return int(parts[1]), int(parts[2])
