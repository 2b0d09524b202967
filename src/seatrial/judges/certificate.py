"""Is a certificate one of the declared name, and valid for long enough (RFC 5280, RFC 6125)?"""

from datetime import UTC, datetime
from ipaddress import ip_address

from cryptography import x509

from seatrial.sanitise import clean
from seatrial.spec.conversation import TlsSpec

_DAY_S = 86400.0
_SHOWN = 5


def findings(der: bytes, said: TlsSpec, now: float) -> tuple[list[str], list[str]]:
    """What is wrong with it, and what could not be seen.

    :param der: as it came in the handshake.
    :param now: by the target's clock.
    """
    try:
        shown = x509.load_der_x509_certificate(der)
        return [*_times(shown, said, now), *_names(shown, said)], []
    except (ValueError, x509.ExtensionNotFound, x509.DuplicateExtension) as error:
        return [], [f"its certificate is not understood: {clean(error, 120)}"]


def _times(shown: x509.Certificate, said: TlsSpec, now: float) -> list[str]:
    left = shown.not_valid_after_utc.timestamp() - now
    if shown.not_valid_before_utc.timestamp() > now:
        return [f"its certificate is valid only from {_day(shown.not_valid_before_utc)}, by the clock of the target"]
    if left <= 0:
        return [f"its certificate expired on {_day(shown.not_valid_after_utc)}, {-left / _DAY_S:.1f} days ago"]
    if said.valid_for is not None and left < said.valid_for:
        until, wanted = _day(shown.not_valid_after_utc), said.valid_for / _DAY_S
        return [f"its certificate expires on {until}, in {left / _DAY_S:.1f} days; expected {wanted:g} days or more"]
    return []


def _names(shown: x509.Certificate, said: TlsSpec) -> list[str]:
    if said.name is None:
        return []
    names = _alternatives(shown)
    if any(_covers(name, said.name) for name in names):
        return []
    told = ", ".join(clean(name, 100) for name in names[:_SHOWN]) or "no name at all"
    return [f"its certificate is of {told}; expected {said.name}"]


def _alternatives(shown: x509.Certificate) -> list[str]:
    try:
        found = shown.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    addresses = [str(address) for address in found.get_values_for_type(x509.IPAddress)]
    return [*found.get_values_for_type(x509.DNSName), *addresses]


def _covers(name: str, wanted: str) -> bool:
    """A wildcard stands for the whole of the leftmost label, and for one label only (RFC 6125, 6.4.3)."""
    if _is_address(name) or _is_address(wanted):  # no wildcard stands for a part of an address
        return _is_address(name) and _is_address(wanted) and ip_address(name) == ip_address(wanted)
    one, other = name.lower().rstrip("."), wanted.lower().rstrip(".")
    if not one.startswith("*."):
        return one == other
    label, _, rest = other.partition(".")
    return bool(label) and rest == one[2:] and "." in rest


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _day(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d")
