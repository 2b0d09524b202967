"""Where a run's report goes: ``reports/<deployment>/<time>-<random>/``, and the link ``latest`` beside it."""

import os
import re
import secrets
from datetime import UTC, datetime
from pathlib import Path

from seatrial.errors import UsageError

LATEST = "latest"
PRIVATE = 0o700

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_TRIES = 16


def new_folder(base: Path, deployment: str, now: datetime) -> Path:
    """Make the folder for one run's report; nobody but its owner may enter it.

    :param base: folder of all reports; it is made where it is missing.
    :param deployment: name of the deployment, which becomes a folder name.
    :param now: when the run began, with its time zone; folder names are in UTC, so that they sort by time.
    :raises UsageError: where the name is no folder name, or nothing can be written there.
    """
    if not _NAME.fullmatch(deployment):
        raise UsageError(f"{deployment!r} cannot be a folder name; use letters, digits, '_', '.' and '-'")
    parent = base / deployment
    try:
        base.mkdir(PRIVATE, parents=True, exist_ok=True)
        parent.mkdir(PRIVATE, exist_ok=True)
        return _exclusive(parent, now.astimezone(UTC).strftime("%Y-%m-%dT%H-%M-%SZ"))
    except OSError as error:
        raise UsageError(f"no report can be written to {parent}: {error.strerror}; choose another folder") from error


def point_latest(folder: Path) -> Path:
    """Let ``latest`` beside a report folder point to it, at once and never through a state without a link.

    :raises UsageError: where ``latest`` is a folder or cannot be written.
    """
    link = folder.parent / LATEST
    passing = folder.parent / f".{LATEST}-{folder.name}"
    try:
        passing.symlink_to(folder.name)
        os.replace(passing, link)
    except OSError as error:
        passing.unlink(missing_ok=True)
        raise UsageError(f"{link} cannot be pointed to {folder.name}: {error.strerror}; move it away") from error
    return link


def _exclusive(parent: Path, stem: str) -> Path:
    for _ in range(_TRIES):
        folder = parent / f"{stem}-{secrets.token_hex(2)}"
        try:
            folder.mkdir(PRIVATE)
        except FileExistsError:
            continue
        return folder
    raise UsageError(f"{parent} holds {_TRIES} reports of {stem} already; wait a second")
