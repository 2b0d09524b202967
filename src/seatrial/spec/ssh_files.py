"""The files that ``ssh:`` names, looked for before anything is contacted; none of them is read."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from seatrial.spec.beside import beside
from seatrial.spec.local_file import trouble
from seatrial.spec.source import Source
from seatrial.yamltree.gathering import Mistakes
from seatrial.yamltree.gathering import Path as KeyPath


def lost_files(source: Source, environ: Mapping[str, str]) -> Mistakes:
    """What is wrong with the configuration, the keys and the folder of the known hosts.

    Where of a key only ``KEY.pub`` is there, an agent has the rest of it (ssh_config(5), IdentityFile). The file of
    known hosts may come into being later.

    :param source: the whole file.
    :param environ: where ``HOME`` is looked up, for a path that begins with ``~/``.
    """
    mistakes, said = Mistakes(source.mistakes.file), source.value.get("ssh")
    for path, text in _named(said) if isinstance(said, dict) else ():
        file = beside(source, path, text, environ)
        if wrong := _trouble(path[1], file):
            mistakes.at(source.spot(path).node, f"{text[:200]!r} {wrong}", path)
    return mistakes


def _named(said: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    """Path in the deployment file, and the file that it names there, of all that are texts."""
    for key in ("config", "known_hosts", "identity"):
        value = said.get(key)
        several = [*enumerate(value)] if isinstance(value, list) else []
        every: list[tuple[KeyPath, Any]] = [(("ssh", key), value), *((("ssh", key, at), item) for at, item in several)]
        yield from ((path, text) for path, text in every if isinstance(text, str) and text)


def _trouble(key: str | int, file: Path) -> str:
    wrong = trouble(file)
    if key == "known_hosts" and wrong and os.path.isdir(file.parent) and not os.path.lexists(file):
        return ""
    if key == "identity" and wrong and not trouble(file.with_name(f"{file.name}.pub")):
        return ""
    return wrong
