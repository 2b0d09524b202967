"""What can be wrong with a watchdog."""

from ..box import Box
from ..files import WATCHED
from ..row import Fault


def _watchdog_frozen(box: Box) -> None:
    box.guarded()
    box.sh("kill -STOP $(cat /run/app/watchdog.pid)")
    _heartbeat_old(box)


def _beat_stopped(box: Box) -> None:
    box.guarded()
    box.sh("kill -USR1 $(cat /run/app/watchdog.pid)")
    _heartbeat_old(box)


def _heartbeat_old(box: Box) -> None:
    """The file asks for at most 3 s."""
    box.until("test $(($(date +%s) - $(stat -c %Y /run/app/heartbeat))) -gt 4")


FAULTS = (
    Fault(
        "W01",
        "the watchdog is frozen",
        _watchdog_frozen,
        WATCHED,
        check="watchdog.alive",
        says=(r"watchdog pid \d+ stopped \(T\)", r"heartbeat \d+ s old", r"limit 3 s"),
        broken=("watchdog.alive", "watchdog.beat"),
        naive='host.process.filter(comm="watchdog") != []',
    ),
    Fault(
        "W02",
        "the heartbeat is old",
        _beat_stopped,
        WATCHED,
        check="watchdog.beat",
        says=(r"heartbeat \d+ s old, limit 3 s",),
        broken=("watchdog.beat",),
        naive='host.file("/run/app/heartbeat").exists',
    ),
)
