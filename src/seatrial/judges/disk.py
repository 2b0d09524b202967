"""Is a declared filesystem mounted where it should be, as it should be, with room left?"""

from collections.abc import Iterator, Mapping

from seatrial.host import Mount
from seatrial.judges.case import Case, entry
from seatrial.judges.room import share, size
from seatrial.snapshot import Unreadable
from seatrial.spec.disk import DiskSpec
from seatrial.spec.room import room
from seatrial.verdicts import Verdict

Mounts = Mapping[str, Mount | Unreadable | None]

_ONLY_NEGATIVE = ("exec", "suid", "dev")
"""Options that the kernel tells only by their opposite, such as ``noexec`` (mount(8))."""

_HAS_VOLUMES = ("btrfs", "bcachefs")
"""Filesystems of several volumes, which are folders of it; one beside that which is mounted at / is another disk."""


def disk(case: Case) -> Verdict:
    """Every deviation in one message; a folder on the root filesystem is none that is mounted."""
    spec: DiskSpec = case.check.expected
    mounts = case.host.mounts
    found = entry(mounts, spec.mount, f"what is mounted at {spec.mount}")
    if found is None:
        return case.failed(f"{spec.mount}: expected {_wanted(spec)}, nothing is mounted there{_around(spec, mounts)}")
    unseen = list(_untold(spec, found, mounts))
    wrong = [*_kind(spec, found), *_on_root(spec, found, mounts), *_options(spec, found), *_room(spec, found)]
    wrong = [f"{spec.mount} {'; '.join(wrong)}"] if wrong else []
    return case.weigh(wrong, unseen, f"{spec.mount} is {_told(found)}", mounted=_line(found))


def _wanted(spec: DiskSpec) -> str:
    return " ".join(part for part in (spec.source, spec.fstype) if part) or "a filesystem"


def _around(spec: DiskSpec, mounts: Mounts) -> str:
    """The filesystem that a folder there would be on."""
    for parent in spec.above:
        fact = mounts.get(parent)
        if isinstance(fact, Mount):
            return f"; {parent} has {fact.fstype} {size(fact.size)} ({fact.source})"
        if parent not in mounts or isinstance(fact, Unreadable):
            return ""
    return ""


def _kind(spec: DiskSpec, found: Mount) -> Iterator[str]:
    if spec.source is not None and found.source != spec.source:
        yield f"is {_from(found)}, expected {spec.source}"
    if spec.fstype is not None and found.fstype != spec.fstype:
        yield f"is {found.fstype}, expected {spec.fstype}"


def _on_root(spec: DiskSpec, found: Mount, mounts: Mounts) -> Iterator[str]:
    """The root filesystem, or a folder of it, that is mounted there (``mount --bind``) gives no room of its own."""
    root = mounts.get("/")
    if isinstance(root, Mount) and _may_be_of_root(spec) and _of_root(found, root):
        yield f"is only {_part(found, root)}, {found.source}"


def _part(found: Mount, root: Mount) -> str:
    of_it = "the root filesystem"
    return f"{of_it} once more" if found.root == root.root else f"folder {found.root} of {of_it}"


def _untold(spec: DiskSpec, found: Mount, mounts: Mounts) -> Iterator[str]:
    """Why some of it cannot be told."""
    root = mounts.get("/")
    if _may_be_of_root(spec) and not isinstance(root, Mount):
        why = root.reason if isinstance(root, Unreadable) else "nobody looked at /"
        yield f"whether {spec.mount} is on the root filesystem cannot be told: {why}"
    if spec.free is not None and found.size <= 0:
        yield f"{spec.mount}: {found.fstype} tells no size"
    if spec.inodes is not None and found.inodes <= 0:
        yield f"{spec.mount}: {found.fstype} counts no inodes; leave inodes out"


def _may_be_of_root(spec: DiskSpec) -> bool:
    """Who declares the device says whose room it is."""
    return spec.mount != "/" and spec.source is None


def _of_root(found: Mount, root: Mount) -> bool:
    """Whether it is the filesystem at ``/``, and of one with volumes the same volume or what is in that."""
    if not _one_filesystem(found, root):
        return False
    return found.fstype not in _HAS_VOLUMES or f"{found.root}/".startswith(f"{root.root.rstrip('/')}/")


def _one_filesystem(one: Mount, other: Mount) -> bool:
    """By the number of the device, where the kernel told it: a source has many names."""
    if one.device and other.device:
        return one.device == other.device
    return (one.source, one.fstype) == (other.source, other.fstype)


def _options(spec: DiskSpec, found: Mount) -> Iterator[str]:
    missing = [option for option in spec.options if not _holds(option, found.options)]
    if missing:
        yield f"is mounted without {', '.join(missing)}: {','.join(found.options)}"


def _holds(option: str, has: tuple[str, ...]) -> bool:
    """The mount and its filesystem each are read-only or not; it can be written to where both are not."""
    if option == "rw":
        return "rw" in has and "ro" not in has
    if option in _ONLY_NEGATIVE:
        return f"no{option}" not in has
    return option in has


def _room(spec: DiskSpec, found: Mount) -> Iterator[str]:
    if spec.free is not None and found.size > 0 and not room(spec.free).enough(found.free, found.size):
        yield f"has free {_free(found)}, expected at least {spec.free}"
    if spec.inodes is not None and found.inodes > 0 and not room(spec.inodes).enough(found.inodes_free, found.inodes):
        left = f"{found.inodes_free} of {found.inodes} inodes ({share(found.inodes_free, found.inodes)})"
        yield f"has free {left}, expected at least {spec.inodes}"


def _told(found: Mount) -> str:
    read_only = ", read-only" if "ro" in found.options else ""
    free = f", free {_free(found)}" if found.size > 0 else ""
    return f"{found.fstype} on {_from(found)}{free}{read_only}"


def _from(found: Mount) -> str:
    return found.source if found.root == "/" else f"folder {found.root} of {found.source}"


def _free(found: Mount) -> str:
    return f"{size(found.free)} of {size(found.size)} ({share(found.free, found.size)})"


def _line(found: Mount) -> str:
    return f"{found.source} {found.point} {found.fstype} {','.join(found.options)}"
