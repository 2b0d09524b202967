"""In which time zone are the processes of a container? ``TZ`` counts before ``/etc/localtime`` (tzset(3))."""

from collections.abc import Iterator

from seatrial.judges.case import Case
from seatrial.judges.host import same_zone
from seatrial.judges.matching import DEAD
from seatrial.snapshot import Process, Unreadable
from seatrial.spec.zone import zone_file
from seatrial.verdicts import Verdict

_PREFIX = "/usr/share/zoneinfo/"
_LOCALTIME = "/etc/localtime"


def timezone(case: Case) -> Verdict:
    """Every process must have the declared zone, by its environment or, without ``TZ``, by ``/etc/localtime``."""
    wanted: str = case.check.expected.timezone
    wrong: list[str] = []
    unseen: list[str] = []
    live = [process for process in case.processes if process.states and process.states[-1] not in DEAD]
    for process in live:
        for is_wrong, text in _judged(case, process, wanted):
            (wrong if is_wrong else unseen).append(text)
    return case.weigh(_few(wrong), _few(unseen), f"all of its {len(live)} processes have the time zone {wanted}")


def _judged(case: Case, process: Process, wanted: str) -> Iterator[tuple[bool, str]]:
    """Whether it is wrong, or could not be seen, and what."""
    who, env = f"{process.comm} pid {process.pid}", process.detail.env
    if isinstance(env, Unreadable):
        yield False, f"TZ of {who} could not be read: {env.reason}"
        return
    told = env.get("TZ")
    name = None if told is None else told.removeprefix(":").removeprefix(_PREFIX)
    if name is None or name == _LOCALTIME:
        yield from _of_the_file(case, who, wanted)
    elif not same_zone(name or "UTC", wanted):
        yield True, f"{who} has TZ={told!r}, expected {wanted}"
    elif not same_zone(wanted, "UTC"):
        yield from _installed(case, who, told or "", wanted)


def _of_the_file(case: Case, who: str, wanted: str) -> Iterator[tuple[bool, str]]:
    found = case.host.timezone
    if isinstance(found, Unreadable):
        yield False, f"{who} has no TZ, and the zone of {_LOCALTIME} cannot be told: {found.reason}"
    elif not same_zone(found, wanted):
        yield True, f"{who} has no TZ, and {_LOCALTIME} is {found}, expected {wanted}"


def _installed(case: Case, who: str, told: str, wanted: str) -> Iterator[tuple[bool, str]]:
    """Without its file a zone is UTC to the C library; a Java brings zones of its own."""
    path = zone_file(wanted)
    fact = case.inside.files.get(path, Unreadable("it was not looked at"))
    if isinstance(fact, Unreadable):
        yield False, f"{who} has TZ={told}; whether {path} is there cannot be told: {fact.reason}"
    elif fact.kind == "missing":
        yield True, f"{who} has TZ={told}, but {path} is not there, so it takes UTC (its image lacks tzdata)"


def _few(texts: list[str]) -> list[str]:
    more = [f"and {len(texts) - 3} more processes"] if len(texts) > 3 else []
    return [*texts[:3], *more]
