"""Crontabs (crontab(5), cron(8) of Debian and of cronie)."""

import re
from collections.abc import Iterator

from seatrial.errors import CouldNotLook
from seatrial.host import CronLine
from seatrial.parsers.files import FileStat, is_missing, stat_line
from seatrial.parsers.frames import Frame, Frames
from seatrial.sanitise import decode

CRON_FOLDERS = ("/etc/cron.d", "/var/spool/cron", "/var/spool/cron/crontabs", "/var/spool/cron/tabs")
"""Where crontabs are, ``/etc/crontab`` aside: those of packages, then users' of cronie, Debian and BusyBox, SUSE."""

CRONTAB_CAP = 1 << 18
_SYSTEM = ("/etc/crontab", "/etc/cron.d/")
_DEBIANS = ("/etc/crontab", "/etc/cron.d/", "/var/spool/cron/crontabs/")
_NAME = re.compile(r"[A-Za-z0-9_-]+")
_LEFT_OVER = re.compile(r".*(?:~|\.rpmsave|\.rpmorig|\.rpmnew|\.cfsaved|\.dpkg-\w+)")
_SETTING = re.compile(r"""\s*(?:"[^"]*"|'[^']*'|[A-Za-z_]\w*)\s*=""")
_WRITABLE_BY_OTHERS = 0o022


def cron_lines(frames: Frames) -> tuple[CronLine, ...]:
    """All lines that cron runs something by, in the order of their files; settings of variables are none of them.

    :raises CouldNotLook: where a crontab, or a folder of them, may not be read: any line could be in it.
    """
    for failed in frames.all("cronlist"):
        raise CouldNotLook(f"{CRON_FOLDERS[failed.numbers[1]]}: {failed.reason}")
    frames.read("crontabs")
    debian = _is_debian(frames)
    return tuple(line for frame in frames.all("cronname") for line in _of_file(frames, frame, debian))


def _is_debian(frames: Frames) -> bool:
    frame = frames.find("debian")
    if frame is not None and frame.status and is_missing(frame.payload, frame.status):
        return False
    frames.read("debian")
    return True


def _of_file(frames: Frames, frame: Frame, debian: bool) -> Iterator[CronLine]:
    path, number = decode(frame.payload), frame.numbers[1]
    if _is_passed_over(path, debian):
        return
    try:
        found = stat_line(frames.read("cronstat", number))
        content = frames.read("cron", number)
    except CouldNotLook as error:
        raise CouldNotLook(f"{path}: {error}") from None
    if len(content) > CRONTAB_CAP:
        raise CouldNotLook(f"{path} is longer than {CRONTAB_CAP} bytes")
    if not _is_refused(path, found):
        yield from _lines(path, content)


def _is_passed_over(path: str, debian: bool) -> bool:
    """Whether cron does not look at it: by its name, or since this machine's cron keeps its crontabs elsewhere."""
    name = path.rpartition("/")[2]
    if debian and (not path.startswith(_DEBIANS) or (path.startswith("/etc/cron.d/") and not _NAME.fullmatch(name))):
        return True
    return path.startswith("/etc/cron.d/") and bool(_LEFT_OVER.fullmatch(name))


def _is_refused(path: str, found: FileStat) -> bool:
    """Whether cron refuses it: a table with users in it that is not root's, or that others may write."""
    return path.startswith(_SYSTEM) and (found.uid != 0 or bool(found.mode & _WRITABLE_BY_OTHERS))


def _lines(path: str, content: bytes) -> Iterator[CronLine]:
    for raw in content.split(b"\n"):
        line = " ".join(decode(raw).split())
        if line and not line.startswith("#") and not _SETTING.match(line):
            yield CronLine(path, _user(path, line), line)


def _user(path: str, line: str) -> str:
    if not path.startswith(_SYSTEM):
        return path.rpartition("/")[2]
    words = line.split(" ")
    place = 1 if line.startswith("@") else 5
    return words[place] if len(words) > place else ""
