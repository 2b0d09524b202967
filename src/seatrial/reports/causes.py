"""Which finding explains which: an UNKNOWN that only follows from another result is told under it."""

from collections.abc import Mapping, Sequence

from seatrial.acceptance import Result

_Index = Mapping[tuple[str, str], Sequence[Result]]


def fold(results: Sequence[Result]) -> dict[str, list[Result]]:
    """Put each dependent UNKNOWN under the result that explains it.

    :return: id of a result that stands for itself → the results that follow from it; what is under none stands for
        itself as well.
    """
    index = _by_aspect_and_place(results)
    causes = {result.check.id: _cause(result, index) for result in results if result.status == "UNKNOWN"}
    folded: dict[str, list[Result]] = {}
    for result in results:
        root = _root(result, causes)
        if root is not None and root is not result:
            folded.setdefault(root.check.id, []).append(result)
    return folded


def _by_aspect_and_place(results: Sequence[Result]) -> _Index:
    """All that is not green; the place is a slot, or a service for a question about the whole of it."""
    index: dict[tuple[str, str], list[Result]] = {}
    for result in results:
        if not result.green:
            index.setdefault((result.check.aspect, result.check.slot), []).append(result)
    return index


def _cause(result: Result, index: _Index) -> Result | None:
    """The one result that this one names; none where several could be meant."""
    places = (result.check.slot, result.check.service)
    found = [cause for place in places for cause in index.get((result.because, place), ()) if cause is not result]
    return found[0] if len(found) == 1 else _named(result, found)


def _named(result: Result, found: Sequence[Result]) -> Result | None:
    """Of several, the one with the same key, or the one that the expectation names."""
    expected = result.check.expected
    keys = {result.check.key, getattr(expected, "owner", None), getattr(expected, "watches", None)}
    named = [cause for cause in found if cause.check.key in keys]
    return named[0] if len(named) == 1 else None


def _root(result: Result, causes: Mapping[str, Result | None]) -> Result | None:
    """The end of the chain of causes, or none where the chain is a circle."""
    seen: set[str] = set()
    while (cause := causes.get(result.check.id)) is not None:
        if result.check.id in seen:
            return None
        seen.add(result.check.id)
        result = cause
    return result
