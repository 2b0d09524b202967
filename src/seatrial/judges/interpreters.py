"""Which programs run a script that stands among their arguments; all others, ``tail`` and editors say, only read it."""

import re
from typing import Literal

from seatrial.snapshot import Unreadable
from seatrial.spec.naming import last_part

_SHELLS = r"sh|bash|dash|ash|zsh|ksh|mksh|rbash"
_OTHERS = (
    r"python|pypy|perl|ruby|jruby|node|nodejs|deno|bun|java|php|php-cgi|php-fpm|lua|luajit|tclsh|wish|expect|Rscript|R"
    r"|mono|mono-sgen|dotnet|beam\.smp|erl|escript|elixir|julia|racket|guile|groovy|pwsh|awk|gawk|mawk"
)
_VERSION = r"(?:-?\d[\w.]*(?:-dbg)?)?"
_SHELL = re.compile(f"(?:{_SHELLS}){_VERSION}")
_ANY = re.compile(f"(?:{_SHELLS}|{_OTHERS}){_VERSION}")
_MANY_IN_ONE = ("busybox", "toybox")
_JAVA = re.compile(r"java(?:-?\d[\w.]*)?")
_JSVC = re.compile(r"jsvc(?:\.exec)?")

Launcher = Literal["java", "jsvc", ""]


def runs_scripts(exe: str | Unreadable, first: str) -> bool | None:
    """Whether a program is an interpreter; None where its exe cannot be read and its title does not tell.

    :param first: ``argv[0]``, by which busybox knows which of its programs it is.
    """
    called = last_part(first).removeprefix("-")
    if isinstance(exe, Unreadable) or not exe:
        return True if _ANY.fullmatch(called) else None
    program = last_part(exe.removesuffix(" (deleted)"))
    return (_SHELL.fullmatch(called) if program in _MANY_IN_ONE else _ANY.fullmatch(program)) is not None


def java_launcher(exe: str | Unreadable, first: str) -> Launcher | None:
    """Which launcher of Java a program is, empty where it is none; None where that cannot be told.

    :param first: ``argv[0]``, which only decides where exe cannot be read.
    """
    readable = not isinstance(exe, Unreadable) and exe
    program = last_part(str(exe).removesuffix(" (deleted)") if readable else first)
    if _JAVA.fullmatch(program):
        return "java"
    if _JSVC.fullmatch(program):
        return "jsvc"
    return "" if readable else None
