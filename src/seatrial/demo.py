"""The demo: a real deployment started in containers, verified, and taken down; ``--break`` breaks six things first."""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from seatrial.errors import StartError
from seatrial.exits import Exit
from seatrial.options import START_DEADLINE_S, Options
from seatrial.start import Project, started
from seatrial.transports.engine import Engine
from seatrial.transports.engine_address import resolve
from seatrial.vehicles import Vehicle
from seatrial.verify import verify
from seatrial.waiting import WaitingPytest

SETTLE_S, STABLE_FOR_S = 30.0, 2.0
"""How long the demo may take to turn green after it is up, and how long it must stay so."""

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
    :param argv: the command, run as root inside the container; ``{relay-2}`` and the like are its addresses.
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


def play(
    *, broken: bool, keep: bool, vehicle: Vehicle, report_dir: Path, console: Console, environ: Mapping[str, str]
) -> Exit:
    """Start the demo, verify it, take it down, and return the exit code.

    :param broken: break six things before looking, which makes the report red.
    :param keep: leave it running.
    :raises StartError: where it does not come up.
    """
    stack = stack_folder()
    settle_s = 0.0 if broken else SETTLE_S
    with started(
        stack / "compose.yaml", secrets.token_hex(3), deadline_s=START_DEADLINE_S, log=console.print, keep=keep
    ) as project:
        if broken:
            with Engine(resolve(None, environ)) as engine:
                break_things(project, engine, console.print)
        options = Options(settle_s=settle_s, stable_for_s=STABLE_FOR_S, vehicle=vehicle, compose_project=project.name)
        with WaitingPytest(environ) as waiting:
            return verify(stack / "deployment.yaml", options, report_dir, (), waiting=waiting, console=console)


def break_things(project: Project, engine: Engine, log: Callable[[str], None]) -> None:
    """Break six things, and wait until they can be seen."""
    ids = {f"{container.service}-{container.number}": container.id for container in project.containers()}
    addresses = {name: _address(engine, id_) for name, id_ in ids.items()}
    for each in BREAKS:
        log(f"breaking {each.what}")
        argv = tuple(argument.format(**addresses) if argument.startswith("{") else argument for argument in each.argv)
        ran = engine.exec_marked(
            ids[f"{each.service}-{each.number}"], argv, user="0", deadline_s=BREAK_DEADLINE_S, cap=65536
        )
        if ran.exit_code != 0:
            raise StartError(f"breaking {each.what} ended with {ran.exit_code}: {ran.stderr.decode(errors='replace')}")
    time.sleep(SHOWS_AFTER_S)


def stack_folder() -> Path:
    """The folder of the demo's files: in the installed package, else in the clone.

    :raises StartError: where neither has them.
    """
    here = Path(__file__).resolve().parent
    for folder in (here / "demo_stack", here.parents[1] / "examples" / "p2p-relay"):
        if (folder / "compose.yaml").is_file():
            return folder
    raise StartError("the demo's files are not installed; install seatrial anew, or use a clone")


def _address(engine: Engine, container_id: str) -> str:
    networks = engine.inspect(container_id)["NetworkSettings"]["Networks"]
    return str(next(iter(networks.values()))["IPAddress"])
