"""Was a process started by what is to restart it?"""

from seatrial.judges import explain
from seatrial.judges.case import Blind, Case
from seatrial.judges.roots import of_each, who
from seatrial.snapshot import Process
from seatrial.verdicts import Verdict

_DEPTH = 64


def parent(case: Case) -> Verdict:
    """Each root descends from the declared supervisor: one that was orphaned is restarted by nobody."""
    declared = next(item for item in case.check.spec.processes if item.name == case.check.expected.parent)
    above = case.matched(declared)
    everyone = {process.pid: process for process in case.processes}

    def ask(process: Process) -> str:
        if any(pid in above for pid in _ancestors(process, everyone)):
            return ""
        if above.unclear:
            raise Blind(above.why_unclear()[0])
        expected = ", ".join(str(one.pid) for one in above.roots) or "none runs"
        is_now = "PID 1" if process.ppid == 1 else explain.name_of(case, process.ppid)
        return f"{who(process)}: parent is {is_now}, expected {declared.name} ({expected}): nobody restarts it"

    return of_each(case, ask, f"{case.check.expected.name} was started by {declared.name}")


def _ancestors(process: Process, everyone: dict[int, Process]) -> list[int]:
    found: list[int] = []
    while process.ppid and len(found) < _DEPTH:
        found.append(process.ppid)
        if process.ppid not in everyone:
            break
        process = everyone[process.ppid]
    return found
