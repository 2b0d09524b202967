"""What a row demands of a look, and what is missing in one: the four properties that docs/faults.md promises."""

import re
from collections.abc import Iterator, Sequence

from seatrial.vehicles import Vehicle
from seatrial.verdicts import Outcome

from .catalogue import Look
from .judging import Seen, aspect_of
from .row import Fault, Says, Situation


def problems(row: Situation, look: Look, vehicle: Vehicle) -> list[str]:
    """All that is not as it must be; empty where the row holds."""
    if not isinstance(row, Fault):
        return unsound(look.of(row))
    seen = look.of(row)
    silent = [said for expected in row.expected(vehicle) for said in missing(seen, expected)]
    wrong = [*silent, *green(seen, row), *left_out(seen, row)]
    return wrong + (unsound(look.of_sound(row), row.blind.get(vehicle, ())) if look.sound else [])


def missing(seen: Seen, expected: Says) -> Iterator[str]:
    """What a check does not say that it must say."""
    found = seen.of(expected.check)
    if [verdict.outcome for verdict in found] != [expected.verdict]:
        told = "; ".join(f"{verdict.outcome} {verdict.message}" for verdict in found) or "no such check"
        yield f"{expected.check}: expected {expected.verdict}, found {told}"
    elif unsaid := [said for said in expected.says if not re.search(said, found[0].message)]:
        yield f"{expected.check} does not say {unsaid}: {found[0].message}"


def green(seen: Seen, fault: Fault) -> list[str]:
    """Checks about the broken thing that PASS."""
    return [f"{check} PASS" for check in seen.passing(*fault.broken)]


def left_out(seen: Seen, fault: Fault) -> list[str]:
    """Checks about the broken thing that the file does not even plan."""
    return [f"{check} is not planned" for check in fault.named if not seen.of(check)]


def unsound(seen: Seen, blind: Sequence[str] = ()) -> list[str]:
    """What is not green in a container in which nothing is broken.

    :param blind: aspects that may be, and must be, UNKNOWN there.
    """
    unseen = [check for aspect in blind for check in seen.verdicts if aspect_of(check) == aspect]
    red = [f"{check}: {message}" for check, message in seen.not_passing.items() if check not in unseen]
    wrong = [f"{check} is not UNKNOWN" for check in unseen if seen.verdicts[check].outcome is not Outcome.UNKNOWN]
    return [*red, *wrong] if seen.verdicts else ["nothing was planned"]


def answer(row: Situation, seen: Seen, vehicle: Vehicle) -> str:
    """What is said about a row in a few words: ``process.count FAIL``, or ``all 9 PASS``."""
    if isinstance(row, Fault):
        said = [(one.check, [verdict.outcome.value for verdict in seen.of(one.check)]) for one in row.expected(vehicle)]
        return ", ".join(f"{check} {'/'.join(outcomes) or 'not planned'}" for check, outcomes in said)
    red = seen.not_passing
    return f"{len(red)} of {len(seen.verdicts)} not PASS" if red else f"all {len(seen.verdicts)} PASS"
