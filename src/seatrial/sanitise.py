"""One sanitiser and one redactor: what comes from outside passes here before a person or a program reads it.

Every :class:`~seatrial.verdicts.Verdict` and every error text is built through :func:`clean`, so no report, terminal or
test id holds an escape sequence, a bidirectional mark, a command for a CI system, or a secret.
"""

import re
import unicodedata

CAP = 2000
"""Longest text, in characters, that one message or one line of evidence may have."""

HIDDEN = "«hidden»"

_UNSAFE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_KEY = r"[\w.-]*(?:passw(?:or)?d|passwd|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential)[\w.-]*"
_MASKS = tuple(
    (re.compile(pattern, re.IGNORECASE | re.DOTALL), substitute)
    for pattern, substitute in (
        (r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", HIDDEN),
        (r"\b(authorization\s*[:=]\s*)(?:(?:basic|bearer|digest|qiniu|token)\s+)?[^\s,;\"']+", rf"\1{HIDDEN}"),
        (r"\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}", rf"\1 {HIDDEN}"),
        (r"(\w+://[^\s:/@]*:)[^\s@/]+(@)", rf"\1{HIDDEN}\2"),
        (rf"(?<![\w.-])([\"']?{_KEY}[\"']?\s*[=:]\s*)(?:\"[^\"]*\"|'[^']*'|[^\s,;&\"'}}]+)", rf"\1{HIDDEN}"),
        (rf"(?<![\w.-])(--?{_KEY}\s+)(?:\"[^\"]*\"|'[^']*'|[^\s,;&\"']+)", rf"\1{HIDDEN}"),
        (r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b", HIDDEN),
        (r"\bgh[pousr]_[A-Za-z0-9]{20,}\b", HIDDEN),
        (r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*", HIDDEN),
    )
)
_CI_COMMANDS = re.compile(r"(?:::(?=[A-Za-z-]+[ :])|##(?=vso\[|\[|teamcity\[))")
_DECODERS = ("utf-8", "gb18030")


def clean(text: object, cap: int = CAP) -> str:
    """Make any text safe to show: one line, no control or bidirectional characters, no CI commands, no secrets.

    :param text: anything; bytes are decoded by :func:`decode`.
    :param cap: longest result in characters; what is cut is said.
    """
    raw = decode(text) if isinstance(text, bytes) else str(text)
    hidden = redact(raw[: 8 * cap])
    plain = hidden.isascii() and hidden.isprintable()
    shown = hidden if plain else "".join(_visible(character) for character in hidden)
    shown = _CI_COMMANDS.sub(lambda found: " ".join(found.group()), shown)
    return shown if len(shown) <= cap else f"{shown[:cap]}… ({len(raw)} characters)"


def decode(data: bytes) -> str:
    """Decode bytes as UTF-8, else as GB18030, else as UTF-8 with the odd bytes written out."""
    for encoding in _DECODERS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("utf-8", "backslashreplace")


def redact(text: str) -> str:
    """Hide what looks like a password, a token, a key or a credential in a URL."""
    for pattern, substitute in _MASKS:
        text = pattern.sub(substitute, text)
    return text


def _visible(character: str) -> str:
    if unicodedata.category(character) not in _UNSAFE:
        return character
    return {"\n": "⏎", "\t": " ", "\r": ""}.get(character, f"\\u{ord(character):04x}")
