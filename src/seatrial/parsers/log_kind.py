"""What a log file holds, by its beginning and its end: text that can be searched, and time stamps to believe."""

from seatrial.parsers.log_lines import newest_time

END_CAP = 32 * 1024
"""Bytes of the end that a reader brings."""

APART_S = 600.0
"""Longest time between the newest stamp and the last write, beyond which the stamps' zone must be another."""

_MAGIC = (
    (b"\xff\xfe", "UTF-16 or UTF-32"),
    (b"\xfe\xff", "UTF-16"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\x1f\x8b", "data of gzip"),
    (b"\x28\xb5\x2f\xfd", "data of zstd"),
    (b"\xfd7zXZ\x00", "data of xz"),
    (b"BZh", "data of bzip2"),
    (b"\x04\x22\x4d\x18", "data of lz4"),
    (b"PK\x03\x04", "data of zip"),
)
_BINARY = bytes(code for code in range(32) if code not in b"\a\b\t\n\v\f\r\x1b")


def why_unsearchable(head: bytes, end: bytes) -> str:
    """Why lines cannot be searched for texts, empty where they can.

    :param head: the first bytes.
    :param end: the last ones.
    """
    for magic, what in _MAGIC:
        if head.startswith(magic) and not (magic == b"BZh" and head[4:10] != b"1AY&SY"):
            return f"it begins as {what} does, which cannot be searched for texts"
    for part, where in ((head, "begins"), (end[-4096:], "ends")):
        if 10 * (len(part) - len(part.translate(None, _BINARY))) > len(part):
            return f"it {where} with binary data, which cannot be searched for texts"
    return ""


def why_doubtful(end: bytes, mtime: float, utc_offset_s: int, clock: float) -> str:
    """Why the time stamps of a file are not to be believed, empty where they are.

    :param end: its last bytes, as many as a reader brings.
    :param mtime: when it was written to, seconds since the epoch.
    """
    whole_lines = end.partition(b"\n")[2] if len(end) >= END_CAP else end
    newest = newest_time(whole_lines, utc_offset_s, clock)
    if newest is None:
        return "no line near its end begins with a time stamp that is understood"
    apart = abs(newest - mtime)
    if apart <= APART_S:
        return ""
    way = "before" if newest < mtime else "after"
    return f"its newest time stamp is {apart / 3600:.1f} h {way} its last write; see whether utc_offset is right"
