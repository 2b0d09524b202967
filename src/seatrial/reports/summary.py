"""A run in one sentence, the same on the terminal and in the page."""

from seatrial.acceptance import Acceptance

WORDS = {"FAIL": "failed", "UNKNOWN": "unknown", "NOT RUN": "not run", "WAIVED": "waived", "PASS": "passed"}
"""Status → word, in the order in which they are told."""


def verdict(acceptance: Acceptance) -> str:
    """``ACCEPTED`` or ``NOT ACCEPTED``, with a mark where only a part ran."""
    word = "ACCEPTED" if acceptance.accepted else "NOT ACCEPTED"
    return f"{word} (PARTIAL)" if acceptance.partial else word


def counts(acceptance: Acceptance) -> str:
    """``6 failed, 2 unknown, 135 passed``; what is zero is left out."""
    found = [(acceptance.count(status), word) for status, word in WORDS.items()]
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
