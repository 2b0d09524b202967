"""Can a service still write where it keeps its files: is there room, are there inodes, is it mounted writable?"""

from seatrial.host import Place
from seatrial.judges.case import Blind, Case, entry
from seatrial.judges.room import share, size
from seatrial.spec.room import room
from seatrial.spec.space import SpaceSpec
from seatrial.verdicts import Verdict


def space(case: Case) -> Verdict:
    """What is left to ordinary users: what only root may still take is told, and does not count (statvfs(3))."""
    spec: SpaceSpec = case.check.expected
    found = _place(case, spec)
    if found is None:
        return _missing(case, spec)
    if found.size <= 0:
        raise Blind(f"{spec.path}: {_on(found)} tells no size")
    reserve = found.reserved if found.reserved > 0 else 0
    for_root = f", and {size(reserve)} more that only root may take" if reserve else ""
    told = f"{spec.path} {size(found.free)} of {size(found.size)} free ({share(found.free, found.size)})"
    told += f"{for_root}, on {_on(found)}"
    if room(spec.free or 0).enough(found.free, found.size):
        return case.passed(f"{told}, expected at least {spec.free}")
    return case.failed(f"{told}, expected at least {spec.free}")


def inodes(case: Case) -> Verdict:
    """How many files may still be made there, which the bytes that are left do not tell."""
    spec: SpaceSpec = case.check.expected
    found = _place(case, spec)
    if found is None:
        return _missing(case, spec)
    if found.inodes <= 0:
        raise Blind(f"{spec.path}: {_on(found)} counts no inodes; leave inodes out")
    told = f"{spec.path} {found.inodes_free} of {found.inodes} inodes free ({share(found.inodes_free, found.inodes)})"
    told += f", on {_on(found)}"
    if room(spec.inodes or 0).enough(found.inodes_free, found.inodes):
        return case.passed(f"{told}, expected at least {spec.inodes}")
    return case.failed(f"{told}, expected at least {spec.inodes}")


def writable(case: Case) -> Verdict:
    """By the options of the mount and of its filesystem, either of which may be ``ro`` (proc(5), mountinfo)."""
    spec: SpaceSpec = case.check.expected
    found = _place(case, spec)
    if found is None:
        return _missing(case, spec)
    is_now = "ro" if "ro" in found.options else "rw"
    wanted = "rw" if spec.writable else "ro"
    within = "" if found.point == spec.path else f", where {spec.path} is"
    told = f"{found.point} is {is_now}{within}: {_on(found)}, {','.join(found.options)}"
    return case.passed(told) if is_now == wanted else case.failed(f"{told}; expected {wanted}")


def _place(case: Case, spec: SpaceSpec) -> Place | None:
    return entry(case.host.places, spec.path, f"what {spec.path} is on")


def _missing(case: Case, spec: SpaceSpec) -> Verdict:
    return case.failed(f"{spec.path} is not there, so nothing can be written to it")


def _on(found: Place) -> str:
    source = "" if found.source in (found.fstype, "none") else f" ({found.source})"
    return f"{found.fstype} at {found.point}{source}"
