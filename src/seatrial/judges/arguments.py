"""Which arguments of a command line a message may show: a secret among them often has no name."""

import re

from seatrial.sanitise import HIDDEN, clean

_NAMES_SECRET = re.compile(r"-[^=]*(?:pass|pwd|auth|key|secret|token|cred)[^=]*", re.IGNORECASE)
_LETTER = re.compile(r"-[A-Za-z]")
_HARMLESS = re.compile(r"\d{1,5}|/[\w./-]*", re.ASCII)
_PORT = re.compile(r"-(?:p|P|port)=?\d{1,5}", re.ASCII)


def may_be_secret(before: str, text: str) -> bool:
    """Whether an argument may be a password; better too much than too little.

    The value of ``-a``, ``-p`` and their like is shown only where it is a port or a path.

    :param before: the argument before it, which may be the option that it is the value of.
    """
    if HIDDEN in clean(f"{before} {text}") or HIDDEN in clean(text):
        return True
    name, sign, _ = text.partition("=")
    if _NAMES_SECRET.fullmatch(before) or (sign and _NAMES_SECRET.fullmatch(name)):
        return True
    if text[:2] in ("-p", "-P") and text[2:]:
        return not _PORT.fullmatch(text)
    return _LETTER.fullmatch(before) is not None and not text.startswith("-") and not _HARMLESS.fullmatch(text)


def shape(text: str) -> str:
    """What an argument is, without a letter of it: one that nobody declared may be a secret, whatever it looks like."""
    kind = "an option" if text.startswith("-") else "a word"
    return f"{kind} of {len(text)} characters"
