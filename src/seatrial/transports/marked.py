"""A command whose end can be seen: a cut exec stream looks like a short answer with exit code 0.

The command runs below a shell that prints a nonce, runs it, and prints the nonce and the exit status when it ended:
only what is between the two marks is the command's, whatever a login shell's own files print around it. The shell reads
the nonce from its stdin, one byte at a time as read(1p) demands, so the command finds its own stdin untouched and
nobody sees the nonce in ``/proc/PID/cmdline`` or an environment.
"""

import secrets
import shlex
from collections.abc import Sequence

from seatrial.errors import CutShort, Refused
from seatrial.sanitise import clean

# The inner parentheses keep the shell alive when the command is one of its own words, such as exit or exec.
_SCRIPT = 'IFS= read -r n; printf "\\n%s\\n" "$n"; ("$@"); printf "\\n%s %d\\n" "$n" "$?"'
_FROM_THE_ENGINE = (126, 127)
_ENGINE_SAYS = (b"OCI runtime exec failed", b"unable to find ")
_SHOWN = 120


def new_nonce() -> str:
    """A text that no output holds by chance."""
    return secrets.token_hex(16)


def marked_argv(argv: Sequence[str]) -> list[str]:
    """The same command below a shell that marks its begin and its end."""
    return ["sh", "-c", _SCRIPT, "sh", *argv]


def marked_command(argv: Sequence[str]) -> str:
    """:func:`marked_argv` as one line for the shell that somebody logs in to, whichever that is.

    It may be any that has the quotes of POSIX (sh, dash, bash, ash, zsh, ksh). fish takes it too, unless an argument
    holds a backslash before another one or before a quote; csh, unless one holds a line break or an exclamation mark.
    """
    return f"exec {shlex.join(marked_argv(argv))}"


def marked_stdin(nonce: str, stdin: bytes) -> bytes:
    """The stdin for :func:`marked_argv` and :func:`marked_command`."""
    return nonce.encode() + b"\n" + stdin


def unmarked(nonce: str, exit_code: int | None, stdout: bytes) -> tuple[int, bytes]:
    """The command's own exit status and output, without anything that was printed before or after it.

    :param exit_code: of the exec or the session; None where it told none.
    :raises Refused: when the shell did not start: no shell in the image, or no such user.
    :raises CutShort: when a mark is missing.
    """
    begin, end = (b"\n" + nonce.encode() + last for last in (b"\n", b" "))
    before, begun, rest = stdout.partition(begin)
    output, ended, tail = rest.partition(end)
    number, line_end, _ = tail[:4].partition(b"\n")
    if ended and line_end and number.isdigit():
        return int(number), output
    check_started(exit_code, stdout)
    raise CutShort(_without_mark(exit_code, stdout, before if not begun else None))


def _without_mark(exit_code: int | None, stdout: bytes, instead: bytes | None) -> str:
    """Why the marks are missing.

    :param instead: what was printed without even a begin mark.
    """
    code = "no exit code" if exit_code is None else f"exit code {exit_code}"
    told = f"the output has no end mark after {len(stdout)} bytes ({code}): "
    if instead is None or not instead.strip():
        return told + "it was cut, or the shell was killed"
    return told + f"the shell never began, it printed {clean(instead.strip()[:_SHOWN], _SHOWN)!r}"


def check_started(exit_code: int | None, stdout: bytes) -> None:
    """Make sure that the engine could start what it was asked to: it tells so in the output and the exit code.

    :raises Refused: when it could not: no shell in the image, or no such user.
    """
    if exit_code is None or exit_code not in _FROM_THE_ENGINE or not stdout.startswith(_ENGINE_SAYS):
        return
    said = clean(stdout[:500]).strip("⏎ ")
    if b"executable file not found" in stdout or b"no such file or directory" in stdout:
        raise Refused(f"the image has no shell, so no command can be run in it: {said}", exit_code)
    raise Refused(f"the engine could not start the command: {said}", exit_code)
