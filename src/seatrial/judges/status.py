"""Do the service's own numbers say what they should?"""

import json
import re
from collections.abc import Iterable
from typing import Any

from seatrial.judges import growth
from seatrial.judges.captured import TWICE, captured
from seatrial.judges.case import Blind, Case, entry
from seatrial.judges.kinds import unlike_kinds
from seatrial.judges.plain_json import ToldTwice, canonical, load
from seatrial.judges.talking import page_body
from seatrial.sanitise import HIDDEN, clean, decode
from seatrial.snapshot import Unreadable
from seatrial.spec.growth import Growth
from seatrial.spec.scalars import Plain, comparison
from seatrial.spec.status import StatusSpec, again
from seatrial.verdicts import Verdict

_NAMED = 20
_SAID_CAP = 300
_SHOWN_CAP = 200
_PATHS_CAP = 32 << 20
_WORD = re.compile(r"""(?:=(?:"[^"]*"|'[^']*')(?=\s|\Z)|\S)+""")
"""A word of a line; what is quoted after its ``=`` belongs to it whole."""

_PATTERN_WORD = re.compile(r"[A-Za-z][\w-]*")


class _Missing(ValueError):
    """It tells other keys."""


def value(case: Case) -> Verdict:
    """One value that a status command or page tells, or how it changes from one reading to the next."""
    spec: StatusSpec = case.check.expected
    key = case.check.detail
    wanted = spec.expect[key]
    try:
        found = _found(spec, key, _output(case, spec))
        if isinstance(wanted, Growth):
            return _grown(case, wanted, found, _found(spec, key, _output(case, spec, second=True)))
    except _Missing as error:
        return case.failed(f"{spec.name} does not tell {key}; {error}")
    except ValueError as error:
        return case.failed(f"{spec.name} does not tell {key}: {error}")
    return _compared(case, wanted, found)


def _found(spec: StatusSpec, key: str, output: bytes) -> Any:
    """What an output says of a key.

    :raises ValueError: where it says nothing of it.
    """
    pattern = spec.capture.get(key)
    told = {key: captured(pattern, output)} if pattern else values(output)
    if isinstance(told.get(key), Unreadable):
        raise Blind(f"{key} is {told[key]}")
    if key not in told:
        raise _Missing(f"it tells: {', '.join(list(told)[:_NAMED]) or 'nothing'}")
    return told[key]


def _compared(case: Case, wanted: Plain, found: Any) -> Verdict:
    key, names = case.check.detail, _names(case)
    shown, should = _text(names, found), _text(names, wanted)
    told = f"{case.check.expected.name} says {key} is {shown}"
    if comparison(wanted).holds(found):
        return case.passed(f"{told}, as expected ({should})", found=shown)
    return case.failed(f"{told}, expected {should}{unlike_kinds(wanted, found)}", found=shown)


def _grown(case: Case, wanted: Growth, first: Any, second: Any) -> Verdict:
    key = case.check.detail
    readings = [_text(_names(case), told) for told in (first, second)]
    later = f"at least {wanted.every_s:g} s later"
    told = f"{case.check.expected.name} says {key} is {readings[0]} and, {later}, {readings[1]}"
    if why := growth.unlike(first, second):
        return case.failed(f"{told}, expected that it grows; {why}", found=" then ".join(readings))
    return case.passed(f"{told}: it grows, as expected", found=" then ".join(readings))


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


def _output(case: Case, spec: StatusSpec, *, second: bool = False) -> bytes:
    case.must_run()
    if spec.http is not None:
        key, what = f"status:{spec.name}", f"GET {spec.http.path}"
        return page_body(case.talk(again(key) if second else key), what, spec.http.status)
    key, what = (again(spec.name), "second run of ") if second else (spec.name, "")
    ran = entry(case.slot.commands, key, f"{what}status command {spec.name}")
    if ran.exit_code != 0:
        said = clean(ran.stderr.strip() or ran.stdout.strip(), _SAID_CAP)
        raise ValueError(f"it ended with exit code {ran.exit_code}" + (f", saying {said!r}" if said else ""))
    return ran.stdout


def _paths(data: Any) -> list[tuple[str, Any]]:
    """Every value with its dotted path, without recursion: hostile JSON is deep.

    :raises Blind: where the paths are too long together, as a long key of a long list makes them.
    """
    found: list[tuple[str, Any]] = []
    length = 0
    waiting: list[tuple[str, Any]] = [("", data)]
    while waiting:
        path, item = waiting.pop()
        pairs = list(item.items() if isinstance(item, dict) else enumerate(item) if isinstance(item, list) else ())
        if not pairs:
            found.append((path, item))
        else:
            length += len(pairs) * (len(path) + 1)
            if length > _PATHS_CAP:
                raise Blind(f"what it tells has keys of more than {_PATHS_CAP >> 20} million letters in all")
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
        found[key] = TWICE if other else item
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


def _names(case: Case) -> list[str]:
    """What may say that a value is a secret: its key, and the words of the pattern that finds it."""
    key = case.check.detail
    return [key, *_PATTERN_WORD.findall(case.check.expected.capture.get(key, ""))]


def _text(names: Iterable[str], item: object) -> str:
    """A value for a message, hidden where one of its names says that it is a secret."""
    text = item if isinstance(item, str) else json.dumps(item, ensure_ascii=False, default=str)
    return HIDDEN if any(HIDDEN in clean(f"{name}={text}") for name in names) else clean(text, _SHOWN_CAP)
