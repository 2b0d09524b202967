"""The Python that runs us, as the services see it: what of this machine it needs, and how it is called there."""

import os
import shlex
import sys
import sysconfig
from dataclasses import dataclass
from importlib.util import find_spec

from seatrial.errors import UsageError

OVERLAID = "/usr/local/bin"
"""A folder of which the services see their own programs only."""

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64")
_NEEDED = {"kazoo": "kazoo", "supervisor": "supervisor"}


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python.

    :param binds: folders and files that it consists of, beside the system's own.
    :param launcher: shell script that runs it, with the libraries of the services.
    """

    binds: tuple[str, ...]
    launcher: str


def interpreter(library: str) -> Interpreter:
    """The Python that runs us.

    Where its executable is among those that are overlaid, it is called by its real name, past all links, and so past
    its virtual environment: that one's libraries are named then.

    :param library: folder that it must find modules in, as the services see it.
    :raises UsageError: where a library of the services is not installed.
    """
    hops = _hops(sys.executable)
    hidden = any(_overlaid(hop) for hop in hops)
    program = os.path.realpath(sys.executable) if hidden else sys.executable
    known = () if hidden else sysconfig.get_paths().values()
    shared = [folder for folder in _library_folders() if folder not in known]
    path = shlex.quote(":".join([library, *shared]))
    launcher = f'#!/bin/sh\nPYTHONPATH={path} PYTHONDONTWRITEBYTECODE=1 exec {shlex.quote(program)} "$@"\n'
    folders = {program} if hidden else {os.path.dirname(hop) for hop in hops}
    return Interpreter(tuple(_outermost({*_prefixes(), *folders, *shared})), launcher)


def _library_folders() -> list[str]:
    folders = []
    for module in _NEEDED:
        spec = find_spec(module)
        if spec is None or not spec.submodule_search_locations:
            raise UsageError(f"the demo without an engine needs {module}: pip install 'seatrial[demo]'")
        folders.append(os.path.dirname(spec.submodule_search_locations[0]))
    return list(dict.fromkeys(folders))


def _prefixes() -> set[str]:
    return {sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix}


def _hops(path: str) -> set[str]:
    """An executable, and each link on the way to it."""
    found = set[str]()
    while path not in found:
        found.add(path)
        if os.path.islink(path):
            path = os.path.normpath(os.path.join(os.path.dirname(path), os.readlink(path)))
    return found


def _outermost(paths: set[str]) -> list[str]:
    """These, also under their real names, without what the system's folders or another of them hold already."""
    everyone = sorted({*paths, *map(os.path.realpath, paths)})
    kept: list[str] = []
    for path in everyone:
        if _overlaid(path) or not any(f"{path}/".startswith(f"{above}/") for above in (*_SYSTEM, *kept)):
            kept.append(path)
    return kept


def _overlaid(path: str) -> bool:
    return path.startswith(f"{OVERLAID}/")
