"""gms keeps the groups of peers: each relay reports who is bound at it, and gms tells the sum.

POST /report   {"relay": name, "groups": {session-key: peers}}   a relay, once a second
GET  /status   {"status": "ok", "groups": 2, "peers": 4, "relays": 2}
"""

import argparse
import json
import threading
import time
from functools import partial
from logging import Logger
from pathlib import Path
from typing import Any

from p2pdemo.log import open_log
from p2pdemo.registry import Registry
from p2pdemo.web import JsonHandler, JsonServer, serve_until_sigterm

BIND_FILE = Path("/etc/gms/bind")  # the address to listen on, read at the start
MAX_REPORT = 65536  # bytes
FORGET_AFTER = 5.0  # seconds without a report
LOG_EVERY = 10.0  # seconds


class Groups:
    """The latest report of each relay, for as long as it is fresh."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reports: dict[str, tuple[float, dict[str, int]]] = {}

    def report(self, relay: str, groups: dict[str, int]) -> None:
        """Take the report of RELAY: the number of peers of each session key."""
        with self._lock:
            self._reports[relay] = (time.monotonic(), groups)

    def status(self) -> dict[str, str | int]:
        """The answer of /status."""
        with self._lock:
            oldest = time.monotonic() - FORGET_AFTER
            self._reports = {relay: report for relay, report in self._reports.items() if report[0] > oldest}
            reports = [groups for _, groups in self._reports.values()]
        return {
            "status": "ok",
            "groups": sum(map(len, reports)),
            "peers": sum(sum(groups.values()) for groups in reports),
            "relays": len(reports),
        }


class Handler(JsonHandler):
    """The HTTP side."""

    def __init__(self, groups: Groups, *connection: Any) -> None:
        self.groups = groups
        super().__init__(*connection)

    def do_GET(self) -> None:
        if self.path == "/status":
            self.answer(200, self.groups.status())
        else:
            self.answer(404, {"status": "not found"})

    def do_POST(self) -> None:
        try:
            length = min(int(self.headers.get("Content-Length", "0")), MAX_REPORT)
            report = json.loads(self.rfile.read(length))
            groups = {str(key): int(peers) for key, peers in report["groups"].items()}
            self.groups.report(str(report["relay"]), groups)
        except (ValueError, KeyError, TypeError, AttributeError):
            self.answer(400, {"status": "not a report"})
        else:
            self.answer(200, {"status": "ok"})


def log_for_ever(groups: Groups, log: Logger) -> None:
    """Log the sums every ten seconds."""
    while True:
        time.sleep(LOG_EVERY)
        log.info("%(relays)d relays, %(groups)d groups, %(peers)d peers", groups.status())


def main() -> None:
    parser = argparse.ArgumentParser(description="Keeps the groups of peers and tells their number.")
    parser.add_argument("--port", type=int, default=8080)
    port = parser.parse_args().port
    log = open_log("gms")
    groups = Groups()
    server = JsonServer((BIND_FILE.read_text().strip(), port), partial(Handler, groups), log)
    threading.Thread(target=log_for_ever, args=(groups, log), daemon=True).start()
    serve_until_sigterm(server, Registry(log), "gms")


if __name__ == "__main__":
    main()
