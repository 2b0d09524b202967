"""What can be wrong with a process."""

from seatrial.verdicts import Outcome

from ..about import PORT, PROCESS
from ..box import Box
from ..row import Fault, Inject, Says, Situation, nothing, then

KILL = "kill -9 $(cat /run/app/orderd.pid)"
ZOMBIE = """
import os, time
if os.fork() == 0:
    os.execvp("orderd", ["orderd", "port=8080", "env=prod", "seconds=0.1"])
time.sleep(3600)
"""


def _zombie(box: Box) -> None:
    box.spawn(["python3", "-c", ZOMBIE], "appsvc")
    box.until("grep -q '^State:.*zombie' /proc/[0-9]*/status")


SPINS = """
import re, socket, sys
with socket.create_server(("0.0.0.0", 8080)) as listener:  # livelock
    if sys.argv[1] == "spin":
        re.match("(a+)+$", "a" * 60 + "b")
    while True:
        peer, _ = listener.accept()
        peer.recv(64), peer.sendall(b"PONG\\n"), peer.close()
"""
LISTENS = "grep -q ':1F90 .* 0A ' /proc/net/tcp"
UNINTERRUPTIBLE = '$0 = "orderd"; $r = syscall(58); if (!$r) { syscall(34) while 1 }'
"""vfork(2): its parent waits in state D until the child ends or runs something else; the numbers are of x86_64."""


def _workers(box: Box) -> None:
    box.svc("workers=4", "reap=no")


def _worker_killed(box: Box) -> None:
    _workers(box)
    box.sh("kill -9 $(pgrep -P $(cat /run/app/orderd.pid) | head -n 1)")
    box.until("grep -q '^State:.*zombie' /proc/[0-9]*/status")


def _own_program(box: Box) -> None:
    box.sh("mkdir -p /srv/app; cp /bin/sleep /srv/app/orderd")
    box.spawn(["/srv/app/orderd", "6000"], "appsvc")
    box.until("ls -l /proc/[0-9]*/exe 2>/dev/null | grep -q /srv/app/orderd || pgrep -x orderd")


def _program_replaced(box: Box) -> None:
    _own_program(box)
    box.sh("cp /bin/cat /srv/app/n; mv /srv/app/n /srv/app/orderd")


def _uninterruptible(box: Box) -> None:
    box.spawn(["perl", "-e", UNINTERRUPTIBLE])
    box.until("grep -q '^State:.*D (disk' /proc/[0-9]*/status")


def _spins(how: str) -> Inject:
    def inject(box: Box) -> None:
        box.spawn(["python3", "-c", SPINS, how], "appsvc")
        box.until(LISTENS)

    return inject


def _pid_file_of_another(box: Box) -> None:
    box.svc()
    box.spawn(["sleep", "4000"])
    box.until("pgrep -xf 'sleep 4000'")
    box.sh("pgrep -xf 'sleep 4000' >/run/app/orderd.pid; touch -d '1 hour ago' /run/app/orderd.pid")


