"""The root of one service: memory, what it needs of this machine read-only, and files of its own."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from seatrial.namespaces.kernel import (
    MS_BIND,
    MS_NODEV,
    MS_NOEXEC,
    MS_NOSUID,
    MS_REC,
    change_root,
    mount,
    remount_read_only,
)
from seatrial.namespaces.plan import PlacedFile, PlacedService, StackPlan

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
"""What programs of this machine need; where /usr is merged, all but the first are links."""

_ETC = ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "localtime", "crypto-policies", "pki", "java*")
"""What libraries and a Java of this machine look for in /etc."""

_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
_LINKS = {"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2"}
_FOLDERS = ("/data", "/dev/shm", "/etc", "/opt", "/proc", "/root", "/run", "/tmp", "/var/log", "/var/tmp")
_LOCAL_BIN = "/usr/local/bin"

_ACCOUNTS = (
    PlacedFile("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n"),
    PlacedFile("/etc/group", "root:x:0:\n"),
    PlacedFile("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n"),
)

_OCTAL = re.compile(r"\\([0-7]{3})")


def enter_root(mount_point: str, plan: StackPlan, service: PlacedService) -> None:
    """Build the root of a service in its own mount namespace, and make it the root.

    :param mount_point: an empty folder.
    :raises OSError: where something cannot be mounted or written.
    """
    mount("tmpfs", mount_point, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=256m")
    root = Path(mount_point)
    for folder in (*_FOLDERS, *service.folders):
        _inside(root, folder).mkdir(parents=True, exist_ok=True)
    _bind_machine(root, plan.binds)
    for file in (*_ACCOUNTS, _hosts(plan), PlacedFile("/etc/hostname", f"{service.name}\n"), *service.files):
        _write(root, file)
    _make_devices(root)
    mount("proc", str(root / "proc"), "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    change_root(mount_point)


def _bind_machine(root: Path, binds: tuple[str, ...]) -> None:
    for path in _SYSTEM:
        if os.path.islink(path):
            _inside(root, path).symlink_to(os.readlink(path))
        elif os.path.isdir(path):
            _bind(root, path)
    own = _inside(root, _LOCAL_BIN)
    if own.is_dir():
        mount("tmpfs", str(own), "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=4m")
    for path in (*binds, *_of_etc()):
        _bind(root, path)


def _of_etc() -> Iterator[str]:
    for pattern in _ETC:
        for path in Path("/etc").glob(pattern):
            yield str(path)


def _bind(root: Path, path: str) -> None:
    """Show a folder or a file of this machine, with all that is mounted below it, read-only."""
    target = _inside(root, path)
    if os.path.isdir(path):
        target.mkdir(parents=True, exist_ok=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    mount(path, str(target), flags=MS_BIND | MS_REC)
    for mounted in _mounts_below(str(target)):
        remount_read_only(mounted)


def _mounts_below(folder: str) -> list[str]:
    """The mount points at and below a folder that we can reach, from /proc/self/mountinfo, proc(5)."""
    lines = Path("/proc/self/mountinfo").read_text(errors="surrogateescape").splitlines()
    points = {_OCTAL.sub(lambda found: chr(int(found[1], 8)), line.split(" ")[4]) for line in lines}
    return [point for point in sorted(points) if f"{point}/".startswith(f"{folder}/") and os.access(point, os.F_OK)]


def _hosts(plan: StackPlan) -> PlacedFile:
    lines = [f"{service.address} {service.name}\n" for service in plan.services]
    return PlacedFile("/etc/hosts", "".join(["127.0.0.1 localhost\n", *lines]))


def _write(root: Path, file: PlacedFile) -> None:
    path = _inside(root, file.path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(file.text)
    path.chmod(file.mode)


def _make_devices(root: Path) -> None:
    for name in _DEVICES:
        device = root / "dev" / name
        device.touch()
        mount(f"/dev/{name}", str(device), flags=MS_BIND)
    for name, target in _LINKS.items():
        (root / "dev" / name).symlink_to(target)
    (root / "tmp").chmod(0o1777)


def _inside(root: Path, path: str) -> Path:
    return root / path.lstrip("/")
