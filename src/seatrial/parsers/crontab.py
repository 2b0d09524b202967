"""One crontab: where it is, whose, and whether cron reads it at all (``database.c`` of Debian's cron and of cronie)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from seatrial.parsers.files import FileStat

SYSTEM = ("/etc/crontab", "/etc/cron.d/")
"""Crontabs whose lines name the user between times and command (crontab(5))."""

_DEBIANS = ("/etc/crontab", "/etc/cron.d/", "/var/spool/cron/crontabs/")
_NAME = re.compile(r"[A-Za-z0-9_-]+")
_LEFT_OVER = re.compile(r"#.*|.*(?:~|\.rpmsave|\.rpmorig|\.rpmnew|\.cfsaved|\.dpkg-\w+)")
_LOGIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*\$?")
_WRITABLE_BY_OTHERS, _USERS_MODE = 0o022, 0o600
_CRONIES_MASK, _CRONIES_MODE = 0o7533, 0o400


@dataclass(frozen=True, slots=True)
class Accounts:
    """Who is known to a machine.

    :param uids: user → uid, from ``/etc/passwd``.
    :param all_of_them: whether there can be no others, as there are in a directory such as LDAP.
    """

    uids: Mapping[str, int]
    all_of_them: bool = True

    def why_unknown(self, name: str) -> str:
        """Why a user is none, else empty."""
        if name in self.uids:
            return ""
        if not _LOGIN.fullmatch(name):
            return f"{name!r} is no name of a user" if name else "no user is named there"
        return f"there is no user {name} in its /etc/passwd"

    def sure(self, name: str) -> bool:
        """Whether one that is not known here is known nowhere."""
        return self.all_of_them or not _LOGIN.fullmatch(name)


@dataclass(frozen=True, slots=True)
class Crontab:
    """A file with lines for cron.

    :param found: what stat(2) says of it, links followed.
    :param links: number of its hard links.
    :param link_owner: uid of the owner of a link at its path, None where that is no link.
    :param debian: whether this machine's cron is Debian's.
    """

    path: str
    found: FileStat
    links: int
    link_owner: int | None
    debian: bool

    @property
    def is_systems(self) -> bool:
        """Whether its lines name users."""
        return self.path.startswith(SYSTEM)

    @property
    def user(self) -> str:
        """Whose it is, where its lines do not say so."""
        return self.path.rpartition("/")[2]

    def refusals(self, accounts: Accounts) -> Iterator[str]:
        """Why cron does not read it, apart from whether its user is known."""
        yield from _by_owner(self, accounts)
        yield from _by_mode(self)
        if self.links > 1 and (self.debian or not self.is_systems):
            yield f"it has {self.links} hard links"
        if self.debian and self.link_owner is not None:
            yield from _by_link(self, self.link_owner)


def place_refused(path: str, *, debian: bool) -> str:
    """Why cron does not look at a file, by its name and its folder alone; else empty."""
    if debian and not path.startswith(_DEBIANS):
        return "Debian's cron does not look there"
    if not path.startswith("/etc/cron.d/"):
        return ""
    name = path.rpartition("/")[2]
    refused = _LEFT_OVER.fullmatch(name) or (debian and not _NAME.fullmatch(name))
    return "it reads no file of such a name" if refused else ""


def _by_owner(tab: Crontab, accounts: Accounts) -> Iterator[str]:
    allowed = {0} if tab.is_systems else {0, accounts.uids.get(tab.user, 0)}
    known = tab.is_systems or tab.user in accounts.uids
    if known and tab.found.uid not in allowed:
        yield f"it belongs to uid {tab.found.uid}"


def _by_mode(tab: Crontab) -> Iterator[str]:
    """Debian's takes users' own with 0600 only, and the system's where nobody else may write; cronie has one rule."""
    mode = tab.found.mode
    if tab.debian and tab.is_systems:
        wrong = mode & _WRITABLE_BY_OTHERS
    elif tab.debian:
        wrong = mode != _USERS_MODE
    else:
        wrong = mode & _CRONIES_MASK != _CRONIES_MODE
    if wrong:
        yield f"its mode is {mode:04o}"


def _by_link(tab: Crontab, owner: int) -> Iterator[str]:
    if not tab.is_systems:
        yield "it is a link"
    elif owner:
        yield f"it is a link of uid {owner}"