FAULTS = (
    Fault(
        "P01",
        "the service is gone, the container is up",
        then(KILL),
        check="process.count",
        says=(
            r"expected 1 orderd, found 0",
            r"pid file names \d+, which is dead",
            r"container up \d+ s",
            r"its PID 1 is \w+",
        ),
        broken=(*PROCESS, *PORT),
        naive='host.process.filter(comm="orderd") != []',
    ),
    Fault(
        "P02",
        "the service is a zombie",
        _zombie,
        check="process.state",
        says=(r"orderd pid \d+ is a zombie \(Z\)", r"parent \d+ python3 has not reaped it"),
        broken=(*PROCESS, *PORT),
        naive='host.process.filter(comm="orderd") != []',
    ),
    Fault(
        "P03",
        "the service runs as root",
        lambda box: box.svc(user=""),
        check="process.user",
        says=(r"orderd pid \d+ runs as uid 0 \(root\)", r"expected appsvc \(1500\)"),
        broken=("process.user",),
        naive='host.process.get(comm="orderd").user == "appsvc"',
    ),
    Fault(
        "P04",
        "the right program with wrong arguments",
        lambda box: box.svc(argv=("orderd", "port=8081", "env=staging")),
        check="process.argv",
        says=(r"argv\[2\] is port=8081, expected port=8080", r"argv\[3\] is env=staging, expected env=prod"),
        broken=("process.argv", *PORT),
        naive='"port=8080 env=prod" in host.process.get(comm="orderd").args',
    ),
    Fault(
        "P06",
        "one worker of four was killed",
        _worker_killed,
        service={"processes": [{"script": "/usr/local/bin/orderd", "count": 1, "workers": 4}]},
        check="process.count",
        says=(r"4 workers under master \d+ expected, 3 alive \(1 zombie\)",),
        broken=("process.count",),
        sound=Situation("P06 sound", "a master with its four workers", _workers),
        naive='len(host.process.filter(comm="orderd")) >= 5',
    ),
    Fault(
        "P07",
        "the program was replaced after the start",
        _program_replaced,
        service={"processes": [{"exe": "/srv/app/orderd"}]},
        check="process.exe",
        says=(
            r"runs /srv/app/orderd \(deleted\)",
            r"the file on disk \(sha [0-9a-f]{12}\) is not the running one \(sha [0-9a-f]{12}\)",
        ),
        broken=("process.exe",),
        sound=Situation("P07 sound", "the program that is on the disk", _own_program),
        naive='host.process.filter(comm="orderd") != [] and host.file("/srv/app/orderd").exists',
    ),
    Fault(
        "P08",
        "the service ends every two seconds and is started again",
        nothing,
        command=("sh", "-c", "while :; do orderd port=8080 env=prod seconds=2; done"),
        run=("--settle", "14s", "--stable-for", "5s"),
        service={"processes": [{"script": "/usr/local/bin/orderd"}]},
        check="process.stable",
        says=(r"orderd changed identity \d+ times in \d+ s: \d+@\d+, \d+@\d+, \d+@\d+",),
        broken=("process.stable",),
        naive='host.process.filter(comm="orderd") != []',
        why="one look cannot tell it from a slow start, so without --settle it is UNKNOWN",
    ),
    Fault(
        "P09",
        "the service hangs in the kernel",
        _uninterruptible,
        service={"processes": [{"name": "orderd", "match": "^orderd"}]},
        check="process.state",
        says=(r"pid \d+ \w+ is in uninterruptible wait \(D\)", r"in 3 of 3 samples"),
        broken=("process.state",),
        sound=Situation(
            "P09 sound",
            "the same name, and it only sleeps",
            lambda box: box.spawn(["perl", "-e", '$0="orderd"; sleep 9999']),
        ),
        naive='host.process.filter(comm="orderd") != []',
    ),
    Fault(
        "P10",
        "the service is frozen",
        then("kill -STOP $(cat /run/app/orderd.pid)"),
        check="process.state",
        says=(r"pid \d+ \w+ is stopped \(T\)",),
        also=(Says(check="port.answer", says=(r"connected, but no byte in \d+ s|timed out.* accept queue",)),),
        broken=("process.state", "port.answer"),
        naive='host.process.filter(comm="orderd") != [] and host.socket("tcp://0.0.0.0:8080").is_listening',
    ),
    Fault(
        "P11",
        "the service spins and answers nobody",
        _spins("spin"),
        create={"nano_cpus": 200_000_000},
        why="from inside, our own reader uses the same quota, so through exec process.cpu is UNKNOWN",
        service={
            "processes": [{"name": "orderd", "match": "livelock", "cpu": {"below": "80%", "over": "2s"}}],
            "ports": [
                {"port": 8080, "owner": "orderd", "answer": {"send": "PING\n", "expect": "PONG", "within": "3s"}}
            ],
        },
        check="process.cpu",
        says=(r"pid \d+ \w+ used (its whole|\d+% of its) CPU share for \d\.\d s",),
        also=(Says(check="port.answer", says=(r"connected, but no byte in 3 s",)),),
        under={
            "exec": (
                Says(check="process.cpu", says=(r"our own reader",), verdict=Outcome.UNKNOWN),
                Says(check="port.answer", says=(r"connected, but no byte in 3 s",)),
            )
        },
        blind={"exec": ("process.cpu",)},
        broken=("process.cpu", "port.answer"),
        sound=Situation(
            "P11 sound", "the same service, and it answers", _spins("serve"), create={"nano_cpus": 200_000_000}
        ),
        naive='host.socket("tcp://0.0.0.0:8080").is_listening',
    ),
    Fault(
        "P13",
        "the pid file names another process, which is younger than the file",
        _pid_file_of_another,
        check="process.pidfile",
        says=(
            r"the pid file /run/app/orderd\.pid \(\d\d:\d\d:\d\d UTC\) names \d+",
            r"pid \d+ is /usr/bin/sleep, started \d\d:\d\d:\d\d UTC, after the file",
        ),
        broken=("process.pidfile",),
        naive='host.run("kill -0 $(cat /run/app/orderd.pid)").rc == 0',
    ),
)
