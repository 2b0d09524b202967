"""All declared logs of a look: opened first, scanned while the samples are taken, and told of after them."""

import os
import re
import time
from typing import Any

from seatrial.collector.grep import Greps, is_quick, program
from seatrial.collector.limits import at_most
from seatrial.collector.logs import Scan, scan_by_hand, spellings
from seatrial.collector.paths import raw, stat_line
from seatrial.collector.target import Target
from seatrial.collector.wire import Wire, reason

TARGET_S = 3.0
"""Seconds that the logs of one target may take, and that all else that is read of it may."""

_SHARE = 0.6


class Logs:
    """The logs of all targets.

    :param request: see docs/collector.md.
    """

    def __init__(self, request: dict[str, Any], wire: Wire) -> None:
        self._request, self._wire = request, wire
        self._scans: list[Scan] = []
        self._paths: dict[tuple[int, ...], bytes] = {}
        self._until = 0.0
        self._greps = Greps("", [], 0.0, TARGET_S)

    def open(self, target: Target) -> None:
        """Open all logs of a target, so that what is rotated away later is read all the same."""
        for index, log in enumerate(target.asked["logs"]):
            try:
                paths = target.root.glob(raw(log["glob"]))
            except OSError as error:
                self._wire.fail("log", target.number, index, error=error)
                continue
            self._wire.put("log", target.number, index, payload=b"%d" % len(paths))
            for place, path in enumerate(paths):
                self._open(target, log, path, (target.number, index, place))

    def _open(self, target: Target, log: dict[str, Any], path: bytes, key: tuple[int, ...]) -> None:
        self._wire.put("logname", *key, payload=path)
        self._wire.lines("loglink", *key, of=target.root.links(path))
        self._wire.tell("logstat", *key, of=lambda: stat_line(target.root.stat(path)))
        try:
            fd = target.root.open(path)
        except OSError as error:
            self._wire.fail("hits", *key, error=error)
            return
        texts = tuple(spelling for text in log["lines"] if "\n" not in text for spelling in spellings(text))
        self._paths[key] = path
        self._scans.append(Scan(key, fd, texts, tuple(log["regexes"])))

    def start(self) -> None:
        """Begin with those that grep can scan by itself."""
        self._until = time.monotonic() + _SHARE * float(self._request["deadline_s"])
        grep = "" if self._request.get("grep") is False else program()
        self._greps = Greps(grep, [one for one in self._scans if grep and is_quick(one)], self._until, TARGET_S)

    def pump(self, until: float) -> None:
        """Take what greps have found, up to a moment of the monotonic clock."""
        self._greps.pump(until)

    def finish(self, targets: dict[int, Target]) -> None:
        """Scan what is left, and tell of those targets that are still looked at."""
        self._greps.pump()
        for scan in self._scans:
            if scan.key[0] in targets:
                self._finish(scan, targets[scan.key[0]])
            os.close(scan.fd)

    def _finish(self, scan: Scan, target: Target) -> None:
        try:
            if not scan.done and (scan.lines or scan.regexes):
                self._by_hand(scan, target)
            if scan.lines or scan.regexes:
                self._wire.put("loghead", *scan.key, payload=scan.head())
                self._wire.put("logend", *scan.key, payload=scan.end())
            told, problem = scan.told(), scan.problem
            problem = problem or scan.cut(target.root.stat(self._paths[scan.key]))
        except (OSError, re.error) as error:
            told, problem = b"", reason(error)
        self._wire.put("logcount", *scan.key, payload=b"%d" % scan.total)
        self._wire.put("hits", *scan.key, payload=problem.encode() if problem else told, status=1 if problem else 0)

    def _by_hand(self, scan: Scan, target: Target) -> None:
        """Scan one file within what is left of its target's time, and of that of all logs."""
        began = time.monotonic()
        try:
            with at_most(min(TARGET_S - target.scanned_s, self._until - began)):
                scan_by_hand(scan)
        finally:
            target.scanned_s += time.monotonic() - began
