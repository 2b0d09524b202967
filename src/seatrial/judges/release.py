"""Does a process run from the release that is meant to run?"""

import re

from seatrial.judges.case import Blind, Case, entry
from seatrial.judges.interpreters import runs_scripts
from seatrial.judges.matching import program
from seatrial.judges.roots import of_each, read, who
from seatrial.snapshot import Process
from seatrial.verdicts import Verdict

_DELETED = " (deleted)"
_VERSION = re.compile(r"[-_.v]*\d.*")


def release(case: Case) -> Verdict:
    """The program or the working folder of each root is in the folder to which the declared path leads now."""
    declared = case.check.expected.release or ""
    real = entry(case.inside.reals, declared, declared)
    if not real:
        return case.failed(f"{declared} does not exist, so nothing can run from it")
    leads = f"{declared} -> {real}" if real != declared else declared

    def ask(process: Process) -> str:
        exe, cwd = read(process.exe, "its program"), read(process.detail.cwd, "its working folder")
        own = not runs_scripts(exe, program(process))
        surely = (
            place for place in (exe, cwd) if _beside(place, real) and (_alike(place, real) or (own and place is exe))
        )
        other = next(surely, None)
        if other is None and not own:
            _must_not_be_told_another(process, declared, real)
        if other is None and any(_within(place, real) for place in (exe, cwd)):
            return ""
        if other is not None or _beside(cwd, real):
            return f"{who(process)} runs from {_release(other or cwd, real)}; {leads}"
        raise Blind(f"neither its program {exe} nor its working folder {cwd} is in a release; {leads}")

    return of_each(case, ask, f"{case.check.expected.name} runs from {leads}")


def _must_not_be_told_another(process: Process, declared: str, real: str) -> None:
    """Whether the script that an interpreter was told is in another release; by links it may be in the right one.

    :raises Blind: where it seems so.
    """
    script = next((word for word in read(process.argv, "its arguments")[1:] if word.startswith("/")), "")
    if _beside(script, real) and _alike(script, real) and not _within(script, declared):
        raise Blind(f"it was told to run {script}, and which release that is cannot be seen; {declared} -> {real}")


def _alike(place: str, real: str) -> bool:
    """Whether the folder beside is called like the right one but for its version; ``/opt/java`` is of no release."""
    beside, right = (_VERSION.sub("", path.rpartition("/")[2]) for path in (_release(place, real), real))
    return beside == right


def _within(place: str, folder: str) -> bool:
    return place == folder or place.startswith(folder.rstrip("/") + "/")


def _beside(place: str, real: str) -> bool:
    """Whether it is in another folder that lies beside the right one: that of another release."""
    around = real.rpartition("/")[0]
    return bool(around) and place.startswith(around + "/") and (not _within(place, real) or place.endswith(_DELETED))


def _release(place: str, real: str) -> str:
    """The folder of that other release."""
    around = real.rpartition("/")[0]
    gone = _DELETED if place.endswith(_DELETED) else ""
    return f"{around}/{place[len(around) + 1 :].removesuffix(_DELETED).partition('/')[0]}{gone}"
