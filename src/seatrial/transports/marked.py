"""A command whose end can be seen: a cut exec stream looks like a short answer with exit code 0.

The command runs below a shell that prints a nonce and the exit status when it ended. The shell reads the nonce from
its stdin, one byte at a time as read(1p) demands, so the command finds its own stdin untouched and nobody sees the
nonce in ``/proc/PID/cmdline`` or an environment.
"""

import secrets
from collections.abc import Sequence

from seatrial.errors import CutShort, Refused
from seatrial.sanitise import clean

# The inner parentheses keep the shell alive when the command is one of its own words, such as exit or exec.
_SCRIPT = 'IFS= read -r n; ("$@"); printf "\\n%s %d\\n" "$n" "$?"'
_FROM_THE_ENGINE = (126, 127)
_ENGINE_SAYS = (b"OCI runtime exec failed", b"unable to find ")


def new_nonce() -> str:
    """A text that no output holds by chance."""
    return secrets.token_hex(16)


def marked_argv(argv: Sequence[str]) -> list[str]:
    """The same command below a shell that marks its end."""
    return ["sh", "-c", _SCRIPT, "sh", *argv]


def marked_stdin(nonce: str, stdin: bytes) -> bytes:
    """The stdin for :func:`marked_argv`."""
    return nonce.encode() + b"\n" + stdin


def unmarked(nonce: str, exit_code: int, stdout: bytes) -> tuple[int, bytes]:
    """The command's own exit status and output.

    :param exit_code: of the exec, as the engine tells it.
    :raises Refused: when the shell did not start: no shell in the image, or no such user.
    :raises CutShort: when the mark is missing.
    """
    body, separator, tail = stdout.rpartition(b"\n" + nonce.encode() + b" ")
    number = tail[:-1]
    if separator and tail.endswith(b"\n") and number.isdigit() and len(number) <= 3:
        return int(number), body
    check_started(exit_code, stdout)
    raise CutShort(
        f"the output has no end mark after {len(stdout)} bytes (exit code {exit_code}): "
        "it was cut, or the shell was killed"
    )


def check_started(exit_code: int, stdout: bytes) -> None:
    """Make sure that the engine could start what it was asked to: it tells so in the output and the exit code.

    :raises Refused: when it could not: no shell in the image, or no such user.
    """
    if exit_code not in _FROM_THE_ENGINE or not stdout.startswith(_ENGINE_SAYS):
        return
    said = clean(stdout[:500]).strip("⏎ ")
    if b"executable file not found" in stdout or b"no such file or directory" in stdout:
        raise Refused(f"the image has no shell, so no command can be run in it: {said}", exit_code)
    raise Refused(f"the engine could not start the command: {said}", exit_code)
