"""The six things that ``seatrial demo --break`` breaks."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from seatrial.demo.stage import Services
from seatrial.errors import StartError

SHOWS_AFTER_S = 6.5
"""Seconds until a frozen watchdog's heartbeat is older than the deployment file allows."""

BREAK_DEADLINE_S = 20.0

_DEREGISTER = """
import os
from kazoo.client import KazooClient
client = KazooClient(os.environ["ZK_HOSTS"])
client.start()
for node in client.get_children("/services/qiniu-tool"):
    client.delete("/services/qiniu-tool/" + node)
client.stop()
"""


@dataclass(frozen=True, slots=True)
class Break:
    """One thing to break.

    :param what: what is done, in words.
    :param argv: the command, run as root inside the service; ``{relay-2}`` and the like are its addresses.
    """

    what: str
    service: str
    number: int
    argv: tuple[str, ...]


def _shell(script: str) -> tuple[str, ...]:
    return ("sh", "-c", script)


BREAKS = (
    Break(
        "relay.0: the watchdog is stopped and the relay is killed",
        "relay",
        1,
        _shell("kill -9 $(cat /run/relay/watchdog.pid) $(cat /run/relay/relay.pid)"),
    ),
    Break(
        "gms.0: port 8080 is bound to loopback",
        "gms",
        1,
        _shell("echo 127.0.0.1 >/etc/gms/bind && supervisorctl restart gms"),
    ),
    Break("qiniu-tool.0: its registration is removed", "qiniu-tool", 1, ("python3", "-c", _DEREGISTER)),
    Break("relay.1: the watchdog is frozen", "relay", 2, _shell("kill -STOP $(cat /run/relay/watchdog.pid)")),
    Break(
        "relay.1: an ERROR is logged",
        "relay",
        2,
        _shell('echo "$(date -u "+%F %T,%3N") ERROR cannot write: No space left on device" >>/var/log/relay/relay.log'),
    ),
    Break("relay.1: one of its two peers is dropped", "peer", 1, ("peerctl", "drop", "{relay-2}")),
)


def break_things(services: Services, log: Callable[[str], None]) -> None:
    """Break six things, and wait until they can be seen.

    :raises StartError: where one of them cannot be broken.
    """
    addresses = services.addresses
    for each in BREAKS:
        log(f"breaking {each.what}")
        argv = tuple(argument.format(**addresses) if argument.startswith("{") else argument for argument in each.argv)
        code, said = services.run(f"{each.service}-{each.number}", argv, BREAK_DEADLINE_S)
        if code != 0:
            raise StartError(f"breaking {each.what} ended with {code}: {said}")
    time.sleep(SHOWS_AFTER_S)
