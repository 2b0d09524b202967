"""How a compose file says that an image is built."""

import os
from collections.abc import Mapping
from pathlib import Path

from seatrial.start.fields import Field
from seatrial.start.model import Build
from seatrial.start.pairs import variables


def build(field: Field, folder: Path, environ: Mapping[str, str]) -> Build:
    """Read ``build: ./folder`` or its long form.

    :param folder: where a relative context begins.
    """
    if not field.mapped:
        return Build(field.read(lambda text: _context(text, folder), ""))
    keys = field.keys(("context", "dockerfile", "target", "args"))
    if "context" not in keys:
        field.complain("context is missing: the folder with the Dockerfile")
    return Build(
        keys["context"].read(lambda text: _context(text, folder), "") if "context" in keys else "",
        keys["dockerfile"].text() if "dockerfile" in keys else "Dockerfile",
        keys["target"].text() if "target" in keys else "",
        variables(keys["args"], environ) if "args" in keys else (),
    )


def _context(text: str, folder: Path) -> str:
    path = os.path.normpath(folder / text)
    if not os.path.isdir(path):
        raise ValueError(f"{text!r} is no folder that is there ({path})")
    return path
