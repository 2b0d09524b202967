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
    told = _on_disk(running.removesuffix(_DELETED), process.detail.running_sha, process.detail.on_disk_sha)
    return f"{who(process)} runs {running}; {told}" if told else ""


def _on_disk(path: str, ours: str | Unreadable, theirs: str | Unreadable) -> str:
    """What the file now is; nothing where it is an equal copy.

    :raises Blind: where the two could not be compared.
    """
    doubt = f"its file was deleted, and whether what is now at {path} is an equal copy is not known"
    if isinstance(ours, Unreadable) or isinstance(theirs, Unreadable):
        raise Blind(f"{doubt}: {ours if isinstance(ours, Unreadable) else theirs}")
    if not ours:
        raise Blind(f"{doubt}: it was not read")
    if not theirs:
        return f"there is no {path} any more"
    if ours == theirs:
        return ""
    return f"the file on disk (sha {theirs[:_SHOWN]}) is not the running one (sha {ours[:_SHOWN]})"


def _libraries(process: Process) -> str:
    if process.states and process.states[-1] == "Z":
        raise Blind("it has ended")
    gone = read(process.detail.deleted, "the code it has loaded")
    if not gone:
        return ""
    more = f" and {len(gone) - 5} more" if len(gone) > 5 else ""
    return f"{who(process)} still runs code that is gone from the disk: {', '.join(gone[:5])}{more}; restart it"
