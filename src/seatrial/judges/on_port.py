"""The listeners on one declared port or unix socket, and how they are told."""

from collections.abc import Sequence

from seatrial.judges import explain
from seatrial.judges.case import Case, seen
from seatrial.judges.sharing import own_listeners
from seatrial.snapshot import Listener, Unreadable
from seatrial.spec.port import PortSpec


def on_port(case: Case, spec: PortSpec) -> tuple[Listener, ...]:
    """The listeners on one declared port, in the network of the instance."""
    listeners = seen(all_of_its_kind(case, spec))
    if spec.unix:
        return _at_path(case, spec.unix, listeners)
    return tuple(item for item in listeners if (item.port, item.proto) == (spec.port, spec.proto))


def all_of_its_kind(case: Case, spec: PortSpec) -> tuple[Listener, ...] | Unreadable:
    """All unix sockets that listen, or all ports."""
    return case.inside.unix if spec.unix else case.inside.listeners


def _at_path(case: Case, path: str, listeners: Sequence[Listener]) -> tuple[Listener, ...]:
    """Those whose file is the one at the path; where files are not told, those that were bound under its name."""
    file = case.inside.unix_files.get(path)
    named = named_so(case, path, listeners)
    if isinstance(file, str) and all(item.file for item in named):
        inode = file.partition(" ")[2]  # some file systems tell stat(2) another device than they have (btrfs)
        return tuple(
            item for item in listeners if item.file == file or (item in named and item.file.partition(" ")[2] == inode)
        )
    return named


def named_so(case: Case, path: str, listeners: Sequence[Listener]) -> tuple[Listener, ...]:
    """Those that were bound under the declared name, or where its links lead.

    Where several were, as in containers that share their network, not those that nobody here holds.
    """
    real = case.inside.reals.get(path, "")
    names = {_plain(path), _plain(path if isinstance(real, Unreadable) else real or path)}
    named = tuple(item for item in listeners if _plain(item.address) in names)
    return tuple(item for item in named if isinstance(item.owners, Unreadable) or item.owners) or named


def unsure_which(spec: PortSpec, found: Sequence[Listener]) -> list[str]:
    """Where a listener's file is not told, one at its path may be another one's by now."""
    if not spec.unix or spec.unix.startswith("@") or all(item.file for item in found):
        return []
    return [f"whether who listens under the name {spec.name} has the file that is there cannot be told from here"]


def _plain(path: str) -> str:
    """``/var/run`` is a link to ``/run`` (FHS 3.0, 5.13), and a server binds the one, an operator writes the other."""
    return path.removeprefix("/var") if path.startswith("/var/run/") else path


def ours_or_all(case: Case, spec: PortSpec) -> tuple[Listener, ...]:
    """Those that are the instance's own; where none is, all of its network, to say whose they are."""
    found = on_port(case, spec)
    return own_listeners(case.instance, found) or found


def holders(case: Case, listener: Listener) -> str:
    """``pid 16 orderd``: who holds it."""
    owners = () if isinstance(listener.owners, Unreadable) else listener.owners
    return ", ".join(explain.name_of(case, pid) for pid in owners[:5])


def told(case: Case, listeners: tuple[Listener, ...]) -> str:
    """``0.0.0.0:8080/tcp by pid 16 orderd``, for the evidence."""
    lines = []
    for item in listeners[:20]:
        who = item.owners.reason if isinstance(item.owners, Unreadable) else holders(case, item)
        where = item.address if item.proto == "unix" else f"{item.address}:{item.port}/{item.proto}"
        lines.append(f"{where} by {who or 'nobody seen'}")
    return ", ".join(lines)
