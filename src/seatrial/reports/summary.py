"""A run in one sentence, the same on the terminal and in the page."""

from collections import Counter

from seatrial.acceptance import Acceptance

WORDS = {"FAIL": "failed", "UNKNOWN": "unknown", "NOT RUN": "not run", "WAIVED": "waived", "PASS": "passed"}
"""Status → word, in the order in which they are told."""

OWN_WORDS = {"failed": "failed", "error": "met an error", "passed": "passed"}
"""pytest's word for a test of the user's → ours, in the order in which they are told, before all others."""


def verdict(acceptance: Acceptance) -> str:
    """``ACCEPTED`` or ``NOT ACCEPTED``, with a mark where only a part ran."""
    word = "ACCEPTED" if acceptance.accepted else "NOT ACCEPTED"
    return f"{word} (PARTIAL)" if acceptance.partial else word


def counts(acceptance: Acceptance) -> str:
    """``6 failed, 2 unknown, 135 passed``; what is zero is left out."""
    found = [(acceptance.count(status), word) for status, word in WORDS.items()]
    own = sum(stranger.failed for stranger in acceptance.strangers)
    found.append((own, f"{'test' if own == 1 else 'tests'} of yours failed"))
    told = [(number, word) for number, word in found if number]
    if not told:
        return "nothing planned"
    if not acceptance.accepted:
        return ", ".join(f"{number} {word}" for number, word in told)
    passed = acceptance.count("PASS")
    also = [f"{number} {word}" for number, word in told if word != "passed"]
    return ", ".join([f"{passed} {'check' if passed == 1 else 'checks'} passed", *also])


def sentence(acceptance: Acceptance, deployment: str, took_s: float) -> str:
    """``NOT ACCEPTED p2p-relay: 6 failed, 2 unknown, 135 passed in 1.4 s``.

    :param took_s: seconds that the run took.
    """
    return f"{verdict(acceptance)} {deployment}: {counts(acceptance)} in {took_s:.1f} s"


def some(names: list[str], most: int = 5) -> str:
    """The first of some names, and a sign where there are more."""
    return ", ".join([*names[:most], "…"] if len(names) > most else names)


def looked(acceptance: Acceptance) -> str:
    """``Looked 3 times in 12.1 s: everything stayed green for 5 s``; empty where only one look was asked for."""
    look = acceptance.look
    if not look.get("settle_s"):
        return ""
    times = "once" if look["looks"] == 1 else f"{look['looks']} times"
    return f"Looked {times} in {look['waited_s']:.1f} s: {look['ended_because']}"


def own_tests(acceptance: Acceptance) -> str:
    """``Tests of yours: 1 failed, 3 passed``; empty where there are none."""
    counted = Counter(stranger.ran for stranger in acceptance.strangers)
    ordered = [ran for ran in OWN_WORDS if ran in counted] + sorted(counted.keys() - OWN_WORDS.keys())
    told = [f"{counted[ran]} {OWN_WORDS.get(ran, ran)}" for ran in ordered]
    return f"Tests of yours: {', '.join(told)}" if told else ""
