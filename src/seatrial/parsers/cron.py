"""Crontabs (crontab(5), cron(8) of Debian and of cronie): each line, and why cron passes over it."""

import re
from collections.abc import Iterator
from dataclasses import replace

from seatrial.errors import CouldNotLook
from seatrial.host import CronLine
from seatrial.parsers.cron_entry import SETTING, misunderstood, sets, times_of
from seatrial.parsers.crontab import Accounts, Crontab, place_refused
from seatrial.parsers.files import HEAD_CAP, is_missing, stat_line, users
from seatrial.parsers.frames import Frame, Frames
from seatrial.sanitise import decode

CRON_FOLDERS = ("/etc/cron.d", "/var/spool/cron", "/var/spool/cron/crontabs", "/var/spool/cron/tabs")
"""Where crontabs are, ``/etc/crontab`` aside: those of packages, then users' of cronie, Debian and BusyBox, SUSE."""

CRONTAB_CAP = 1 << 18
_BLANKS = " \t"
_BLANK = re.compile(r"[ \t]+")
_LINKS = re.compile(rb"(\d{1,10})\n?(?:(\d{1,10})\n?)?")
_SOURCES = re.compile(rb"^[ \t]*passwd:([^#\n]*)", re.MULTILINE)
_FILES_ONLY = {b"files", b"systemd", b"compat", b"altfiles"}
_NO_NEWLINE = "it ends without a newline"


def cron_lines(frames: Frames) -> tuple[CronLine, ...]:
    """All lines that are to run something, in the order of their files; settings of variables are none of them.

    :raises CouldNotLook: where a crontab, or a folder of them, may not be read: any line could be in it.
    """
    for failed in frames.all("cronlist"):
        raise CouldNotLook(f"{CRON_FOLDERS[failed.numbers[1]]}: {failed.reason}")
    frames.read("crontabs")
    debian, accounts = _is_debian(frames), _accounts(frames)
    return tuple(line for frame in frames.all("cronname") for line in _of_file(frames, frame, debian, accounts))


def _is_debian(frames: Frames) -> bool:
    frame = frames.find("debian")
    if frame is not None and frame.status and is_missing(frame.payload, frame.status):
        return False
    frames.read("debian")
    return True


def _accounts(frames: Frames) -> Accounts:
    """Those in ``/etc/passwd``; there may be others where that is not all (nsswitch.conf(5)), or is too long."""
    try:
        passwd = frames.read("passwd")
    except CouldNotLook as error:
        raise CouldNotLook(f"/etc/passwd: {error}") from None
    return Accounts(users(passwd), len(passwd) < HEAD_CAP and _asks_files_only(frames))


def _asks_files_only(frames: Frames) -> bool:
    frame = frames.find("nsswitch")
    if frame is None or frame.status:
        return frame is not None and is_missing(frame.payload, frame.status)
    found = _SOURCES.search(frame.payload)
    return found is None or set(found[1].split()) <= _FILES_ONLY


def _of_file(frames: Frames, frame: Frame, debian: bool, accounts: Accounts) -> Iterator[CronLine]:
    path, number = decode(frame.payload), frame.numbers[1]
    passed_over = place_refused(path, debian=debian)
    try:
        tab, content = _tab(frames, number, path, debian), frames.read("cron", number)
    except CouldNotLook as error:
        if passed_over:
            return
        raise CouldNotLook(f"{path}: {error}") from None
    if len(content) > CRONTAB_CAP:
        raise CouldNotLook(f"{path} is longer than {CRONTAB_CAP} bytes")
    lines = [replace(line, owner=tab.found.uid) for line in _lines(tab, content, accounts)]
    refused = passed_over or next(tab.refusals(accounts), "")
    yield from (replace(line, passed_over=refused, unsure=False) if refused else line for line in lines)


def _tab(frames: Frames, number: int, path: str, debian: bool) -> Crontab:
    found = _LINKS.fullmatch(frames.read("cronlinks", number))
    if found is None:
        raise CouldNotLook("how many links it has is not understood")
    owner = None if found[2] is None else int(found[2])
    return Crontab(path, stat_line(frames.read("cronstat", number)), int(found[1]), owner, debian)


def _lines(tab: Crontab, content: bytes, accounts: Accounts) -> Iterator[CronLine]:
    """Its lines; Debian's cron ignores a file of which it does not understand one, cronie that one only."""
    *whole, rest = content.split(b"\n")
    found = [_line(tab, number, text, accounts) for number, raw in enumerate(whole, 1) if (text := _meant(raw))]
    wrong = next((each for each in found if each.passed_over and not each.unsure), None)
    unsure = next((each for each in found if each.passed_over), None)
    if last := _meant(rest):
        found.append(wrong := replace(_line(tab, 0, last, accounts), passed_over=_NO_NEWLINE, unsure=False))
    faulty = (wrong or unsure) if tab.debian else None
    for each in found:
        if not SETTING.match(each.line):
            yield each if faulty is None else replace(each, passed_over=faulty.passed_over, unsure=faulty.unsure)


def _meant(raw: bytes) -> str:
    """A line, its blanks folded to one, where it is not empty and no comment; a CR or another blank is part of it."""
    line = _BLANK.sub(" ", decode(raw).strip(_BLANKS))
    return "" if line.startswith("#") else line


def _line(tab: Crontab, number: int, line: str, accounts: Accounts) -> CronLine:
    if SETTING.match(line):
        wrong = tab.debian and not sets(line)
        return CronLine(tab.path, "", line, f"line {number}: a setting that is not understood" if wrong else "")
    words = line.split(" ")
    at = times_of(line)
    user = "".join(words[at : at + 1]) if tab.is_systems else tab.user
    fault = misunderstood(words[:at], " ".join(words[at + tab.is_systems :])) if tab.debian else ""
    unknown = accounts.why_unknown(user)
    unsure = not fault and bool(unknown) and not accounts.sure(user)
    where = f"line {number}: " if tab.is_systems or fault else ""
    return CronLine(tab.path, user, line, f"{where}{fault or unknown}" if fault or unknown else "", unsure)
