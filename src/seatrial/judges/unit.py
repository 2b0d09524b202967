"""Does systemd say of a unit what is declared?"""

from collections.abc import Iterator

from seatrial.host import Unit
from seatrial.judges.case import Case, entry
from seatrial.spec.unit import UnitSpec
from seatrial.verdicts import Verdict

_AT_WORK = ("active", "reloading", "refreshing")
"""Active states in which a unit does its work (systemd(1))."""

_STARTED_AT_BOOT = ("enabled", "alias", "generated")
_NOT_STARTED = ("disabled", "masked", "masked-runtime", "enabled-runtime", "linked", "linked-runtime", "bad")
"""States of a unit file, ``systemctl is-enabled`` of systemctl(1); of all others it depends on other units."""


def unit(case: Case) -> Verdict:
    """Is it loaded, active or not, and started at boot or not, as declared?"""
    spec: UnitSpec = case.check.expected
    found = entry(case.host.units, spec.unit, f"unit {spec.unit}")
    if found.load != "loaded":
        wrong = [] if _may_be_absent(spec, found) else [f"{spec.unit} is {found.load}, expected {spec.active}"]
        return case.weigh(wrong, [], f"{spec.unit} is {found.load}, so it is not active", **_evidence(found))
    unseen = list(_left(found)) if spec.active == "active" else []
    wrong = [*_activity(spec, found), *_at_boot(spec, found, unseen)]
    return case.weigh(wrong, unseen, f"{spec.unit} is {_state(found)}", **_evidence(found))


def _may_be_absent(spec: UnitSpec, found: Unit) -> bool:
    """What must not run may as well not be there, or be masked."""
    return spec.active == "inactive" and not spec.enabled and found.active not in _AT_WORK and found.load != "error"


def _activity(spec: UnitSpec, found: Unit) -> Iterator[str]:
    expected = (found.active in _AT_WORK) if spec.active == "active" else found.active == "inactive"
    if not expected:
        waiting = "; run with --settle to wait" if found.active in ("activating", "deactivating") else ""
        yield f"{spec.unit} is {found.active} ({found.sub}), expected {spec.active}{_again(found)}{waiting}"


def _left(found: Unit) -> Iterator[str]:
    """Active after its process ended: right for what does its work once, else systemd knows of no daemon that runs.

    So is every unit that systemd makes of an init script (systemd-sysv-generator(8)), daemon or not.
    """
    if found.active in _AT_WORK and found.sub == "exited" and found.type != "oneshot":
        kind = f"of Type={found.type}" if found.type else "of a type that was not told"
        yield f"{found.name} is active (exited) and {kind}: whether its daemon still runs, systemd cannot tell"


def _at_boot(spec: UnitSpec, found: Unit, unseen: list[str]) -> Iterator[str]:
    if spec.enabled is None:
        return
    known = found.enabled in (*_STARTED_AT_BOOT, *_NOT_STARTED)
    if not known:
        called = found.enabled or "neither enabled nor disabled"
        unseen.append(f"{spec.unit} is {called}: whether it is started at boot is for other units to say")
    elif spec.enabled != (found.enabled in _STARTED_AT_BOOT):
        yield f"{spec.unit} is {found.enabled}, expected {'enabled' if spec.enabled else 'disabled'}"


def _state(found: Unit) -> str:
    return f"{found.active} ({found.sub})" + (f", {found.enabled}" if found.enabled else "") + _again(found)


def _again(found: Unit) -> str:
    return f", restarted {found.restarts} times" if found.restarts else ""


def _evidence(found: Unit) -> dict[str, object]:
    words = [found.name, found.load, found.active, found.sub, found.enabled, found.type]
    if found.main_pid:
        words.append(f"main pid {found.main_pid}")
    return {"unit": " ".join(word for word in words if word)}
