"""Loading a deployment file: all its mistakes at once, each with its line."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from seatrial.errors import Problem, SpecError
from seatrial.sanitise import clean
from seatrial.spec.loose import loose_misfits
from seatrial.spec.mistakes import mistakes
from seatrial.spec.models import DeploymentSpec
from seatrial.spec.yaml_source import Source, read_yaml

LARGEST = 4 * 1024 * 1024
"""Bytes that a deployment file may have."""


def load(path: Path, environ: Mapping[str, str]) -> DeploymentSpec:
    """Read a deployment file; nothing is contacted.

    :param environ: where its variables are looked up.
    :raises SpecError: with every mistake of the file, sorted by line.
    """
    source = read_yaml(_text(path), str(path), environ)
    if not isinstance(source.value, dict):
        raise SpecError([Problem(source.where(()), "must be a mapping that begins with deployment: NAME")])
    try:
        deployment = DeploymentSpec.model_validate(source.value)
    except ValidationError as error:
        raise SpecError(_sorted(source, mistakes(error, source, loose_misfits(source.value)))) from None
    if source.problems:
        raise SpecError(_sorted(source, []))
    return deployment


def _text(path: Path) -> str:
    shown = clean(path)
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise SpecError([Problem(shown, clean(f"cannot be read: {why}; name a deployment file"))]) from None
    if len(data) > LARGEST:
        raise SpecError([Problem(shown, f"is larger than {LARGEST} bytes; a deployment file is a few kilobytes")])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise SpecError([Problem(f"{shown}:{line}:1", "is not UTF-8; save it as UTF-8")]) from None


def _sorted(source: Source, of_the_model: list[Problem]) -> list[Problem]:
    """Each place once: what the notation has wrong explains what the model finds there."""
    told = {where for where, _ in source.problems}
    every = [problem for _, problem in source.problems]
    every += [problem for problem in of_the_model if problem.where not in told]
    return sorted(dict.fromkeys(every), key=_line)


def _line(problem: Problem) -> tuple[int, int]:
    parts = problem.where.rsplit(":", 2)
    return int(parts[1]), int(parts[2])
