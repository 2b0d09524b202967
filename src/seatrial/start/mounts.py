"""Volumes, folders of the host and tmpfs in a container, in compose's short and long form."""

import os
from collections.abc import Callable
from pathlib import Path

from seatrial.start.fields import Field
from seatrial.start.model import Mount
from seatrial.start.notation import absolute, boolean, choice, named

volume_name = named(r"[A-Za-z0-9][A-Za-z0-9_.-]*", "volume name")


def mounts(field: Field, folder: Path) -> tuple[Mount, ...]:
    """Read the list of volumes of one service.

    :param folder: where relative paths of the host begin.
    """
    found = [
        _long(item, folder) if item.mapped else item.read(_short(folder), Mount("", "", "")) for item in field.items()
    ]
    targets = [mount.target for mount in found if mount.target]
    if len(set(targets)) < len(targets):
        field.complain("two volumes have the same target")
    return tuple(found)


def tmpfs(field: Field) -> tuple[tuple[str, str], ...]:
    """Read tmpfs as (path, options): one or a list of ``/run`` or ``/run:size=64m,mode=755``."""
    items = field.items() if field.listed else [field]
    return tuple(item.read(_tmpfs, ("", "")) for item in items)


def _tmpfs(text: str) -> tuple[str, str]:
    path, _, options = text.partition(":")
    return absolute(path), options


def _short(folder: Path) -> Callable[[str], Mount]:
    def read(text: str) -> Mount:
        parts = text.split(":")
        read_only = parts[-1] == "ro"
        if len(parts) > 1 and parts[-1] in ("ro", "rw"):
            parts.pop()
        if len(parts) > 2:
            raise ValueError(
                f"{text!r} is no volume; write name:/target, ./path:/target or /path:/target, with :ro or not"
            )
        source = parts[0] if len(parts) == 2 else ""
        kind = "bind" if source.startswith((".", "/", "~")) else "volume"
        return Mount(kind, _source(kind, source, folder), absolute(parts[-1]), read_only)

    return read


def _long(field: Field, folder: Path) -> Mount:
    keys = field.keys(("type", "source", "target", "read_only"))
    for needed in ("type", "target"):
        if needed not in keys:
            field.complain(f"{needed} is missing")
    kind = keys["type"].read(choice("volume", "bind"), "") if "type" in keys else ""
    target = keys["target"].read(absolute, "") if "target" in keys else ""
    source = keys["source"].read(lambda text: _source(kind, text, folder), "") if "source" in keys else ""
    if kind == "bind" and "source" not in keys:
        field.complain("source is missing: the path on the host")
    return Mount(kind, source, target, keys["read_only"].read(boolean, False) if "read_only" in keys else False)


def _source(kind: str, text: str, folder: Path) -> str:
    if kind != "bind":
        return volume_name(text) if text else ""
    if text.startswith("~"):
        raise ValueError(f"{text!r}: ~ is not expanded; write the path")
    return os.path.normpath(folder / text)
