"""What can be wrong with a unix socket."""

from collections.abc import Callable, Mapping

from seatrial.vehicles import Vehicle
from seatrial.verdicts import Outcome

from ..box import Box
from ..row import Fault, Says, Situation, then

PATH = "/run/app/orderd.sock"
_ENGINE = "/var/run/docker.sock"
LISTENS = f"grep -q ' 00010000 .* {PATH}' /proc/net/unix"

SOCKET = """
import os, socket, sys, threading, time
while sys.argv[1] == "idle":
    time.sleep(9)
while sys.argv[1] == "usurps" and not os.path.exists("/run/app/orderd.sock"):
    time.sleep(0.1)
one = socket.socket(socket.AF_UNIX)
one.bind("/run/app/orderd.sock" if sys.argv[1] != "usurps" else "/run/app/other.sock")
one.listen(2)
if sys.argv[1] == "usurps":
    os.rename("/run/app/other.sock", "/run/app/orderd.sock")
def answer(peer):
    if peer.recv(99):
        peer.sendall(b"PONG")
    peer.close()
while sys.argv[1] in ("answers", "holds", "usurps"):
    threading.Thread(target=answer, args=one.accept()[:1]).start()
time.sleep(9999)
"""
"""As its argument says, it answers, listens and accepts nothing, does not even listen, or takes another one's place."""


def _engines_name(box: Box) -> None:
    box.spawn(["python3", "-c", SOCKET.replace(PATH, _ENGINE), "answers"])
    box.until(LISTENS.replace(PATH, _ENGINE))


def _socket(how: str, *then_: str, beside: str = "") -> Callable[[Box], None]:
    def inject(box: Box) -> None:
        if beside:
            box.spawn(["python3", "-c", SOCKET, beside])
        box.spawn(["python3", "-c", SOCKET, how])
        box.until(LISTENS)
        if beside == "usurps":
            box.until(LISTENS.replace(PATH, "/run/app/other.sock") + " && test ! -e /run/app/other.sock")
        for command in then_:
            box.sh(command)

    return inject


_SERVICE = {
    "processes": [{"name": "server", "match": "import os, socket, sys"}],
    "ports": [{"unix": PATH, "owner": "server"}],
}
_BLIND: Mapping[Vehicle, tuple[str, ...]] = {"exec": ("port.bind", "port.owner", "port.accept")}
_NOT_FROM_A_SHELL = (Says(check="port.accept", says=("takes connections from inside only",), verdict=Outcome.UNKNOWN),)

FAULTS = (
    Fault(
        "N17",
        "the file of the unix socket was left behind by a server that has ended",
        _socket("answers", "pkill -9 -f 'import [o]s, socket'", f"test -S {PATH}"),
        check="port.bind",
        says=(rf"nothing listens on {PATH}; its file is there: who made it has ended",),
        broken=("port.bind", "port.accept"),
        service={"ports": [PATH]},
        blind=_BLIND,
        sound=Situation("N17-sound", "it listens", _socket("answers")),
        naive=f'host.file("{PATH}").is_socket',
    ),
    Fault(
        "N18",
        "the file of the unix socket is gone, and its server still listens",
        _socket("answers", f"rm {PATH}"),
        check="port.bind",
        says=(rf"the file {PATH} is gone, so no peer reaches who listens there",),
        broken=("port.bind", "port.accept"),
        service=_SERVICE,
        blind=_BLIND,
        sound=Situation("N18-sound", "it is there", _socket("answers")),
        naive=f'host.socket("unix://{PATH}").is_listening',
    ),
    Fault(
        "N19",
        "the unix socket listens, and nobody accepts",
        _socket("hangs"),
        check="port.accept",
        says=(rf"{PATH}: (accepted by the kernel but the process does not take it|{PATH}: timed out)", r"accept queue"),
        broken=("port.accept",),
        service=_SERVICE,
        under={"exec": _NOT_FROM_A_SHELL},
        blind=_BLIND,
        sound=Situation("N19-sound", "somebody does", _socket("answers")),
        naive=f'host.socket("unix://{PATH}").is_listening',
        why="a shell makes no connection to a unix socket, so through exec port.accept is UNKNOWN",
    ),
    Fault(
        "N20",
        "the unix socket is held by another process than the declared one",
        _socket("answers", beside="idle"),
        check="port.owner",
        says=(rf"{PATH} is held by pid \d+ python3, not by idler",),
        broken=("port.owner",),
        service={
            "processes": [{"name": "idler", "match": " (idle|holds)$"}],
            "ports": [{"unix": PATH, "owner": "idler"}],
        },
        blind=_BLIND,
        sound=Situation("N20-sound", "it is held by the declared one", _socket("holds")),
        naive=f'host.socket("unix://{PATH}").is_listening',
    ),
    Fault(
        "N22",
        "the file of the unix socket was replaced by that of another server",
        _socket("answers", beside="usurps"),
        check="port.owner",
        says=(rf"{PATH} is held by pid \d+ python3, not by server",),
        broken=("port.owner",),
        service=_SERVICE | {"processes": [{"name": "server", "match": " answers$"}]},
        under={"exec": (Says(check="port.owner", says=("cannot be told from here",), verdict=Outcome.UNKNOWN),)},
        blind=_BLIND,
        sound=Situation("N22-sound", "it is its own", _socket("answers")),
        naive=f'host.socket("unix://{PATH}").is_listening and host.file("{PATH}").is_socket',
        why="a shell does not see which file a listener has, so through exec a unix socket is FAIL or UNKNOWN",
    ),
    Fault(
        "N21",
        "the unix socket is the engine's own, which is mounted here",
        then(),
        check="port.bind",
        says=(rf"something takes connections at {_ENGINE}, and nothing in this network listens under that name",),
        broken=("port.bind", "port.accept"),
        verdict=Outcome.UNKNOWN,
        service={"ports": [_ENGINE]},
        create={"volumes": {_ENGINE: {"bind": _ENGINE, "mode": "rw"}}},
        under={"exec": (Says(check="port.bind", says=(rf"nothing listens on {_ENGINE}; its file is there",)),)},
        blind=_BLIND,
        sound=Situation("N21-sound", "a server inside has made it", _engines_name),
        naive=f'host.file("{_ENGINE}").is_socket',
        why="who answers cannot be seen from inside, so it is UNKNOWN; through exec nobody answers a shell",
    ),
)
