"""Was a Java process started with the declared properties and heap?"""

from collections.abc import Iterator

from seatrial.judges.arguments import may_be_secret
from seatrial.judges.case import Blind, Case
from seatrial.judges.matching import java_of
from seatrial.parsers.java_command import JavaCommand
from seatrial.sanitise import HIDDEN, clean
from seatrial.snapshot import Process, Unreadable
from seatrial.spec.java import HeapSpec, size_in_bytes
from seatrial.spec.process import ProcessSpec
from seatrial.spec.scalars import Plain, comparison
from seatrial.verdicts import Verdict

_SHOWN = 200
_LARGEST = ("-Xmx", "-mx", "-XX:MaxHeapSize=")
_FIRST = ("-Xms", "-ms", "-XX:InitialHeapSize=")
"""Options of the JVM that mean the same: of all that are given the last counts (HotSpot, arguments.cpp)."""

Finding = tuple[str, str]
"""What is wrong, and what could not be seen; one of them at most."""


def java(case: Case) -> Verdict:
    """Each root has the declared properties and heap among its own arguments."""
    spec: ProcessSpec = case.check.expected
    found = case.matched(spec)
    if not found.running:
        raise Blind((found.why_unclear() or [f"no {spec.name} runs"])[0], "process.count")
    findings = [finding for process in found.sure_roots for finding in _of(spec, process)]
    wrong = [text for text, _ in findings if text]
    unseen = [text for _, text in findings if text]
    return case.weigh(wrong, [*unseen, *found.why_unclear()], f"{spec.name} was started as declared")


def shown(name: str, value: object) -> str:
    """A property's value for a message, hidden where it or its name looks like a secret."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    secret = HIDDEN in clean(f"{name}={text}") or HIDDEN in clean(f"-D{name}={text}") or may_be_secret(f"-{name}", text)
    return HIDDEN if secret else clean(text, _SHOWN) or "empty"


def _of(spec: ProcessSpec, process: Process) -> Iterator[Finding]:
    who, command = f"pid {process.pid} {process.comm}", java_of(process)
    if isinstance(command, Unreadable):
        yield "", f"{who}: {command.reason}"
    elif command is None:
        yield f"{who} is no Java process", ""
    else:
        for name, wanted in spec.properties.items():
            yield _property(who, command, name, wanted)
        if spec.heap:
            yield from _heap(who, command, spec.heap)


def _property(who: str, command: JavaCommand, name: str, wanted: Plain) -> Finding:
    is_now = command.system_property(name)
    if isinstance(is_now, Unreadable):
        return "", f"{who}: {name}: {is_now.reason}"
    if is_now is None:
        return f"{who} has no -D{name} among its arguments, expected {shown(name, wanted)}", ""
    if comparison(wanted).holds(is_now):
        return "", ""
    return f"{who}: {name} is {shown(name, is_now)}, expected {shown(name, wanted)}", ""


def _heap(who: str, command: JavaCommand, heap: HeapSpec) -> Iterator[Finding]:
    if heap.max is not None:
        yield _size(who, command, _LARGEST, heap.max)
    if heap.min is not None:
        yield _size(who, command, _FIRST, heap.min)


def _size(who: str, command: JavaCommand, options: tuple[str, ...], wanted: str) -> Finding:
    is_now = command.heap(*options)
    if isinstance(is_now, Unreadable):
        return "", f"{who}: {options[0]}: {is_now.reason}"
    if is_now is None:
        return f"{who} has no {options[0]} among its arguments, expected {wanted}", ""
    try:
        same = size_in_bytes(is_now) == size_in_bytes(wanted)
    except ValueError:
        same = False
    return ("" if same else f"{who}: {options[0]} is {clean(is_now, _SHOWN)}, expected {wanted}"), ""
