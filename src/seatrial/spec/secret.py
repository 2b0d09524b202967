"""Secrets stand in no deployment file: it names where they are, and one that stands there all the same is not shown."""

from seatrial.yamltree.gathering import Path

INLINE = "invalid, and not shown here; write env:NAME or file:PATH, which tell where it is"

_KEYS = frozenset({"passphrase"})


def is_secret(path: Path) -> bool:
    """Whether what stands at a path may be a secret."""
    return bool(path) and path[-1] in _KEYS
