"""Findings that say the same of several places: they are told once, with the names of all."""

from collections.abc import Sequence

from seatrial.acceptance import Result


def alike(results: Sequence[Result]) -> list[list[Result]]:
    """Put together what has one reason.

    UNKNOWNs go together whatever they ask, since one closed door hides many things; FAILs only where the same question
    was asked of several slots of one service.

    :return: groups in the order of their first result.
    """
    groups: dict[tuple[str, ...], list[Result]] = {}
    for result in results:
        groups.setdefault(_key(result), []).append(result)
    return list(groups.values())


def reason(result: Result) -> str:
    """The message without the place that it begins with."""
    return result.message.removeprefix(f"{result.check.slot}: ")


def _key(result: Result) -> tuple[str, ...]:
    check = result.check
    question = () if result.status == "UNKNOWN" else (check.service, check.aspect, check.key)
    return (result.status, *question, reason(result))
