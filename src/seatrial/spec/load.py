"""Loading a deployment file: all its mistakes at once, each with its line."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from seatrial.spec.inventory.muster import Muster


def load(path: Path, environ: Mapping[str, str], environment: str = "") -> DeploymentSpec:
    """Read a deployment file, what it includes, and its table of hosts; nothing is contacted.

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

    :raises SpecError: with every mistake, sorted by line; those of a table of hosts are the last.
    :raises UsageError: where the file has no such environment.
    """
    source, muster = _with_hosts(_source(written, environ, environment), environ)
    found = [source.in_parts, *([muster.mistakes] if muster else []), *_of_ssh(source, environ)]
    try:
        deployment = DeploymentSpec.model_validate(source.value)
    except ValidationError as error:
        found.append(mistakes(error, source, () if source.partial else loose_misfits(source.value)))
    if problems := [*source.mistakes.unexplained(*found).problems(), *(muster.problems if muster else ())]:
        raise SpecError([*problems, *_unchosen(written, environment)])
    whole = _in_place(deployment, source, environ)
    return whole.with_inventory(muster.hosts) if muster else whole


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


def _with_hosts(source: Source, environ: Mapping[str, str]) -> tuple[Source, "Muster | None"]:
    """The same with its hosts, where it has any; the number of a service's instances may be that of its hosts."""
    services = source.value.get("services")
    services = services if isinstance(services, dict) else {}
    over_ssh = any(isinstance(each, dict) and each.get("on") == "ssh" for each in services.values())
    if source.partial or not (over_ssh or "hosts" in source.value):
        return source, None
    from seatrial.spec.inventory.host_references import (  # most files have no hosts, and need not wait for them
        counted,
        lost,
    )
    from seatrial.spec.inventory.muster import mustered

    muster = mustered(source, environ)
    for path, text in lost(services, muster.hosts, has_hosts="hosts" in source.value) if muster.whole else ():
        muster.mistakes.at(source.spot(path).node, text, path)
    if services:
        source = replace(source, value={**source.value, "services": counted(services, muster.hosts)})
    return source, muster


def _of_ssh(source: Source, environ: Mapping[str, str]) -> list[Mistakes]:
    """What is wrong with the files that ``ssh:`` names, where it stands there."""
    if source.partial or "ssh" not in source.value:
        return []
    from seatrial.spec.ssh_files import lost_files  # most files have no ssh, and need not wait for it

    return [lost_files(source, environ)]


def _in_place(deployment: DeploymentSpec, source: Source, environ: Mapping[str, str]) -> DeploymentSpec:
    """The same, with the files that it names where they are."""
    engines = [deployment.docker, *(service.docker for service in deployment.services.values())]
    if not any(model and model.model_fields_set for model in (deployment.ssh, *engines)):
        return deployment
    from seatrial.spec.beside import placed  # most files name none

    return placed(deployment, source, environ)


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
