"""Whether the key that a host shows is the one that is known."""

from collections.abc import Sequence

from seatrial.ssh.known import AUTHORITY, REVOKED, Entry, HostKey, about
from seatrial.ssh.settings import Settings
from seatrial.ssh.trouble import Obstacle

TRUST = "add with `seatrial trust`"


def kinds_known(settings: Settings, known: Sequence[Entry]) -> tuple[str, ...]:
    """The kinds of key that are known of a host: it is asked for one of them first, as ssh(1) does."""
    return tuple(dict.fromkeys(entry.key.kind for entry in about(known, settings.known_as) if not entry.marker))


def objection(settings: Settings, known: Sequence[Entry], shown: HostKey) -> Obstacle | None:
    """What keeps us from going on with a host that shows this key; nothing where it is known."""
    own, bare = about(known, settings.known_as), _without_port(settings, known)
    if bad := [entry for entry in (*own, *bare) if entry.marker == REVOKED and entry.key == shown]:
        return _wrong(settings, shown, f"which is revoked ({bad[0].where})")
    plain = [entry for entry in own if not entry.marker]
    if any(entry.key == shown for entry in (*plain, *bare) if not entry.marker):
        return None
    if changed := [entry for entry in plain if entry.key.kind == shown.kind]:
        return _wrong(settings, shown, f"expected {changed[0].key.fingerprint} ({changed[0].where})")
    return Obstacle("host.identity", _unknown(settings, own, shown), fingerprint=shown.fingerprint)


def _without_port(settings: Settings, known: Sequence[Entry]) -> tuple[Entry, ...]:
    """The entries about a host without its port: ssh(1) takes the same key in them for known, or for revoked."""
    if settings.key_alias or settings.port == 22:
        return ()
    return about(known, settings.host.lower())


def _wrong(settings: Settings, shown: HostKey, why: str) -> Obstacle:
    text = f"{_place(settings)} shows {shown.fingerprint}, {why}; nothing was run there"
    return Obstacle("host.identity", text, wrong=True, fingerprint=shown.fingerprint)


def _unknown(settings: Settings, own: Sequence[Entry], shown: HostKey) -> str:
    looked = f" (looked in {', '.join(settings.known_hosts)})" if settings.known_hosts else ""
    text = f"unknown key {shown.fingerprint}; {TRUST}{looked}"
    if others := [entry for entry in own if not entry.marker]:
        told = ", ".join(f"{entry.key.kind} {entry.key.fingerprint}" for entry in others)
        return f"{_place(settings)}: {text} ({shown.kind} is shown, and only other kinds are known: {told})"
    if any(entry.marker == AUTHORITY for entry in own):
        return f"{_place(settings)}: {text} (certificates of hosts, {AUTHORITY}, cannot be followed here)"
    return f"{_place(settings)}: {text}"


def _place(settings: Settings) -> str:
    return settings.host if settings.port == 22 else settings.address
