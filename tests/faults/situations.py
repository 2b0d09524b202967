"""What is injected, and what must be said about it: the catalogue of faults, and of odd situations that are healthy."""

from collections.abc import Callable
from dataclasses import dataclass

from seatrial.verdicts import Outcome

from .box import Box
from .files import SERVICE, WATCHED, process_file

Inject = Callable[[Box], object]

PROCESS = ("process.count", "process.state", "process.stable", "process.user", "process.argv", "process.pidfile")
PORT = ("port.bind", "port.owner", "port.answer", "port.published")
LOG = ("log.present", "log.clean", "log.fresh")

KILL = "kill -9 $(cat /run/app/orderd.pid)"
ZOMBIE = """
import os, time
if os.fork() == 0:
    os.execvp("orderd", ["orderd", "port=8080", "env=prod", "seconds=0.1"])
time.sleep(3600)
"""
UNREAPED = """
import os, time
if os.fork() == 0:
    os._exit(0)
time.sleep(3600)
"""


@dataclass(frozen=True)
class Situation:
    """How a container is brought into a state.

    :param inject: starts what runs inside, and breaks it.
    :param file: deployment file that it is held against, with ``{name}`` for the container.
    :param command: what the container itself runs.
    """

    id: str
    what: str
    inject: Inject
    file: str = SERVICE
    command: tuple[str, ...] = ("sleep", "infinity")


@dataclass(frozen=True)
class Fault(Situation):
    """A state that is wrong.

    :param check: aspect of the check that must speak.
    :param says: regular expressions, each found in that check's message.
    :param broken: aspects that are about the broken thing, so that none of them may PASS.
    """

    check: str = ""
    says: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    verdict: Outcome = Outcome.FAIL


def _then(*commands: str) -> Inject:
    """The service as it should be, and then these commands."""

    def inject(box: Box) -> None:
        box.svc()
        for command in commands:
            box.sh(command)

    return inject


def _zombie(box: Box) -> None:
    box.spawn(["python3", "-c", ZOMBIE], "appsvc")
    box.until("grep -q '^State:.*zombie' /proc/[0-9]*/status")


def _port_taken(box: Box) -> None:
    box.spawn(["holder", "8080"])
    box.until("grep -q ':1F90 .* 0A ' /proc/net/tcp")
    box.svc()


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


def _paused(box: Box) -> None:
    box.svc()
    box.container.pause()


def _ended(box: Box) -> None:
    box.container.wait(timeout=20)


FAULTS = (
    Fault(
        "P01",
        "the service is gone, the container is up",
        _then(KILL),
        check="process.count",
        says=(
            r"expected 1 orderd, found 0",
            r"pid file names \d+, which is dead",
            r"container up \d+ s",
            r"its PID 1 is \w+",
        ),
        broken=(*PROCESS, *PORT),
    ),
    Fault(
        "P02",
        "the service is a zombie",
        _zombie,
        check="process.state",
        says=(r"orderd pid \d+ is a zombie \(Z\)", r"parent \d+ python3 has not reaped it"),
        broken=(*PROCESS, *PORT),
    ),
    Fault(
        "P03",
        "the service runs as root",
        lambda box: box.svc(user=""),
        check="process.user",
        says=(r"orderd pid \d+ runs as uid 0 \(root\)", r"expected appsvc \(1500\)"),
        broken=("process.user",),
    ),
    Fault(
        "P04",
        "the right program with wrong arguments",
        lambda box: box.svc(argv=("orderd", "port=8081", "env=staging")),
        check="process.argv",
        says=(r"argv\[2\] is port=8081, expected port=8080", r"argv\[3\] is env=staging, expected env=prod"),
        broken=("process.argv", *PORT),
    ),
    Fault(
        "N01",
        "the port is bound to loopback only",
        lambda box: box.svc("bind=127.0.0.1"),
        check="port.bind",
        says=(
            r"8080/tcp bound to 127\.0\.0\.1 only",
            r"\d+\.\d+\.\d+\.\d+:8080 (refused|cannot reach it)",
            r"127\.0\.0\.1:\d+ accepted by docker-proxy, then (reset|closed)",
        ),
        broken=("port.bind", "port.published"),
    ),
    Fault(
        "N02",
        "another process holds the port",
        _port_taken,
        check="port.owner",
        says=(r"8080/tcp is held by pid \d+ holder, not by orderd",),
        broken=("port.owner", "port.answer", "port.published"),
    ),
    Fault(
        "N05",
        "the engine's proxy answers, nothing is behind it",
        lambda box: box.sh("true"),
        check="port.published",
        says=(
            r"127\.0\.0\.1:\d+ accepted by docker-proxy, then closed without a byte",
            r"nothing listens on 8080 inside",
        ),
        broken=(*PROCESS, *PORT),
    ),
    Fault(
        "W01",
        "the watchdog is frozen",
        _watchdog_frozen,
        WATCHED,
        check="watchdog.alive",
        says=(r"watchdog pid \d+ stopped \(T\)", r"heartbeat \d+ s old", r"limit 3 s"),
        broken=("watchdog.alive", "watchdog.beat"),
    ),
    Fault(
        "W02",
        "the heartbeat is old",
        _beat_stopped,
        WATCHED,
        check="watchdog.beat",
        says=(r"heartbeat \d+ s old, limit 3 s",),
        broken=("watchdog.beat",),
    ),
    Fault(
        "L01",
        "the log holds an error",
        _then('echo "$(date -u +%FT%TZ) ERROR plain" >>/var/log/app/orderd.log'),
        check="log.clean",
        says=(r"1 line with 'ERROR' in orderd\.log", r"line \d+ '.*ERROR plain'"),
        broken=("log.clean",),
    ),
    Fault(
        "L05",
        "the log file is missing",
        _then("rm /var/log/app/orderd.log"),
        check="log.present",
        says=(r"/var/log/app/orderd\.log does not exist",),
        broken=LOG,
    ),
    Fault(
        "K01",
        "the container is paused",
        _paused,
        check="container.state",
        says=(r"is paused",),
        broken=("container.state", *PROCESS, *PORT, *LOG),
    ),
    Fault(
        "K07",
        "the container has ended with 0",
        _ended,
        command=("true",),
        check="container.state",
        says=(r"exited \(0\) \d\d:\d\d:\d\d",),
        broken=("container.state", *PROCESS, *PORT, *LOG),
    ),
)

