"""Has a container the mounts that it needs?"""

from collections.abc import Iterator

from seatrial.host import Mount
from seatrial.instance import Attached
from seatrial.judges.case import Case
from seatrial.judges.settings import PROJECT
from seatrial.snapshot import Unreadable
from seatrial.spec.container import MountSpec
from seatrial.verdicts import Verdict


def mount(case: Case) -> Verdict:
    """The engine made it as declared, and the kernel has it mounted there."""
    case.must_run()
    spec: MountSpec = case.check.expected
    found = next((one for one in case.container.settings.mounts if one.path.rstrip("/") == spec.path.rstrip("/")), None)
    if found is None:
        return case.failed(f"nothing is mounted at {spec.path}, expected {_wanted(spec)}", mounts=_all(case))
    wrong, unseen = list(_wrong(case, spec, found)), []
    kernel = _kernels(case, spec, found)
    if isinstance(kernel, Unreadable):
        unseen.append(f"whether {spec.path} is really a mount cannot be read: {kernel.reason}")
    elif kernel:
        wrong.append(kernel)
    return case.weigh(wrong, unseen, f"{spec.path} is {told(found)}", mounts=_all(case))


def _wrong(case: Case, spec: MountSpec, found: Attached) -> Iterator[str]:
    other_kind = spec.type is not None and spec.type != found.kind
    other_source = spec.source is not None and not _same_source(case, spec, found)
    if other_kind or other_source:
        yield f"{spec.path} is {told(found)}, expected {_wanted(spec)}{_typo(spec, found)}"
    if spec.rw != found.rw:
        yield f"{spec.path} {_way(found.rw)}, expected {_way(spec.rw)}; source {found.source or 'none'}"


def _same_source(case: Case, spec: MountSpec, found: Attached) -> bool:
    """Compose puts the project's name before that of a volume."""
    wanted, project = (spec.source or "").rstrip("/"), case.container.labels.get(PROJECT, "")
    made = f"{project}_{wanted}" if found.kind == "volume" and project else wanted
    return (found.source.rstrip("/") or "/") in (wanted or "/", made or "/")


def _typo(spec: MountSpec, found: Attached) -> str:
    """An engine makes a new, empty volume for each name that it does not know."""
    return "; a volume of a new name begins empty: look for a typo" if found.kind == "volume" and spec.source else ""


def _kernels(case: Case, spec: MountSpec, found: Attached) -> str | Unreadable:
    """What the kernel says against it, empty where nothing: ``mountinfo`` of proc(5)."""
    inside = case.slot.inside
    if isinstance(inside, Unreadable):
        return inside
    if inside.host is None:
        return Unreadable("its mounts were not looked at")
    is_there = inside.host.mounts.get(spec.path.rstrip("/") or "/", Unreadable("it was not looked at"))
    if isinstance(is_there, Unreadable):
        return is_there
    if is_there is None:
        return f"the engine has made {spec.path}, but inside nothing is mounted there"
    return "; ".join(_differs(spec, found, is_there))


def _differs(spec: MountSpec, found: Attached, is_there: Mount) -> Iterator[str]:
    rw = "ro" not in is_there.options
    if is_there.stacked > 1:
        yield f"inside, {is_there.fstype} {is_there.source} is mounted over {spec.path} and hides it"
    if rw != spec.rw and rw != found.rw:
        yield f"{spec.path} is mounted {_way(rw)} inside, expected {_way(spec.rw)}"
    if is_there.root.endswith("//deleted"):
        yield f"the source of {spec.path} was deleted on the host: what has its name there now is not what is inside"
    if found.kind == "tmpfs" and is_there.fstype != "tmpfs":
        yield f"inside, {spec.path} is {is_there.fstype}, not the tmpfs that the engine made"


def told(one: Attached) -> str:
    """``the volume x`` or ``bind /srv/data``."""
    return f"volume {one.source}" if one.kind == "volume" else f"{one.kind} {one.source}".strip()


def _wanted(spec: MountSpec) -> str:
    return " ".join(part for part in (spec.type, spec.source) if part) or "a mount"


def _way(rw: bool) -> str:
    return "rw" if rw else "ro"


def _all(case: Case) -> str:
    lines = [f"{one.path} {told(one)} {_way(one.rw)}" for one in case.container.settings.mounts[:20]]
    return ", ".join(lines) or "none"
