"""One container that is looked at."""

import os
from typing import Any

from seatrial.collector.cgroups import group_of
from seatrial.collector.paths import Root


class Target:
    """One container on this machine.

    :param number: its place in the request; every frame about it says so.
    """

    def __init__(self, number: int, asked: dict[str, Any], by_hand: bool) -> None:
        self.number, self.asked, self.pid = number, asked, int(asked["pid"])
        self.group = group_of(self.pid, asked["container_id"])
        self.net = os.open(f"/proc/{self.pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        self.net_key = os.fstat(self.net).st_ino
        self.root = Root(self.pid, by_hand)
        self.pids: list[int] = []
        self.known: set[tuple[int, bytes]] = set()
        self.spent_s = self.scanned_s = 0.0
