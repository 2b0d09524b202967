"""What keeps this machine from making namespaces for an ordinary user, and what to do about it."""

import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from seatrial.errors import UsageError

_KINDS = ("user", "mnt", "pid", "net", "uts", "ipc")
_SBIN = ("/usr/sbin", "/sbin", "/usr/local/sbin")
_PACKAGES = {"unshare": "util-linux", "nsenter": "util-linux", "ip": "iproute2"}
_ELSE = "or use the demo in containers: seatrial demo --docker"
_FILTERED = "2"
"""``Seccomp:`` of a process whose system calls are filtered, proc(5)."""


@dataclass(frozen=True, slots=True)
class Tools:
    """Paths of the programs that namespaces are made and entered with."""

    unshare: str
    nsenter: str
    ip: str


def tools(environ: Mapping[str, str]) -> Tools:
    """Find the programs, in the PATH and where an ordinary user's PATH often does not lead.

    :raises UsageError: naming those that are missing, and their packages.
    """
    places = os.pathsep.join([environ.get("PATH", ""), *_SBIN])
    found = {name: shutil.which(name, path=places) for name in _PACKAGES}
    if missing := [name for name, path in found.items() if path is None]:
        packages = ", ".join(dict.fromkeys(_PACKAGES[name] for name in missing))
        raise UsageError(
            f"the demo without an engine needs {', '.join(missing)}, not found in the PATH {places}: "
            f"install {packages}, {_ELSE}"
        )
    return Tools(**{name: str(path) for name, path in found.items()})


def forbidden(said: str) -> UsageError:
    """Why namespaces could not be made.

    :param said: what the program said that tried.
    """
    reasons = [*_settings(), *_filter()] or ["nothing known to us forbids it"]
    return UsageError(f"namespaces cannot be made here: {said}; {'; '.join(reasons)}; {_ELSE}")


def _settings() -> Iterator[str]:
    for kind in _KINDS:
        if _value(f"user/max_{kind}_namespaces") == "0":
            name = f"user.max_{kind}_namespaces"
            yield f"{name} is 0: as root, sysctl {name}=10000"
    if os.geteuid() != 0 and _value("kernel/unprivileged_userns_clone") == "0":
        name = "kernel.unprivileged_userns_clone"
        yield f"{name} is 0: as root, sysctl {name}=1"
    if _value("kernel/apparmor_restrict_unprivileged_userns") == "1":
        name = "kernel.apparmor_restrict_unprivileged_userns"
        yield f"{name} is 1: as root, sysctl {name}=0"


def _filter() -> Iterator[str]:
    status = Path("/proc/self/status").read_text()
    if f"Seccomp:\t{_FILTERED}\n" in status:
        yield (
            "a seccomp filter is in force, as in a container: start the container with "
            "--security-opt seccomp=unconfined --security-opt systempaths=unconfined, or run outside of it"
        )


def _value(setting: str) -> str:
    try:
        return Path("/proc/sys", setting).read_text().strip()
    except OSError:
        return ""  # this kernel has no such setting
