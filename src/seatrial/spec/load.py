"""Loading a deployment file: all its mistakes at once, each with its line."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from seatrial.errors import Problem, SpecError, UsageError
from seatrial.spec.deployment import MADE_UP_OF, DeploymentSpec
from seatrial.spec.loose import loose_misfits
from seatrial.spec.mistakes import mistakes
from seatrial.spec.source import Source
from seatrial.spec.values import plain_values
from seatrial.spec.written import LARGEST, RULES, Written
from seatrial.yamltree.composer import read_tree
from seatrial.yamltree.content import content
from seatrial.yamltree.gathering import Mistakes
from seatrial.yamltree.tree import Table


def load(path: Path, environ: Mapping[str, str], environment: str = "") -> DeploymentSpec:
    """Read a deployment file and what it includes; nothing is contacted.

    :param environ: where its variables are looked up.
    :param environment: which of its environments to lay over it; empty for none.
    :raises SpecError: with every mistake of the file, sorted by line.
    :raises UsageError: where it has no such environment.
    """
    return deployment_of(read(path, environ), environ, environment)


def read(path: Path, environ: Mapping[str, str]) -> Written:
    """Read the text of a deployment file and of the files that it includes.

    :param environ: where variables in the paths of included files are looked up.
    :raises SpecError: where it is no YAML, or no mapping.
    """
    gathered = Mistakes(str(path))
    root = read_tree(content(path, "deployment file", LARGEST), RULES, gathered)
    if root is None:
        gathered.fail(1, 1, "is empty; a deployment file begins with deployment: and its name")
    if not isinstance(root, Table):
        gathered.fail(root.line, root.column, "must be a mapping that begins with deployment: NAME")
    written = Written(root, gathered)
    if root.entry("include") is None:
        return written
    from seatrial.spec.include import with_included  # most files include none, and need not wait for it

    return with_included(written, path, environ)


def deployment_of(written: Written, environ: Mapping[str, str], environment: str = "") -> DeploymentSpec:
    """The deployment that a file describes, in one of its environments.

    :raises SpecError: with every mistake, sorted by line.
    :raises UsageError: where the file has no such environment.
    """
    source = _source(written, environ, environment)
    found = [source.in_parts]
    try:
        deployment = DeploymentSpec.model_validate(source.value)
    except ValidationError as error:
        found.append(mistakes(error, source, () if source.partial else loose_misfits(source.value)))
    if problems := source.mistakes.unexplained(*found).problems():
        raise SpecError([*problems, *_unchosen(written, environment)])
    return deployment


def compose_file(path: Path, deployment: DeploymentSpec) -> Path:
    """The compose file that a deployment file names with ``start:``, relative to itself.

    :raises UsageError: where it names none.
    """
    if deployment.start is None:
        raise UsageError(f"{path} names no compose file to start; give start: compose.yaml in it")
    return path.parent / deployment.start


def _source(written: Written, environ: Mapping[str, str], environment: str) -> Source:
    if environment or any(key.text in MADE_UP_OF for key, _ in written.root.entries):
        from seatrial.spec.layers import layered  # most files have one layer, and need not wait for it

        return layered(written, environ, environment)
    gathered = written.gathered()
    value = plain_values(written.root, environ, gathered)
    return Source(value, written.root, gathered, partial=written.incomplete)


def _unchosen(written: Written, environment: str) -> list[Problem]:
    """What to say of a file with mistakes that has environments, when none of them is chosen."""
    entry = written.root.entry("environments")
    if environment or entry is None or not isinstance(entry[1], Table):
        return []
    key, names = entry[0], ", ".join(name.text[:64] for name, _ in entry[1].entries)
    said = f"none is chosen, so the file is read without them; choose one with --environment: {names}"
    shown = Mistakes(key.file)
    shown.at(key, said, ("environments",))
    return shown.problems()
