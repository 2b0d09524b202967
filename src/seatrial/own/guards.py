"""Where testinfra's modules take "could not look" for "no": what must hold of their commands before a no is believed.

Its modules ask by exit code: ``not file.contains(...)`` is true for more codes than that of a grep which found nothing;
``not socket.is_listening`` is true where ``ss`` said nothing since it failed. The rules are made for testinfra 10.2.2
(``testinfra/modules/*.py``); of its commands that are not named here the exit code tells all.
"""

import re
import shlex
from collections.abc import Sequence

from seatrial.sanitise import clean

CANNOT_BE_RUN = (126, 127)
"""Exit codes of a shell for a command that may not be run, or is not there (POSIX, 2.8.2); beyond them are signals."""

# test(1) says 1 also where a folder on the way may not be searched; opening the file says why (dash, bash, busybox).
_TEST = """
test {op} {path} && exit 0
test -e {path} && exit 1
why=$(LC_ALL=C; (: < {path}) 2>&1)
case $why in
    *[Nn]"o such file" | *[Nn]"o such file or directory" | *"No such dir" | *[Nn]"ot a directory") exit 1;;
esac
echo "${{why:-it appeared while it was looked for}}" >&2
exit 126
"""
_FIRST = {
    "ps": ("test -r /proc/1/stat", "processes of other users are hidden in /proc"),
    "id": ("test -r /etc/passwd || ! test -e /etc/passwd", "/etc/passwd may not be read"),
    "getent": ("test -r /etc/passwd || ! test -e /etc/passwd", "/etc/passwd may not be read"),
    "dpkg-query": ("test -s /var/lib/dpkg/status && test -r /var/lib/dpkg/status", "dpkg has no list of packages"),
}
"""Program → what must hold for its no to mean anything, and what is said where it does not."""

_NO = {
    "cat": "no such file",
    "dpkg-query": "no packages found|no path found",
    "grep": "no such file",
    "id": "no such user|unknown user|no such id",
    "ip": "does not exist|can't find device",
    "nc": "refused|timed out|unreachable|no route",
    "ping": "name or service not known|unreachable",
    "pip": "not found",
    "service": "not running|dead|stopped|inactive",
    "rc-service": "does not exist",
    "timeout": "refused|timed out|unreachable|no route|not known|invalid argument",
}
"""Program → what it writes to stderr where it looked and the answer is no; with other words it could not look."""

_FALLS_BACK = ("realpath", "lsb_release")
"""Programs that testinfra asks first and does without where they are missing."""


def guarded(command: str) -> str:
    """The command of a module, with what makes sure that its no means no.

    :param command: for a shell, with its arguments quoted.
    """
    words = _words(command)
    if words[:1] == ["test"] and len(words) == 3:
        return _TEST.format(op=words[1], path=shlex.quote(words[2]))
    needs, otherwise = _FIRST.get(_program(words), ("", ""))
    return f"{{ {needs}; }} || {{ echo {shlex.quote(otherwise)} >&2; exit 126; }}\n{command}" if needs else command


def doubt(command: str, exit_code: int, stdout: bytes, stderr: bytes) -> str:
    """Why a module's command could not look, empty where its answer is one.

    :param command: as for :func:`guarded`.
    """
    words, said = _words(command), clean(stderr, 300).strip("⏎ ")
    program = _program(words)
    if program == "command":
        return said if stderr and exit_code else _unheard(program, exit_code, said, (1, 127))
    problem = _unheard(program, exit_code, said, (127,) if program in _FALLS_BACK else ())
    return problem or _silent(program, command, exit_code, stdout, said)


def _silent(program: str, command: str, exit_code: int, stdout: bytes, said: str) -> str:
    """What an exit code hides: that of a list whose caller does not read it, or of all but the last in a pipeline."""
    if program == "ss" and (exit_code or said or not stdout):
        return f"ss ended with {exit_code}: {said or 'it listed nothing, not even its header'}"
    if program == "netstat" and (exit_code or b"Proto" not in stdout):
        return f"netstat ended with {exit_code}: {said or 'it listed nothing, not even its header'}"
    if said and _is_pipeline(command):
        return f"{program} said: {said}"
    no = _NO.get(program)
    if no and exit_code and said and not re.search(no, said, re.IGNORECASE):
        return f"{program} ended with {exit_code}: {said}"
    return ""


def _unheard(program: str, exit_code: int, said: str, allowed: Sequence[int]) -> str:
    """What is said of a command that was not run, or not to its end."""
    if exit_code in allowed or exit_code < CANNOT_BE_RUN[0]:
        return ""
    if exit_code in CANNOT_BE_RUN:
        return f"{program} could not be run: {said or f'exit code {exit_code}'}"
    return f"{program} was ended by a signal or failed (exit code {exit_code}){': ' if said else ''}{said}"


def _is_pipeline(command: str) -> bool:
    return "|" in _words(command)


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:
        return command.split()


def _program(words: Sequence[str]) -> str:
    return words[0].rpartition("/")[2] if words else ""
