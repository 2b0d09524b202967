"""Was a running container patched? An update is a new image."""

import fnmatch
import re
from collections.abc import Collection, Iterable

from seatrial.judges.case import Blind, Case, seen
from seatrial.snapshot import Change
from seatrial.verdicts import Verdict

WORDS = {0: "changed", 1: "added", 2: "deleted"}
"""Engine API, ``ContainerChanges``: kinds of a change."""

_ENGINES_OWN = ("/sbin/docker-init", "/usr/sbin/docker-init")
"""What the engine puts there by itself: the first process of ``--init``."""

_TOLD = 10


def drift(case: Case) -> Verdict:
    """No path differs from the image, except below mounts and where the file allows it."""
    case.must_run()
    found = case.slot.changes
    if found is None:
        raise Blind("what was changed in it was not looked at")
    allowed, mounts = case.check.expected.drift.allow, [mount.path for mount in case.container.settings.mounts]
    made = {*_ENGINES_OWN, *_above(mounts)}
    wrong = [
        change
        for change in _own(seen(found))
        if not any(matches(change.path, glob) for glob in allowed)
        and not any(_is_at(change.path, mount) for mount in mounts)
        and not (change.kind == 1 and change.path in made)
    ]
    if not wrong:
        return case.passed("nothing in it differs from its image but what may")
    told = ", ".join(f"{change.path} {WORDS.get(change.kind, 'changed')}" for change in wrong[:_TOLD])
    more = f" and {len(wrong) - _TOLD} more" if len(wrong) > _TOLD else ""
    noun = "path differs" if len(wrong) == 1 else "paths differ"
    return case.failed(f"{len(wrong)} {noun} from the image: {told}{more}")


def _is_at(path: str, mount: str) -> bool:
    """An engine makes the folders on which it mounts something."""
    return path == mount or path.startswith(f"{mount.rstrip('/')}/")


def _above(paths: Iterable[str]) -> set[str]:
    """All folders that these paths are in, but the root."""
    return {path[:at] for path in paths for at in range(1, len(path)) if path[at] == "/"}


def _own(changes: Collection[Change]) -> list[Change]:
    """Without the folders that are only called changed since something below them was."""
    above = _above(change.path for change in changes)
    return [change for change in changes if change.kind != 0 or change.path not in above]


def matches(path: str, glob: str) -> bool:
    """Whether a path is meant: ``/tmp/**`` means the folder and all below it, ``*`` stays within one part."""
    if glob.endswith("/**"):
        return path == glob[:-3] or path.startswith(glob[:-2])
    parts, globs = path.split("/"), glob.split("/")
    return len(parts) == len(globs) and all(map(_part, parts, globs))


def _part(part: str, glob: str) -> bool:
    return re.fullmatch(fnmatch.translate(glob), part) is not None