ORDERD = "{script: /usr/local/bin/orderd}"
HARMLESS = "errors=0", "ErrorHandler is ready", "GET /error.html 200", "ERROR_RATE=0"
WORDS = """[{path: /var/log/app/orderd.log, deny: [ERROR, " FATAL "],
             allow: [{line: ERROR_RATE=0, reason: a counter, until: 2199-12-31}]}]"""
OLD_ERRORS = r"printf '2020-01-01T00:00:0%dZ ERROR of the last deployment\n' 1 2 3 >/var/log/app/orderd.log"


def _harmless_words(box: Box) -> None:
    box.svc()
    for words in HARMLESS:
        box.sh(f'echo "$(date -u +%FT%TZ) INFO {words}" >>/var/log/app/orderd.log')


def _errors_before(box: Box) -> None:
    box.sh(f"{OLD_ERRORS}; chmod 666 /var/log/app/orderd.log")
    box.svc()


def _title_rewritten(box: Box) -> None:
    box.spawn(["perl", "-e", '$0 = "orderd: serving"; sleep 3600'])
    box.until("grep -q '^orderd: serving' /proc/[0-9]*/comm")


def _other_zombie(box: Box) -> None:
    box.svc()
    box.spawn(["python3", "-c", UNREAPED])
    box.until("grep -q '^State:.*zombie' /proc/[0-9]*/status")


HEALTHY = (
    Situation("sound", "the service and its watchdog as they should be", Box.guarded),
    Situation(
        "H01",
        "a dual-stack socket, which only /proc/net/tcp6 shows",
        lambda box: box.svc("mode=dual"),
        process_file(ORDERD, "[{{port: 8080, owner: orderd}}]"),
    ),
    Situation(
        "H02",
        "a plain IPv4 listener in a container without IPv6",
        Box.svc,
        process_file(ORDERD, "[{{port: 8080, owner: orderd}}]"),
    ),
    Situation(
        "H04",
        "a master and its workers",
        lambda box: box.svc("workers=3"),
        process_file("{script: /usr/local/bin/orderd, count: 1, workers: 3}", "[{{port: 8080, owner: orderd}}]"),
    ),
    Situation(
        "H05",
        "a process that rewrites its title",
        _title_rewritten,
        process_file("{name: orderd, exe: /usr/bin/perl}"),
    ),
    Situation("H06", "a zombie that is none of the declared processes", _other_zombie, process_file(ORDERD)),
    Situation(
        "H09 no name",
        "a uid without a name",
        lambda box: box.svc(user="4242"),
        process_file("{script: /usr/local/bin/orderd, user: 4242}"),
    ),
    Situation(
        "H09 long name",
        "a user name over eight letters",
        lambda box: box.svc(user="applicationsvc"),
        process_file("{script: /usr/local/bin/orderd, user: applicationsvc}"),
    ),
    Situation("H10", "error words in harmless lines", _harmless_words, process_file(ORDERD, logs=WORDS)),
    Situation("H11", "errors from before the deployment", _errors_before, process_file(ORDERD, logs=WORDS)),
)
