"""Names of hosts and of who logs in there: nothing in them can be an option, a command or a look-alike."""

import re
import unicodedata
from ipaddress import ip_address
from typing import Annotated, Any

from pydantic import AfterValidator, StringConstraints

_LONGEST = 253
"""Characters of a name in the DNS, see RFC 1035 section 2.3.4."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")
_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_NUMERIC = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")
_MISTYPED = re.compile(r"[0-9][0-9A-Za-z]*(?:\.(?:[0-9][0-9A-Za-z]*|[OoIl]+[0-9]*))+")
_SCOPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,15}")
_MACHINE_ID = re.compile(r"[0-9a-f]{32}")
_SEPARATORS = tuple(",;，；、")
_SHOWN = 80


def host_name(text: str) -> str:
    """Check a host's name in the inventory, which may also be its IP address.

    :raises ValueError: for anything else.
    """
    if (_NAME.fullmatch(text) and len(text) <= _LONGEST) or _ip(text):
        return text
    told = "letters, digits, '.', '_' and '-', the first a letter or digit, or an IP address"
    raise ValueError(f"{text[:_SHOWN]!r} is no name of a host; allowed: at most {_LONGEST} {told}")


def host_address(text: str) -> str:
    """Check the address of a host: an IP address, in its usual form, or a name for the resolver.

    What ends in a number is an IP address or nothing: inet_aton(3) reads ``10.1`` and ``0x7f.1`` as addresses too. So
    is what only looks like one, ``10.0.0.5o`` or ``10.0.0.O5``, each part of it beginning with a digit or a letter that
    is taken for one: a name's last part is alphabetic (RFC 1123 section 2.1, RFC 3696 section 2).

    :raises ValueError: where it is neither.
    """
    if address := _ip(text):
        return address
    if _is_ip(text):
        raise ValueError(
            f"{text!r} is neither an IP address nor a host name of one machine; write one such as 10.0.0.7"
        )
    labels = text.split(".")
    is_name = len(text) <= _LONGEST and all(_LABEL.fullmatch(label) for label in labels)
    is_number = _NUMERIC.fullmatch(labels[-1]) or _MISTYPED.fullmatch(text)
    if is_name and not is_number:
        return text
    told = "write one such as 10.0.0.7 or relay-1"
    if is_number:
        told = "it looks like a mistyped IP address, which is four numbers from 0 to 255, such as 10.0.0.7"
    raise ValueError(f"{text[:_SHOWN]!r} is neither an IP address nor a host name; {told}")


def user_name(text: str) -> str:
    """Check the name of who logs in.

    :raises ValueError: for anything but letters, digits, ``.``, ``_`` and ``-``.
    """
    if _USER.fullmatch(text):
        return text
    allowed = "allowed: at most 64 letters, digits, '.', '_' and '-', the first no '.' or '-'"
    raise ValueError(f"{text[:_SHOWN]!r} is no name of a user; {allowed}")


def machine_id(text: str) -> str:
    """Check what ``/etc/machine-id`` holds: 32 hexadecimal digits, in small letters (machine-id(5)).

    :raises ValueError: for anything else.
    """
    if _MACHINE_ID.fullmatch(text.lower()):
        return text.lower()
    raise ValueError(f"{text[:_SHOWN]!r} is no machine-id; write the 32 hexadecimal digits of /etc/machine-id")


def label(text: str) -> str:
    """Check a role, a group or a zone: a short text in any script, without commas, by which lists of them are split.

    :raises ValueError: for anything else.
    """
    told = text.strip()
    odd = next((each for each in told if unicodedata.category(each)[0] == "C" or each in _SEPARATORS), "")
    if told and not odd and len(told) <= 64:
        return told
    raise ValueError(f"{text[:_SHOWN]!r} cannot be a label; {_label_answer(odd)}")


def _label_answer(odd: str) -> str:
    if odd in _SEPARATORS:
        return f"it holds {odd!r}, which stands between several labels; a host has several as its group only"
    held = f"it holds the character U+{ord(odd):04X}; " if odd else ""
    return f"{held}allowed: at most 64 characters in one line, no , or ;"


def one_or_several(value: Any) -> Any:
    """A list where one text stands for a list of one."""
    return [value] if isinstance(value, str) else value


def _is_ip(text: str) -> bool:
    try:
        return bool(ip_address(text))
    except ValueError:
        return False


def _ip(text: str) -> str:
    """An IP address that one machine may have, in its usual form; else nothing."""
    try:
        found = ip_address(text)
    except ValueError:
        return ""
    scope = getattr(found, "scope_id", None)
    sensible = scope is None or _SCOPE.fullmatch(scope)
    return str(found) if sensible and not (found.is_unspecified or found.is_multicast) else ""


HostKey = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*\Z", max_length=_LONGEST)]
HostName = Annotated[str, AfterValidator(host_name)]
HostAddress = Annotated[str, AfterValidator(host_address)]
UserName = Annotated[str, AfterValidator(user_name)]
MachineId = Annotated[str, AfterValidator(machine_id)]
Label = Annotated[str, AfterValidator(label)]
