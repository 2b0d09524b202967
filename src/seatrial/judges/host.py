"""Is a host itself as declared: its kernel, time zone, kernel parameters, users, and container engine?"""

from seatrial.judges.case import Blind, Case, entry, seen
from seatrial.judges.users import called
from seatrial.spec.host import HostSpec
from seatrial.spec.scalars import comparison
from seatrial.spec.user import UserSpec
from seatrial.spec.version import leading_numbers, version_comparison
from seatrial.verdicts import Verdict

_UTC = {"UTC", "UCT", "Zulu", "Universal", "GMT", "GMT0", "GMT+0", "GMT-0", "Greenwich"}
"""Names of one zone in the tz database, each with and without ``Etc/``."""


def kernel(case: Case) -> Verdict:
    """Is its kernel's release, number by number, as declared?"""
    spec: HostSpec = case.check.expected
    return _version(case, "kernel", seen(case.host.kernel), spec.kernel or "")


def engine(case: Case) -> Verdict:
    """Does a container engine answer there, and is its version as declared?"""
    spec: HostSpec = case.check.expected
    if case.host.engine is None:
        raise Blind("its container engine was not asked")
    found = seen(case.host.engine)
    if not found.version:
        return case.failed(f"no container engine answers, expected version {spec.engine}: {found.problem or 'none'}")
    return _version(case, "container engine", found.version, spec.engine or "")


def timezone(case: Case) -> Verdict:
    """Is its time zone, by name, the declared one?"""
    spec: HostSpec = case.check.expected
    found, wanted = seen(case.host.timezone), spec.timezone or ""
    if not found:
        raise Blind("nothing there says its time zone")
    if same_zone(found, wanted):
        return case.passed(f"its time zone is {found}")
    return case.failed(f"its time zone is {found}, expected {wanted}")


def sysctl(case: Case) -> Verdict:
    """Has a kernel parameter the declared value?"""
    spec: HostSpec = case.check.expected
    name = case.check.detail
    found, wanted = entry(case.host.sysctls, name, name), spec.sysctl[name]
    if found is None:
        return case.failed(f"its kernel has no {name}, expected {wanted}")
    if comparison(wanted).holds(found):
        return case.passed(f"{name} is {found}, expected {wanted}")
    return case.failed(f"{name} is {found}, expected {wanted}")


def user(case: Case) -> Verdict:
    """Is a user there, with the declared number? Only ``/etc/passwd`` is read."""
    spec: UserSpec = case.check.expected
    users = seen(case.inside.users)
    if spec.name not in users:
        holder = "" if spec.uid is None or spec.uid not in users.values() else f"; uid {called(case, spec.uid)}"
        only = "users of a directory such as LDAP are not seen"
        return case.failed(f"there is no user {spec.name} in its /etc/passwd{holder} ({only})")
    uid = users[spec.name]
    if spec.uid is not None and uid != spec.uid:
        return case.failed(f"user {spec.name} has uid {uid}, expected {spec.uid}")
    return case.passed(f"user {spec.name} is there, with uid {uid}")


def _version(case: Case, what: str, found: str, wanted: str) -> Verdict:
    numbers = leading_numbers(found)
    if not numbers:
        raise Blind(f"the version of its {what} is {found!r}, which begins with no number")
    text = f"its {what} is {found}, expected {wanted}"
    return case.passed(text) if version_comparison(wanted).holds(numbers) else case.failed(text)


def same_zone(one: str, other: str) -> bool:
    """Whether two names are of one zone, as all those of UTC are."""
    return _zone(one) == _zone(other)


def _zone(name: str) -> str:
    return "UTC" if name.removeprefix("Etc/") in _UTC else name
