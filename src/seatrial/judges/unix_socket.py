"""Does something listen on a unix socket, and is its file the one that peers open?"""

from collections.abc import Sequence

from seatrial.judges.case import Case, seen
from seatrial.judges.on_port import holders, named_so, on_port, told, unsure_which
from seatrial.judges.sharing import held_elsewhere, own_listeners
from seatrial.judges.talking import Findings
from seatrial.snapshot import FileFact, Listener, Talk, Unreadable
from seatrial.spec.port import PortSpec
from seatrial.verdicts import Verdict


def bind(case: Case) -> Verdict:
    """A socket of that name listens, a process of the instance holds it, and what is at its path is a socket."""
    spec: PortSpec = case.check.expected
    found = on_port(case, spec)
    wrong, unseen = held_elsewhere(case, spec, found)
    found = own_listeners(case.instance, found) or found
    more = [
        _of_the_list(case, spec, found),
        _of_the_file(case, spec, found),
        ([], unsure_which(spec, found)),
        (wrong, unseen),
    ]
    wrong, unseen = [text for item in more for text in item[0]], [text for item in more for text in item[1]]
    who = ", ".join(filter(None, (holders(case, item) for item in found))) or "a process that cannot be seen"
    return case.weigh(wrong, unseen, f"{spec.name} is held by {who}", listeners=told(case, tuple(found)))


def taken_by_whom(spec: PortSpec, found: Sequence[Listener]) -> Findings:
    """A path may lead out of the container, as that of an engine's socket does, and then another one answers."""
    return ([], [] if found else [_another(spec)])


def _of_the_list(case: Case, spec: PortSpec, found: Sequence[Listener]) -> Findings:
    if found:
        return [], []
    if named := named_so(case, spec.name, seen(case.inside.unix)):
        who = ", ".join(filter(None, (holders(case, item) for item in named))) or "somebody"
        other = "has another file: what is there now was put in its place"
        return [f"{who} listens under the name {spec.name}, and {other}"], []
    if _is_answered(case, spec):
        return [], [_another(spec)]
    return [f"nothing listens on {spec.name}{_left_behind(case, spec)}"], []


def _of_the_file(case: Case, spec: PortSpec, found: Sequence[Listener]) -> Findings:
    """What is at the path, where something listens; an abstract name has no file."""
    file = case.inside.files.get(spec.name)
    if file is None or not found:
        return [], []
    if isinstance(file, Unreadable):
        return [], [f"what is at {spec.name} could not be seen: {file.reason}"]
    return ([], []) if file.kind == "socket" else ([f"{_instead(file)}, so no peer reaches who listens there"], [])


def _instead(file: FileFact) -> str:
    return f"{file.path} is a {file.kind}, no socket" if file.exists else f"the file {file.path} is gone"


def _left_behind(case: Case, spec: PortSpec) -> str:
    """``; its file was left behind``: the nearest reason for silence."""
    file = case.inside.files.get(spec.name)
    if not isinstance(file, FileFact):
        return ""
    if file.kind == "socket":
        return f"; its file is there: who made it has ended, or is not in this {case.instance.noun}"
    return f"; {_instead(file)}" if file.exists else "; there is no such file"


def _is_answered(case: Case, spec: PortSpec) -> bool:
    talk = case.inside.talks.get(spec.name)
    return isinstance(talk, Talk) and talk.connected


def _another(spec: PortSpec) -> str:
    return (
        f"something takes connections at {spec.name}, and nothing in this network listens under that name: it is bound "
        "under another one, or is another one's whose socket is mounted here"
    )
