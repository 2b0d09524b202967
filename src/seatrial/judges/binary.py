"""Does a process run the program, and the code, that is on the disk now?"""

from seatrial.judges.case import Blind, Case
from seatrial.judges.roots import of_each, read, who
from seatrial.snapshot import Process, Unreadable
from seatrial.verdicts import Verdict

_DELETED = " (deleted)"
_SHOWN = 12


def exe(case: Case) -> Verdict:
    """No declared process, worker or root, runs a program that was deleted or replaced since its start."""
    right = f"{case.check.expected.name} runs the program that is on the disk"
    return of_each(case, _exe, right, workers=True)


def libraries(case: Case) -> Verdict:
    """No declared process has code loaded whose file is no longer there, as after an upgrade without a restart."""
    right = f"{case.check.expected.name} has no code loaded that is gone from the disk"
    return of_each(case, _libraries, right, workers=True)


def _exe(process: Process) -> str:
    running = read(process.exe, "its program")
    if not running.endswith(_DELETED):
        return ""
    detail = process.detail
    ours, theirs = detail.running_sha, detail.on_disk_sha
    if ours and ours == theirs:
        return ""
    return f"{who(process)} runs {running}; {_on_disk(running.removesuffix(_DELETED), ours, theirs)}"


def _on_disk(path: str, ours: str | Unreadable, theirs: str | Unreadable) -> str:
    if isinstance(theirs, Unreadable):
        return f"whether {path} is the same program could not be read: {theirs.reason}"
    if not theirs:
        return f"there is no {path} any more"
    return f"the file on disk (sha {_short(theirs)}) is not the running one (sha {_short(ours)})"


def _short(sha: str | Unreadable) -> str:
    return sha[:_SHOWN] if isinstance(sha, str) and sha else "not read"


def _libraries(process: Process) -> str:
    if process.states and process.states[-1] == "Z":
        raise Blind("it has ended")
    gone = read(process.detail.deleted, "the code it has loaded")
    if not gone:
        return ""
    more = f" and {len(gone) - 5} more" if len(gone) > 5 else ""
    return f"{who(process)} still runs code that is gone from the disk: {', '.join(gone[:5])}{more}; restart it"
