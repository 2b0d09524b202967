"""Hands out the readers: the Python one as one program, the shell one as what goes to a shell's stdin.

What runs :func:`sh_script` or :func:`sh_second` is a plain ``sh`` (or ``sh -s``) with the script on its stdin.
"""

import re
import shlex
import threading
from functools import cache
from importlib.resources import files

from seatrial.collector.logs import spellings
from seatrial.errors import CouldNotLook
from seatrial.parsers.cron import CRON_FOLDERS
from seatrial.parsers.units import UNIT_PROPERTIES
from seatrial.request import HostRequest, LogRequest, ProcessRequest, TargetRequest, Window
from seatrial.transports.bare import bare

_MODULES = (
    "wire",
    "reading",
    "kernel",
    "namespaces",
    "paths",
    "cgroups",
    "members",
    "logs",
    "grep",
    "inet",
    "unix",
    "talk",
    "talks",
    "limits",
    "processes",
    "target",
    "network",
    "scanning",
    "children",
    "host",
    "reader",
)
_WILD = re.compile(r"[*?\[]")
_IMPORTED = re.compile(rb"^(?:import|from) ([\w.]+)", re.MULTILINE)
_INCOMPLETE = b"""except ImportError as error:
    sys.stderr.write("this Python cannot be used: %s\\n" % error)
    sys.exit(127)"""
_MAKING = threading.Lock()
"""Makes the program once: ``ast`` at work in several threads may be a SystemError (CPython issue 106905)."""
_PARAMETER = re.compile(r"[A-Za-z0-9_]+(?:[./][A-Za-z0-9_:@-]+)+")


def program() -> bytes:
    """The Python reader as one program, for ``exec`` of what comes on stdin, in Python 3.6 and later.

    Where a module of the standard library is missing, as in Debian's ``python3-minimal``, it ends with 127 before it
    reads its request: as a shell does where there is no Python.
    """
    with _MAKING:
        return _program()


@cache
def _program() -> bytes:
    body = b"\n\n".join(bare(files("seatrial.collector").joinpath(f"{name}.py").read_bytes()) for name in _MODULES)
    needed = b", ".join(sorted(set(_IMPORTED.findall(body))))
    return b"import sys\ntry:\n    import %s\n%s\n\n%s" % (needed, _INCOMPLETE, body)


def parameter_file(name: str) -> str:
    """Where the kernel tells a parameter: the first separator in its name is that of the parts (sysctl(8)).

    :raises CouldNotLook: where that is no name of one.
    """
    if not _PARAMETER.fullmatch(name):
        raise CouldNotLook(f"{name!r} is no name of a kernel parameter")
    dots, slashes = name.find("."), name.find("/")
    if slashes < 0 or 0 <= dots < slashes:
        name = name.translate({ord("."): "/", ord("/"): "."})
    return f"/proc/sys/{name}"


def sh_script(request: TargetRequest, window: Window, nonce: str) -> bytes:
    """Everything that a shell inside the target is to read.

    :param request: its talks are not for a shell: they are made from outside.
    :param nonce: random text; it goes by stdin only.
    """
    over_s = request.processes.cpu_over_s
    lines = ["begin", *(["machine"] if request.scope == "machine" else [])]
    lines += ["oom"] if request.scope == "container" else []
    for sample in range(window.samples):
        if sample:
            lines.append(f"nap {sample} {window.over_s / max(window.samples - 1, 1):.3f}")
        lines += [f"clock {sample}", f"processes {sample} details"]
        lines += [f"file {index} {sample} {shlex.quote(path)}" for index, path in enumerate(request.files)]
        lines += [*_heads(request), *_network(request), *_host(request.host)] if sample == 0 else []
    lines += [_log(index, log) for index, log in enumerate(request.logs)]
    lines += ["spent 0", f"nap {window.samples} {over_s:.3f}", "spent 1"] if over_s else []
    return _script(nonce, [*_asked(request.processes), *lines, "identity 1"])


def sh_second(request: TargetRequest, nonce: str) -> bytes:
    """A second look: identity, exe and fd links, sockets.

    It shows accept queues while connections from outside are held open, and, run as the user of a service, the exe
    and the sockets of that user's processes, which root without CAP_SYS_PTRACE may not see (ptrace(2)).
    """
    return _script(nonce, [*_asked(request.processes), "begin", "clock 0", "processes 0 links", "tables", "identity 1"])


def _network(request: TargetRequest) -> list[str]:
    return ["tables", *["unixes"] * bool(request.unix), *["clientports"] * request.client_ports]


def _asked(asked: ProcessRequest) -> list[str]:
    """What is read of each process: words for the script, and which environment variables those are."""
    words = [name for name in ("cwd", "limits", "libraries", "env") if getattr(asked, name)]
    keys = "|".join(re.escape(key) for key in asked.env)
    return [f"ASK={shlex.quote(' ' + ' '.join(words) + ' ')} KEYS={shlex.quote(f'^({keys})=')}"]


def _script(nonce: str, lines: list[str]) -> bytes:
    """All within a function without stdin: the rest of the script would be stdin of whatever it runs."""
    functions = files("seatrial.collector").joinpath("reader.sh").read_text("utf-8")
    body = "\n".join(lines)
    script = f"N={shlex.quote(nonce)}\nK=' '\n{functions}\nmain() {{\n{body}\nfinish\n}}\nmain </dev/null\n"
    return script.encode("utf-8", "surrogateescape")


def _heads(request: TargetRequest) -> list[str]:
    wanted = [(f"head 0 {index}", path) for index, path in enumerate(request.files) if path in request.heads]
    reals = [f"f real 0 {index}; real {shlex.quote(path)}; e $?" for index, path in enumerate(request.reals)]
    links = [f"chain 'filelink 0 {index}' {shlex.quote(path)}" for index, path in enumerate(request.files)]
    heads = [f"f {kind}; beginning {shlex.quote(path)}; e $?" for kind, path in (*wanted, ("passwd 0", "/etc/passwd"))]
    return [*links, *heads, *reals]


def _host(asked: HostRequest | None) -> list[str]:
    if asked is None:
        return []
    lines = ["host", *(f"parameter {index} {parameter_file(name)}" for index, name in enumerate(asked.sysctls))]
    lines += ["mountinfo"] if asked.mounts or asked.places else []
    lines += [f"disk {index} {shlex.quote(path)}" for index, path in enumerate(asked.mounts)]
    lines += [f"place {index} {shlex.quote(path)}" for index, path in enumerate(asked.places)]
    lines += [shlex.join(["crontabs", *CRON_FOLDERS])] if asked.cron else []
    lines += [shlex.join(["units", ",".join(UNIT_PROPERTIES), *asked.units])] if asked.units else []
    return [*lines, *(["engine"] if asked.engine else [])]


def _log(index: int, log: LogRequest) -> str:
    asked = [spelling for text in log.lines if "\n" not in text for spelling in spellings(text)]
    texts = [word for text in asked for word in ("-e", shlex.quote(text.decode("utf-8", "surrogateescape")))]
    how = "regexes" if log.regexes else "texts" if texts else "none"
    before = _WILD.split(log.glob)[0]
    base = before.rpartition("/")[0] or "/"
    return " ".join(["log", str(index), shlex.quote(log.glob), shlex.quote(base), how, *texts])
