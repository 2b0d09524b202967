"""Does a process run from the release that is meant to run?"""

from seatrial.judges.case import Blind, Case, entry
from seatrial.judges.roots import of_each, read, who
from seatrial.snapshot import Process
from seatrial.verdicts import Verdict

_DELETED = " (deleted)"


def release(case: Case) -> Verdict:
    """The program or the working folder of each root is in the folder to which the declared path leads now."""
    declared = case.check.expected.release or ""
    real = entry(case.inside.reals, declared, declared)
    if not real:
        return case.failed(f"{declared} does not exist, so nothing can run from it")
    leads = f"{declared} -> {real}" if real != declared else declared

    def ask(process: Process) -> str:
        places = [read(process.exe, "its program"), read(process.detail.cwd, "its working folder")]
        other = next((place for place in places if _beside(place, real)), None)
        if other is not None:
            return f"{who(process)} runs from {_release(other, real)}; {leads}"
        if not any(_within(place, real) for place in places):
            raise Blind(f"neither its program {places[0]} nor its working folder {places[1]} is in a release; {leads}")
        return ""

    return of_each(case, ask, f"{case.check.expected.name} runs from {leads}")


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
