"""Time stamps at the beginning of log lines."""

import re
from datetime import UTC, datetime, timedelta, timezone

_MONTHS = b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_MONTH = b"|".join(_MONTHS).decode()
_BEFORE = (
    r"(?:<\d{1,3}>(?:1 )?)?"  # syslog's priority and version
    r"(?:"
    r"[\[(\"']?(?:[A-Za-z]{3,8}[\]:]? {1,4}[\[(\"]?)?"  # a bracket; a level
    r"|\S{1,64} \S{1,64} \S{1,64} \["  # an access log: address, identity, user
    r"|\{.{0,200}?\"(?:@?timestamp|time|ts)\" ?: ?\""  # a JSON object
    r")"
)
STAMP = (
    rf"\A{_BEFORE}(?:"
    r"(\d{4})[-/](\d\d)[-/](\d\d)[ T](\d\d):(\d\d):(\d\d)"
    rf"|(\d{{1,2}})[/-]({_MONTH})[/-](\d{{4}})[: ](\d\d):(\d\d):(\d\d)"
    rf"|({_MONTH}) {{1,2}}(\d{{1,2}}) (\d\d):(\d\d):(\d\d)"
    r")(?:[.,](\d{1,9}))?( ?(?:Z|UTC|GMT)\b| ?[+-]\d\d:?\d\d(?!\d))?"
)
"""What a stamped line begins with; a reader gets it with its request, so there is one notion of it."""

_STAMP = re.compile(STAMP.encode())
_DAY_S = 86400.0


def time_of(line: bytes, utc_offset_s: int, clock: float) -> float | None:
    """The time a line says it is from, None where it does not begin with one.

    :param utc_offset_s: zone of stamps that carry none, seconds east of UTC.
    :param clock: the target's time: a stamp without a year is of the last year in which it is not in the future.
    :returns: seconds since the epoch.
    """
    match = _STAMP.search(line)
    if match is None:
        return None
    try:
        return _seconds([group.decode() if group is not None else "" for group in match.groups()], utc_offset_s, clock)
    except (ValueError, OverflowError):
        return None


def is_stamped(line: bytes) -> bool:
    """Whether a line begins with a time stamp."""
    return _STAMP.search(line) is not None


def _seconds(groups: list[str], utc_offset_s: int, clock: float) -> float:
    zone = _zone(groups[18].strip(), utc_offset_s)
    fraction: float = int(groups[17] or 0) / 10 ** len(groups[17])
    if groups[12]:
        return _of_a_near_year(_month(groups[12]), [int(part) for part in groups[13:17]], zone, clock) + fraction
    if groups[7]:
        year, month, day = int(groups[8]), _month(groups[7]), int(groups[6])
        return _epoch(year, month, day, groups[9:12], zone) + fraction
    return _epoch(int(groups[0]), int(groups[1]), int(groups[2]), groups[3:6], zone) + fraction


def _of_a_near_year(month: int, rest: list[int], zone: timezone, clock: float) -> float:
    this_year = datetime.fromtimestamp(clock, UTC).year
    for year in (this_year + 1, this_year, this_year - 1, this_year - 2, this_year - 3, this_year - 4):
        try:
            time = datetime(year, month, rest[0], rest[1], rest[2], min(rest[3], 59), tzinfo=zone).timestamp()
        except ValueError:
            continue  # 29 February
        if time <= clock + _DAY_S:
            return time
    raise ValueError("no such day")


def _epoch(year: int, month: int, day: int, clock: list[str], zone: timezone) -> float:
    hour, minute, second = map(int, clock)
    return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=zone).timestamp()


def _month(name: str) -> int:
    return _MONTHS.index(name.encode()) + 1


def _zone(text: str, utc_offset_s: int) -> timezone:
    if not text:
        return timezone(timedelta(seconds=utc_offset_s))
    if text[0] not in "+-":
        return UTC
    digits = text[1:].replace(":", "")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if text[0] == "-" else offset)
