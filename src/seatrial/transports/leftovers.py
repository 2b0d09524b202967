"""Ending what an exec left behind: the engine has no call that ends one (Engine API, "Exec"), and neither has SSH.

A command is created with a random mark in its environment (``Env``, or env(1)), which all that it starts inherits
(execve(2)). Where it did not come to its end, one short exec or session as the same user sends KILL to whatever holds
that mark in ``/proc/PID/environ`` (proc(5)): nothing else can hold it, and that exec itself does not.
"""

import secrets
import shlex

from seatrial.errors import CouldNotLook, CutShort, Refused
from seatrial.sanitise import clean
from seatrial.transports.marked import check_started

ENDING_S = 3.0
"""Seconds for it in all; the deadline of the command is often over by then."""

SAID_CAP = 64 * 1024
"""Most bytes of its output."""

# A process that forks while the list is read may leave one more, so it is read until none is found.
_SCRIPT = """
PATH=$PATH:/usr/bin:/bin
command -v grep >/dev/null || { echo 'there is no grep in it'; exit 1; }
for turn in 1 2 3 4 5; do
    found=$(grep -lsF "$@" /proc/[0-9]*/environ)
    [ -n "$found" ] || exit 0
    for file in $found; do
        pid=${file#/proc/}
        kill -KILL "${pid%/environ}"
    done
    sleep 0.1
done 2>&1
echo "KILL does not end" $found
exit 1
"""
_CONFLICT, _NOT_FOUND = 409, 404


def new_mark() -> str:
    """An entry for an environment that no other process has."""
    return f"SEATRIAL_LOOK={secrets.token_hex(16)}"


def with_mark(mark: str, command: str) -> str:
    """A command line for a shell as one that has the mark in its environment, with all that it starts."""
    return f"exec env {shlex.quote(mark)} sh -c {shlex.quote(command)}"


def ending_argv(*marks: str) -> list[str]:
    """The command that ends all that hold one of these marks, and exits with 0 when none is left that it can see."""
    return ["sh", "-c", _SCRIPT, "sh", *(word for mark in marks for word in ("-e", mark))]


def check_ended(exit_code: int | None, stdout: bytes) -> None:
    """Make sure that it did.

    :raises CouldNotLook: with its own words when it did not.
    """
    check_started(exit_code, stdout)
    if exit_code:
        raise CutShort(clean(stdout[:300]).strip("⏎ ") or f"ending it failed with exit code {exit_code}")
    if exit_code is None:
        raise CutShort("ending it told no exit code")


def may_run_on(error: CouldNotLook) -> bool:
    """Whether a command may still run after this error: the engine refused others before it started them."""
    return not isinstance(error, Refused) or not error.status


def is_gone(problem: CouldNotLook) -> bool:
    """Whether nothing was ended because the container itself ended."""
    return isinstance(problem, Refused) and (
        problem.status == _NOT_FOUND or (problem.status == _CONFLICT and "is not running" in str(problem))
    )
