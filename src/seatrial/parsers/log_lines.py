"""Time stamps at the very beginning of log lines: what is not surely understood is none."""

import json
import re
from datetime import UTC, datetime, timedelta, timezone

_MONTHS = b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_MONTH = b"|".join(_MONTHS).decode()
_BEFORE = (
    r"(?:<\d{1,3}>(?:1 )?)?"  # syslog's priority and version
    r"(?:[\[(\"']?|(?=[\w.:-]{3,64} \S{1,64} \S{1,64} \[\d\d/)[\w.:-]*[.:\d-][\w.:-]* \S+ \S+ \[)"  # or an access log
)
_WORDS = "TRACE DEBUG INFO NOTE WARN WRN ERROR ERR FATAL CRIT ALERT EMERG PANIC FINE FINER AUDIT LOG GET POST PUT"
_ZONES = "[ECMP][SD]T|[CEW]ES?T|[GM]ST|BST|IST|JST|KST|HKT|MSK"
_NOONS = ("上午", "下午", "午前", "午後", "오전", "오후")
_NOON = b"|".join(re.escape(word.encode(encoding)) for word in _NOONS for encoding in ("utf-8", "gb18030"))
_STAMP = re.compile(
    (
        rf"\A{_BEFORE}(?:"
        r"(\d{4})[-/](\d\d)[-/](\d\d)[ T](\d\d):(\d\d):(\d\d)"
        rf"|(\d{{1,2}})[/-]({_MONTH})[/-](\d{{4}})[: ](\d\d):(\d\d):(\d\d)"
        rf"|({_MONTH}) {{1,2}}(\d{{1,2}}) (\d\d):(\d\d):(\d\d)"
        r")(?:[.,](\d{1,9}))?( ?(?:Z|UTC|GMT)\b| ?[+-]\d\d:?\d\d(?!\d))?"
        r"(?=\Z|[\s\])\"',:;|])"
    ).encode()
)
_UNKNOWN_ZONE = re.compile(
    rb"[ \t]*[\[(]?(?:"
    rb"[+-][ ]?\d"  # an offset that is none of ours, or a second one
    rb"|[AaPp]\.?[Mm]\b"
    rb"|(?i:" + _ZONES.encode() + rb")\b"
    rb"|(?!(?:" + _WORDS.replace(" ", "|").encode() + rb")(?![A-Za-z]))[A-Z]{2,5}(?![A-Za-z])"
    rb"|[A-Z][A-Za-z]+/[A-Z]"
    rb"|" + _NOON + rb")"
)
_KEYS = ("time", "ts", "timestamp", "@timestamp")
_BLANKS = re.compile(r"\s*")
_DECODER = json.JSONDecoder()
_DAY_S = 86400.0


def time_of(line: bytes, utc_offset_s: int, clock: float) -> float | None:
    """The time a line says it is from, None where it does not begin with one, or with one in an unknown zone.

    Of a line in JSON it is that of a key of the object itself, of none within; the newest, where there are two.

    :param utc_offset_s: zone of stamps that carry none, seconds east of UTC.
    :param clock: the target's time: a stamp without a year is of the last year in which it is not in the future.
    :returns: seconds since the epoch.
    """
    if line.startswith(b"{"):
        times = [_time_of(text.encode(), utc_offset_s, clock) for text in _stamps_in_json(line)]
        return max((time for time in times if time is not None), default=None) if None not in times else None
    return _time_of(line, utc_offset_s, clock)


def newest_time(lines: bytes, utc_offset_s: int, clock: float) -> float | None:
    """The time of the last stamped one of many lines, None where none is."""
    for line in reversed(lines.replace(b"\r", b"\n").split(b"\n")):
        time = time_of(line, utc_offset_s, clock)
        if time is not None:
            return time
    return None


def _time_of(line: bytes, utc_offset_s: int, clock: float) -> float | None:
    match = _STAMP.search(line)
    if match is None or _UNKNOWN_ZONE.match(line, match.end()):
        return None
    try:
        return _seconds([group.decode() if group is not None else "" for group in match.groups()], utc_offset_s, clock)
    except (ValueError, OverflowError):
        return None


def _stamps_in_json(line: bytes) -> list[str]:
    """Values of the keys of a time; of a line that was cut, those before the cut."""
    text, at = line.decode("utf-8", "replace"), 1
    found: list[str] = []
    try:
        while True:
            key, at = _DECODER.raw_decode(text, _after(text, at))
            at = _after(text, at)
            if text[at : at + 1] != ":":
                return found
            value, at = _DECODER.raw_decode(text, _after(text, at + 1))
            found += [value] if key in _KEYS and isinstance(value, str) else []
            at = _after(text, at) + 1  # a comma, or the end of the object, after which no key comes
            if text[at - 1 : at] != ",":
                return found
    except (ValueError, RecursionError):
        return found


def _after(text: str, at: int) -> int:
    match = _BLANKS.match(text, at)
    return match.end() if match else at


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
