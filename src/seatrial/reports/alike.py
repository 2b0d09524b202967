"""Findings that say the same of several places: they are told once, with the names of all."""

import re
from collections.abc import Sequence

from seatrial.acceptance import Result

_CHANCE = (
    (re.compile(r"(?<![\w.+-])\d+(?:\.\d+)? (?=(?:s|ms|min|h)\b)"), "0 "),
    (re.compile(r"\b(pid|parent|names) \d+\b"), r"\1 0"),
)
"""Numbers that differ by chance: for how long, and which process. A number with a sign is no duration."""

_FINGERPRINT = re.compile(r"SHA256:[\w+/=]+")


def alike(results: Sequence[Result]) -> list[list[Result]]:
    """Put together what has one reason, whichever host says so, for how long, and of which pid.

    UNKNOWNs go together whatever they ask, since one closed door hides many things; FAILs only where the same question
    was asked of several slots of one service.

    :return: groups in the order of their first result.
    """
    groups: dict[tuple[str, ...], list[Result]] = {}
    for result in results:
        groups.setdefault(_key(result), []).append(result)
    return list(groups.values())


def shared(group: Sequence[Result]) -> str:
    """The message of a group: that of its first result, without its place where that tells no more than its id."""
    first = group[0]
    one_place = len({result.check.slot for result in group}) == 1
    one_reason = len({_reason(result) for result in group}) == 1
    return first.message if one_place or not one_reason or _names(first) else _reason(first)


def where(result: Result) -> str:
    """``relay.1 (relay-2)``, ``box.0 (on engine-1)``: the slot, and its host behind SSH."""
    check = result.check
    on = "on " if check.spec.on == "docker" else ""
    return f"{check.slot} ({on}{check.host.name})" if check.host else check.slot


def _key(result: Result) -> tuple[str, ...]:
    check = result.check
    question = () if result.status == "UNKNOWN" else (check.service, check.aspect, check.key)
    return (result.status, *question, _masked(result))


def _reason(result: Result) -> str:
    """The message without the place that it begins with."""
    return result.message.removeprefix(_place(result))


def _place(result: Result) -> str:
    found = re.match(rf"{re.escape(result.check.slot)}(?: \([^()]*\))?: ", result.message)
    return found[0] if found else ""


def _names(result: Result) -> set[str]:
    """What the host of a result is called, in its message and in the file."""
    written = re.search(r"\((?:on )?([^()]*)\)", _place(result))
    host = result.check.host
    said = (host.name, host.address, host.hostname) if host else ()
    return {name for name in (*(written[1].split(", ") if written else ()), *said) if name}


def _masked(result: Result) -> str:
    """The reason without what is only this host's: its names, who logs in there, its port, and what is so by chance.

    The key that it shows is left out only where it is new: one that has changed is looked at for itself.
    """
    text = _reason(result)
    if names := "|".join(re.escape(name) for name in sorted(_names(result), key=len, reverse=True)):
        text = re.sub(rf"(?:[\w.-]+@)?(?<![\w.-])\[?(?:{names})\]?(?![\w-]|\.\w)(?::\d+)?", "<host>", text)
    for chance, instead in _CHANCE:
        text = chance.sub(instead, text)
    return _FINGERPRINT.sub("SHA256", text) if result.status == "UNKNOWN" else text
