"""Hands out the readers: the Python one as one program, the shell one as what goes to a shell's stdin.

What runs :func:`sh_script` or :func:`sh_second` is a plain ``sh`` (or ``sh -s``) with the script on its stdin.
"""

import re
import shlex
from functools import cache
from importlib.resources import files

from seatrial.collector.logs import spellings
from seatrial.request import LogRequest, TargetRequest, Window

_MODULES = (
    "wire",
    "kernel",
    "namespaces",
    "paths",
    "cgroups",
    "members",
    "logs",
    "grep",
    "talks",
    "limits",
    "target",
    "reader",
)
_OURS = re.compile(r"^from seatrial\.[^(\n]*\n", re.MULTILINE)
_WILD = re.compile(r"[*?\[]")


@cache
def program() -> bytes:
    """The Python reader as one program, for ``exec`` of what comes on stdin; each module's own imports are dropped."""
    sources = (files("seatrial.collector").joinpath(f"{name}.py").read_text("utf-8") for name in _MODULES)
    return "\n\n".join(_OURS.sub("", source) for source in sources).encode()


def sh_script(request: TargetRequest, window: Window, nonce: str) -> bytes:
    """Everything that a shell inside the target is to read.

    :param request: its talks are not for a shell: they are made from outside.
    :param nonce: random text; it goes by stdin only.
    """
    lines = ["begin"]
    for sample in range(window.samples):
        if sample:
            lines.append(f"nap {sample} {window.over_s / max(window.samples - 1, 1):.3f}")
        lines += [f"clock {sample}", f"processes {sample} details"]
        lines += [f"file {index} {sample} {shlex.quote(path)}" for index, path in enumerate(request.files)]
        lines += [*_heads(request), "tables"] if sample == 0 else []
    lines += [_log(index, log) for index, log in enumerate(request.logs)]
    return _script(nonce, [*lines, "identity 1"])


def sh_second(request: TargetRequest, nonce: str) -> bytes:
    """A second look: identity, exe and fd links, sockets.

    It shows accept queues while connections from outside are held open, and, run as the user of a service, the exe
    and the sockets of that user's processes, which root without CAP_SYS_PTRACE may not see (ptrace(2)).
    """
    del request
    return _script(nonce, ["begin", "clock 0", "processes 0 links", "tables", "identity 1"])


def _script(nonce: str, lines: list[str]) -> bytes:
    """All within a function without stdin: the rest of the script would be stdin of whatever it runs."""
    functions = files("seatrial.collector").joinpath("reader.sh").read_text("utf-8")
    body = "\n".join(lines)
    script = f"N={shlex.quote(nonce)}\nK=' '\n{functions}\nmain() {{\n{body}\nfinish\n}}\nmain </dev/null\n"
    return script.encode("utf-8", "surrogateescape")


def _heads(request: TargetRequest) -> list[str]:
    wanted = [(f"head 0 {index}", path) for index, path in enumerate(request.files) if path in request.heads]
    links = [f"chain 'filelink 0 {index}' {shlex.quote(path)}" for index, path in enumerate(request.files)]
    heads = [f"f {kind}; beginning {shlex.quote(path)}; e $?" for kind, path in (*wanted, ("passwd 0", "/etc/passwd"))]
    return [*links, *heads]


def _log(index: int, log: LogRequest) -> str:
    asked = [spelling for text in log.lines if "\n" not in text for spelling in spellings(text)]
    texts = [word for text in asked for word in ("-e", shlex.quote(text.decode("utf-8", "surrogateescape")))]
    how = "regexes" if log.regexes else "texts" if texts else "none"
    before = _WILD.split(log.glob)[0]
    base = before.rpartition("/")[0] or "/"
    return " ".join(["log", str(index), shlex.quote(log.glob), shlex.quote(base), how, *texts])
