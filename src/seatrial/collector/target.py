"""One container, service or machine that is looked at."""

import os
from typing import Any

from seatrial.collector.members import is_carried, members
from seatrial.collector.paths import Root
from seatrial.collector.processes import Processes
from seatrial.collector.wire import Wire


class Target:
    """One container or service of this machine, or all of it.

    :param number: its place in the request; every frame about it says so.
    """

    def __init__(self, number: int, asked: dict[str, Any], by_hand: bool, wire: Wire) -> None:
        self.number, self.asked, self.pid = number, asked, int(asked["pid"])
        self.scope = asked["scope"]
        self.members = members(self.pid, self.scope, asked["container_id"], int(asked["start_ticks"]))
        self.carried = is_carried(self.scope, int(asked["start_ticks"]))
        self.at = "/proc/self" if self.scope == "machine" else f"/proc/{self.pid}"
        self.net = os.open(f"{self.at}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        self.net_key = os.fstat(self.net).st_ino
        self.root = Root(self.at, by_hand)
        self.pids: list[int] = []
        details = asked.get("processes") or {}
        self.processes = Processes(wire, details, self.root)
        self.asked_cpu_s = float(details.get("cpu_over_s", 0.0))
        self.began = 0.0
        self.spent_s = self.scanned_s = 0.0
