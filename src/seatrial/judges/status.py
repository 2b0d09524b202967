"""Do the service's own numbers say what they should?"""

import json
import re
from collections.abc import Iterable
from typing import Any

from seatrial.judges.case import Blind, Case, entry
from seatrial.judges.plain_json import ToldTwice, canonical, load
from seatrial.judges.talking import page_body
from seatrial.sanitise import HIDDEN, clean, decode
from seatrial.snapshot import Unreadable
from seatrial.spec.scalars import comparison
from seatrial.spec.status import StatusSpec
from seatrial.verdicts import Verdict

_NAMED = 20
_SAID_CAP = 300
_SHOWN_CAP = 200
_WORD = re.compile(r"""(?:=(?:"[^"]*"|'[^']*')(?=\s|\Z)|\S)+""")
"""A word of a line; what is quoted after its ``=`` belongs to it whole."""

_TWICE = Unreadable("told twice, with different values")


def value(case: Case) -> Verdict:
    """One value that a status command or page tells."""
    spec: StatusSpec = case.check.expected
    key = case.check.detail
    try:
        found = values(_output(case, spec))
    except ValueError as error:
        return case.failed(f"{spec.name} does not tell {key}: {error}")
    if isinstance(found.get(key), Unreadable):
        raise Blind(f"{key} is {found[key]}")
    if key not in found:
        there = ", ".join(list(found)[:_NAMED]) or "nothing"
        return case.failed(f"{spec.name} does not tell {key}; it tells: {there}")
    is_now, wanted = found[key], spec.expect[key]
    shown, should = _text(key, is_now), _text(key, wanted)
    told = f"{spec.name} says {key} is {shown}"
    if comparison(wanted).holds(is_now):
        return case.passed(f"{told}, as expected ({should})", found=shown)
    return case.failed(f"{told}, expected {should}", found=shown)


def values(output: bytes) -> dict[str, Any]:
    """The values in an output: JSON with dotted paths, else ``key=value`` or ``key: value`` lines.

    A key that is told twice with different values is an :class:`Unreadable`: which one counts cannot be told.

    :raises ValueError: where it holds neither.
    :raises Blind: where a key of JSON stands twice in one object, with different values.
    """
    text = decode(output).strip()
    try:
        data = load(text)
    except ToldTwice as twice:
        raise Blind(str(twice)) from None
    except (ValueError, RecursionError):
        return _lines(text)
    return _once(_paths(data)) if isinstance(data, dict | list) else _lines(text)


def _output(case: Case, spec: StatusSpec) -> bytes:
    case.must_run()
    if spec.http is not None:
        return page_body(case.talk(f"status:{spec.name}"), f"GET {spec.http.path}")
    ran = entry(case.slot.commands, spec.name, f"status command {spec.name}")
    if ran.exit_code != 0:
        said = clean(ran.stderr.strip() or ran.stdout.strip(), _SAID_CAP)
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
    pairs = [_pair(part) for line in text.splitlines() for part in _parts(line)]
    found = _once((key, word) for key, sign, word in pairs if sign)
    if not found:
        raise ValueError(f"its output is neither JSON nor key=value lines: {clean(text, 80)!r}")
    return found


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """What is told of each key; no value is in the reason, it may be the secret of another key."""
    found: dict[str, Any] = {}
    for key, item in pairs:
        other = key in found and (isinstance(found[key], Unreadable) or canonical(found[key]) != canonical(item))
        found[key] = _TWICE if other else item
    return found


def _pair(part: str) -> tuple[str, str, str]:
    """Split at the first ``=`` or ``:``, whichever comes first."""
    sign = min("=:", key=lambda mark: part.find(mark) if mark in part else len(part))
    key, found, word = part.partition(sign)
    return key.strip(), found if key.strip() else "", _unquoted(word.strip())


def _unquoted(word: str) -> str:
    """``"12"`` as os-release(5) and shells write it."""
    return word[1:-1] if len(word) > 1 and word[0] == word[-1] and word[0] in "\"'" else word


def _parts(line: str) -> list[str]:
    """``a=1 b="x y"`` is two; ``bind count: 2`` is one."""
    words = _WORD.findall(line)
    return words if len(words) > 1 and all("=" in word.strip("=") for word in words) else [line]


def _text(key: str, item: object) -> str:
    """A value for a message, hidden where its key says that it is a secret."""
    text = item if isinstance(item, str) else json.dumps(item, ensure_ascii=False, default=str)
    return HIDDEN if HIDDEN in clean(f"{key}={text}") else clean(text, _SHOWN_CAP)
