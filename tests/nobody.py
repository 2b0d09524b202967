"""Running Seatrial as an ordinary user without rights, also where only root may read its Python or its files."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import kazoo

import seatrial

UID = 65534
_OPEN_UP = r"""
set -eu
stash=$1 closed=$2 needed=$3; shift 3
for folder in $closed; do
    mkdir -p "$stash$folder"
    mount --rbind "$folder" "$stash$folder"
    mount -t tmpfs -o mode=755 tmpfs "$folder"
    for path in $needed; do
        case $path in "$folder"/*) mkdir -p "$path"; mount --rbind "$stash$path" "$path" ;; esac
    done
done
exec "$@"
"""
"""In a mount namespace of its own: a folder that only root may enter is replaced by one that shows what is needed."""


@contextmanager
def home_of(uid: int) -> Iterator[Path]:
    """A folder that belongs to a user, for its home and its temporary files."""
    home = Path(tempfile.mkdtemp(prefix="st-home-"))
    for folder in (home, home / "tmp"):
        folder.mkdir(exist_ok=True)
        os.chown(folder, uid, -1)
    try:
        yield home
    finally:
        shutil.rmtree(home)


def as_nobody(home: Path, argv: list[str]) -> list[str]:
    """The same command as nobody; only root may become nobody."""
    needed = sorted(needed_folders())
    closed = sorted({str(folder) for path in needed if (folder := _closed_above(Path(path)))})
    # Only root reads the stash; it goes with the mount namespace, but for an empty folder.
    stash = home / "stash"
    stash.mkdir(mode=0o700, exist_ok=True)
    opened = ["unshare", "--mount", "sh", "-c", _OPEN_UP, "sh", str(stash), " ".join(closed), " ".join(needed)]
    return [*opened, "setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups", *argv]


def needed_folders() -> set[str]:
    """What Python and Seatrial consist of."""
    packages = {str(Path(module.__file__).parents[1]) for module in (seatrial, kazoo)}
    clone = Path(seatrial.__file__).parents[2]
    in_clone = {str(clone / name) for name in ("src", "checks", "fixtures", "examples") if (clone / name).is_dir()}
    return {sys.prefix, sys.base_prefix, *packages, *in_clone}


def _closed_above(path: Path) -> Path | None:
    """The topmost folder on the way that others may not enter."""
    return next((folder for folder in [*reversed(path.parents), path] if not folder.stat().st_mode & 0o001), None)
