"""Why a host printed none of our marks: no such program, no rights to become root, or no shell that runs commands."""

from seatrial.errors import CouldNotLook
from seatrial.host import Trouble
from seatrial.sanitise import clean
from seatrial.ssh.link import Ran
from seatrial.ssh.trouble import NotReached, StillRunning

_SHOWN = 200
_NOT_RUN = (126, 127)
"""Exit codes of a shell for a program that is not there, or may not be run (POSIX, 2.8.2)."""


class NoSuchProgram(CouldNotLook):
    """The host does not have the program that was to read it, or only one that is too old."""


def check_marks(ran: Ran, nonce: str, *, user: str) -> None:
    """Make sure that a reader came to write.

    :param user: who asked sudo for it, empty where nobody did.
    :raises NoSuchProgram: where it could not be started.
    :raises NotReached: where sudo refused, or no shell ran it.
    :raises CouldNotLook: where it broke.
    """
    if _began(ran.stdout, nonce):
        return
    missing = ran.exit_code in _NOT_RUN or b": command not found" in ran.stderr
    said = clean(ran.stderr.strip()[-_SHOWN:], _SHOWN)
    if user and b"sudo" in ran.stderr and b"sudo: python3: command not found" not in ran.stderr:
        raise NotReached(Trouble("access.sudo", f"sudo -n refused for {user}: {said}", lasting=True))
    if missing:
        raise NoSuchProgram(said or f"it ended with {ran.exit_code}")
    if b"Traceback" in ran.stderr:
        raise CouldNotLook(f"our reader broke there: {said}")
    code = "" if ran.exit_code is None else f" and ended with {ran.exit_code}"
    raise _no_shell(ran.stdout or ran.stderr, code)


def check_late(late: StillRunning, nonce: str) -> None:
    """Tell a shell that waits for something else than a command from one that is slow.

    :raises NotReached: where it printed, and nothing of that is ours.
    """
    printed = late.stdout or late.stderr
    if printed.strip() and not _began(late.stdout, nonce):
        raise _no_shell(printed, f", and then {late}") from late


def _began(stdout: bytes, nonce: str) -> bool:
    """Whether a marker stands there; a program that gives back its stdin prints the nonce too, but no marker."""
    return b"\n" + nonce.encode() + b" " in stdout


def _no_shell(said: bytes, how: str) -> NotReached:
    printed = clean(said.strip()[:_SHOWN], _SHOWN)
    told = f"shell printed {printed!r}" if printed else "shell printed nothing"
    return NotReached(Trouble("access.shell", f"no end marker: {told}{how}"))
