"""Do the service's own numbers say what they should?"""

import json
from typing import Any

from seatrial.judges.case import Blind, Case, entry
from seatrial.judges.talking import page_body
from seatrial.sanitise import decode
from seatrial.spec.scalars import comparison
from seatrial.spec.status import StatusSpec
from seatrial.verdicts import Verdict

_NAMED = 20


def value(case: Case) -> Verdict:
    """One value that a status command or page tells."""
    spec: StatusSpec = case.check.expected
    key = case.check.detail
    try:
        found = values(_output(case, spec))
    except ValueError as error:
        return case.failed(f"{spec.name} does not tell {key}: {error}")
    if key not in found:
        there = ", ".join(list(found)[:_NAMED]) or "nothing"
        return case.failed(f"{spec.name} does not tell {key}; it tells: {there}")
    is_now, wanted = found[key], spec.expect[key]
    told = f"{spec.name} says {key} is {_text(is_now)}"
    if comparison(wanted).holds(is_now):
        return case.passed(f"{told}, as expected ({_text(wanted)})", found=_text(is_now))
    return case.failed(f"{told}, expected {_text(wanted)}", found=_text(is_now))


def values(output: bytes) -> dict[str, Any]:
    """The values in an output: JSON with dotted paths, else ``key=value`` or ``key: value`` lines.

    :raises ValueError: where it holds neither.
    :raises Blind: where one key is told twice with different values.
    """
    text = decode(output).strip()
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return _lines(text)
    if not isinstance(data, dict | list):
        return _lines(text)
    return dict(_paths(data))


def _output(case: Case, spec: StatusSpec) -> bytes:
    case.must_run()
    if spec.http is not None:
        return page_body(case.talk(f"status:{spec.name}"), f"GET {spec.http.path}")
    ran = entry(case.slot.commands, spec.name, f"status command {spec.name}")
    if ran.exit_code != 0:
        said = decode(ran.stderr.strip() or ran.stdout.strip())[:300]
        raise ValueError(f"it ended with exit code {ran.exit_code}" + (f", saying {said!r}" if said else ""))
    return ran.stdout


def _paths(data: Any) -> list[tuple[str, Any]]:
    """Every value with its dotted path, without recursion: hostile JSON is deep."""
    found: list[tuple[str, Any]] = []
    waiting: list[tuple[str, Any]] = [("", data)]
    while waiting:
        path, item = waiting.pop()
        pairs = item.items() if isinstance(item, dict) else enumerate(item) if isinstance(item, list) else None
        if pairs is None or not item:
            found.append((path, item))
        else:
            waiting += reversed([(f"{path}.{key}" if path else str(key), inner) for key, inner in pairs])
    return found


def _lines(text: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for part in (part for line in text.splitlines() for part in _parts(line)):
        key, sign, word = _pair(part)
        if sign and found.setdefault(key, word) != word:
            raise Blind(f"{key} is told twice: {found[key]} and {word}")
    if not found:
        raise ValueError(f"its output is neither JSON nor key=value lines: {text[:80]!r}")
    return found


def _pair(part: str) -> tuple[str, str, str]:
    """Split at the first ``=`` or ``:``, whichever comes first."""
    sign = min("=:", key=lambda mark: part.find(mark) if mark in part else len(part))
    key, found, word = part.partition(sign)
    return key.strip(), found if key.strip() else "", word.strip()


def _parts(line: str) -> list[str]:
    """``a=1 b=2`` is two; ``bind count: 2`` is one."""
    words = line.split()
    return words if len(words) > 1 and all("=" in word.strip("=") for word in words) else [line]


def _text(item: object) -> str:
    return item if isinstance(item, str) else json.dumps(item, ensure_ascii=False, default=str)[:200]
