"""The journal of a run: an append-only file of JSON lines, written while the run goes on.

The first line is the header, then one line for each event, and the last one says that the journal is closed. A journal
without its last line belongs to a run that did not end, and accepts nothing.
"""

import errno
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Self

from seatrial.verdicts import Verdict

FORMAT = 1
LARGEST = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Entry:
    """What became of one check.

    :param outcome: the verdict, ``PASS``, ``FAIL`` or ``UNKNOWN``; empty where no judge was asked.
    :param ran: pytest's own word: ``passed``, ``failed``, ``error``, ``skipped``, ``xfailed``, ``xpassed`` or
        ``not run``.
    :param seconds: time of set-up, call and tear-down together.
    """

    check: str
    outcome: str
    message: str
    evidence: tuple[tuple[str, str], ...]
    because: str
    ran: str
    seconds: float

    @classmethod
    def of(cls, check: str, verdict: Verdict | None, ran: str, seconds: float, message: str = "") -> Self:
        """The entry for a verdict, or for a check that no judge was asked about."""
        if verdict is None:
            return cls(check, "", message, (), "", ran, seconds)
        return cls(check, verdict.outcome.value, verdict.message, verdict.evidence, verdict.because, ran, seconds)


@dataclass(frozen=True, slots=True)
class Stranger:
    """What became of a test that is no check of ours: one that the user brought.

    :param id: pytest's node id.
    :param ran: pytest's own word, as for :class:`Entry`; ``error`` also for a file that could not be collected.
    :param message: why it did not pass, in one line; empty where it did.
    """

    id: str
    ran: str
    message: str
    seconds: float

    @property
    def failed(self) -> bool:
        """True where it stands in the way of acceptance."""
        return self.ran in ("failed", "error")


_FIELDS = tuple(field.name for field in fields(Entry))


@dataclass(frozen=True, slots=True)
class Record:
    """A journal that was read.

    :param closed: its last line is there.
    :param exit_status: pytest's exit status in the closing line, -1 where there is none.
    :param look: facts about the look (its times, its calls), empty where none ended.
    :param strangers: the user's own tests, in the order in which they ended.
    """

    header: Mapping[str, Any]
    entries: tuple[Entry, ...]
    look: Mapping[str, Any]
    closed: bool
    exit_status: int
    strangers: tuple[Stranger, ...] = ()


class Journal:
    """Writes one journal; every line reaches the file before the call returns."""

    def __init__(self, path: Path, header: Mapping[str, Any]) -> None:
        """Create the file.

        :raises FileExistsError: where it is there already: two runs never share a journal.
        """
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        self._write({"event": "open", "format": FORMAT, **header})

    def progress(self, text: str) -> None:
        """Say what the run is doing, for whoever follows the journal."""
        self._write({"event": "progress", "text": text})

    def look(self, **facts: object) -> None:
        """Keep facts about the look that the verdicts come from."""
        self._write({"event": "look", **facts})

    def entry(self, entry: Entry) -> None:
        """Keep what became of one check."""
        self._write({"event": "check", **{name: getattr(entry, name) for name in _FIELDS}})

    def stranger(self, stranger: Stranger) -> None:
        """Keep what became of a test that is no check of ours."""
        self._write({"event": "own test", **asdict(stranger)})

    def close(self, exit_status: int) -> None:
        """Write the closing line; a second call does nothing."""
        if self._file >= 0:
            self._write({"event": "close", "exit_status": exit_status})
            os.close(self._file)
            self._file = -1

    def _write(self, event: Mapping[str, Any]) -> None:
        line = json.dumps(event, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"
        if os.write(self._file, line) != len(line):
            raise OSError(errno.ENOSPC, "the journal's last line was cut short: is the disk full?")


def read(path: Path) -> Record | None:
    """Read a journal, or None where there is none; a torn last line is as if it had not been written."""
    if not path.exists() or path.stat().st_size > LARGEST:
        return None
    events = list(_events(path.read_bytes().split(b"\n")))
    if not events or events[0].get("event") != "open":
        return None
    closing = events[-1] if events[-1]["event"] == "close" else None
    looks = [event for event in events if event["event"] == "look"]
    return Record(
        header=events[0],
        entries=tuple(_entry(event) for event in events if event["event"] == "check"),
        look=looks[-1] if looks else {},
        closed=closing is not None,
        exit_status=closing["exit_status"] if closing else -1,
        strangers=tuple(_stranger(event) for event in events if event["event"] == "own test"),
    )


def last_progress(path: Path) -> str:
    """The text of the newest progress line, empty where there is none."""
    if not path.exists():
        return ""
    lines = [line for line in path.read_bytes().split(b"\n") if b'"progress"' in line]
    texts = [event["text"] for event in _events(lines) if event["event"] == "progress"]
    return texts[-1] if texts else ""


def _events(lines: Iterable[bytes]) -> Iterable[dict[str, Any]]:
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and "event" in event:
            yield event


def _entry(event: Mapping[str, Any]) -> Entry:
    return Entry(
        check=event["check"],
        outcome=event["outcome"],
        message=event["message"],
        evidence=tuple((label, text) for label, text in event["evidence"]),
        because=event["because"],
        ran=event["ran"],
        seconds=event["seconds"],
    )


def _stranger(event: Mapping[str, Any]) -> Stranger:
    return Stranger(event["id"], event["ran"], event["message"], event["seconds"])
