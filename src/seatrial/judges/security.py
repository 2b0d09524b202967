"""Can what runs in a container do more than it may? What the kernel says of its processes outranks its settings."""

from collections.abc import Iterator

from seatrial.capabilities import USUAL, names
from seatrial.judges.case import Blind, Case
from seatrial.judges.mount import told
from seatrial.snapshot import Process, Unreadable
from seatrial.spec.container import SecuritySpec
from seatrial.verdicts import Verdict

SOCKETS = ("/var/run/docker.sock", "/run/docker.sock", "/run/containerd/containerd.sock")
_NAMES = ("docker.sock", "containerd.sock", "podman.sock", "crio.sock")
_TOLD = 5


def security(case: Case) -> Verdict:
    """Every deviation in one message."""
    case.must_run()
    spec: SecuritySpec = case.check.expected.security
    wrong = list(_settings(case, spec))
    unseen: list[str] = []
    try:
        alive = [process for process in case.processes if process.states and process.states[-1] not in "ZX"]
        for process in alive:
            unseen += _process(spec, process, wrong)
        unseen += [] if alive else ["none of its processes was there to the end of the look"]
    except Blind as blind:
        unseen.append(str(blind))
    right = "no more rights than declared: settings, capabilities, seccomp"
    return case.weigh([*wrong[:_TOLD], *_more(wrong)], list(dict.fromkeys(unseen))[:_TOLD], right)


def _more(wrong: list[str]) -> list[str]:
    return [f"and {len(wrong) - _TOLD} more"] if len(wrong) > _TOLD else []


def _settings(case: Case, spec: SecuritySpec) -> Iterator[str]:
    settings = case.container.settings
    if settings.privileged and not spec.privileged:
        yield "it is privileged"
    if spec.read_only and not settings.read_only:
        yield "its root filesystem is writable, expected read-only"
    added = [name for name in map(_plain, settings.cap_add) if name not in USUAL and name not in spec.caps]
    if added and not spec.privileged:
        yield f"it was created with {', '.join(added)} added, which is more than declared"
    for mount in settings.mounts:
        if not spec.engine_socket and mount.kind == "bind" and _holds_socket(mount.source):
            note = "" if mount.rw else " (ro does not help)"
            yield f"the engine's socket is inside{note}: {mount.path} is {told(mount)}"


def _holds_socket(source: str) -> bool:
    folder = source.rstrip("/") + "/"
    return source.rpartition("/")[2] in _NAMES or any(socket.startswith(folder) for socket in SOCKETS)


def _plain(capability: str) -> str:
    return capability.upper().removeprefix("CAP_")


def _process(spec: SecuritySpec, process: Process, wrong: list[str]) -> Iterator[str]:
    who = f"pid {process.pid} {process.comm}"
    asked = (
        (process.seccomp, spec.seccomp),
        (process.cap_eff, not spec.privileged),
        (process.no_new_privs, spec.no_new_privileges),
    )
    yield from (f"{who}: {fact.reason}" for fact, needed in asked if needed and isinstance(fact, Unreadable))
    if spec.seccomp and process.seccomp in (0, 1):
        wrong.append(f"Seccomp: {process.seccomp} for {who}")
    if isinstance(process.cap_eff, int):
        wrong += _caps(spec, process.cap_eff, who)
    if spec.no_new_privileges and process.no_new_privs is False:
        wrong.append(f"NoNewPrivs: 0 for {who}")


def _caps(spec: SecuritySpec, mask: int, who: str) -> Iterator[str]:
    extra = [name for name in names(mask) if name not in USUAL and name not in spec.caps]
    if extra and not spec.privileged:
        yield f"{who} has {', '.join(extra)}, which is more than declared"
