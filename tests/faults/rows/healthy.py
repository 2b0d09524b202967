"""Situations that are odd and nevertheless healthy: nothing may be alarmed by them."""

from collections.abc import Mapping

from ..box import Box
from ..files import process_file
from ..row import Situation, then

UNREAPED = """
import os, time
if os.fork() == 0:
    os._exit(0)
time.sleep(3600)
"""
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


def _stopped_for_moments(box: Box) -> None:
    """As a debugger attaches: 20 ms of every half second, for a quarter of an hour at most."""
    box.svc()
    often = "for i in $(seq 1800); do kill -STOP $P && sleep 0.02; kill -CONT $P || exit; sleep 0.48; done"
    box.spawn(["sh", "-c", f"P=$(cat /run/app/orderd.pid); {often}"])


def _other_zombie(box: Box) -> None:
    box.svc()
    box.spawn(["python3", "-c", UNREAPED])
    box.until("grep -q '^State:.*zombie' /proc/[0-9]*/status")


def _local_time(box: Box) -> None:
    """What happened an hour ago looks, in the text of its line, seven hours younger than the container."""
    box.sh("date -d '1 hour ago' '+%FT%T%:z ERROR of the last deployment' >/var/log/app/orderd.log")
    box.sh("chmod 666 /var/log/app/orderd.log")
    box.svc()


BROKEN_SS = "printf '#!/bin/sh\\necho Cannot open netlink socket >&2; exit 1\\n' >/usr/bin/ss"


def _opens_late(box: Box) -> None:
    box.spawn(["sh", "-c", "sleep 3; exec holder 9000"])


def _on_loopback(box: Box) -> Mapping[str, object]:
    return {"ports": [{"port": 8080, "published": f"127.0.0.1:{box.published}"}]}


HEALTHY = (
    Situation(
        "sound",
        "the service and its watchdog as they should be",
        Box.guarded,
        naive='host.process.filter(comm="orderd") != []',
    ),
    Situation(
        "H01",
        "a dual-stack socket, which only /proc/net/tcp6 shows",
        lambda box: box.svc("mode=dual"),
        process_file(ORDERD, "[{{port: 8080, owner: orderd}}]"),
        naive='host.socket("tcp://8080").is_listening',
    ),
    Situation(
        "H02",
        "a plain IPv4 listener in a container without IPv6",
        Box.svc,
        process_file(ORDERD, "[{{port: 8080, owner: orderd}}]"),
        naive='host.socket("tcp://8080").is_listening',
    ),
    Situation(
        "H04",
        "a master and its workers",
        lambda box: box.svc("workers=3"),
        process_file("{script: /usr/local/bin/orderd, count: 1, workers: 3}", "[{{port: 8080, owner: orderd}}]"),
        naive='len(host.process.filter(comm="orderd")) == 1',
    ),
    Situation(
        "H05",
        "a process that rewrites its title",
        _title_rewritten,
        process_file("{name: orderd, exe: /usr/bin/perl}"),
        naive='host.process.filter(comm="perl") != []',
    ),
    Situation(
        "H06",
        "a zombie that is none of the declared processes",
        _other_zombie,
        process_file(ORDERD),
        naive='"Z" not in host.check_output("ps -A -o stat=")',
    ),
    Situation(
        "H07",
        "a process that is stopped for a moment again and again",
        _stopped_for_moments,
        process_file(ORDERD),
        naive='"T" not in host.check_output("ps -C orderd -o stat=")',
        why="one sample may hit such a moment, never all; a test of its own makes sure that one does",
    ),
    Situation(
        "H09 no name",
        "a uid without a name",
        lambda box: box.svc(user="4242"),
        process_file("{script: /usr/local/bin/orderd, user: 4242}"),
        naive='str(host.process.get(comm="orderd").user) == "4242"',
    ),
    Situation(
        "H09 long name",
        "a user name over eight letters",
        lambda box: box.svc(user="applicationsvc"),
        process_file("{script: /usr/local/bin/orderd, user: applicationsvc}"),
        naive='host.process.get(comm="orderd").user == "applicationsvc"',
    ),
    Situation(
        "H10",
        "error words in harmless lines",
        _harmless_words,
        process_file(ORDERD, logs=WORDS),
        naive='not host.file("/var/log/app/orderd.log").contains("ERROR")',
    ),
    Situation(
        "H11",
        "errors from before the deployment",
        _errors_before,
        process_file(ORDERD, logs=WORDS),
        naive='not host.file("/var/log/app/orderd.log").contains("ERROR")',
    ),
    Situation(
        "H16",
        "a service of another user, whose program root may not see from inside",
        Box.svc,
        service={
            "processes": [
                {"name": "orderd", "exe": "/usr/bin/python3.11", "script": "/usr/local/bin/orderd", "user": "appsvc"}
            ],
            "ports": [{"port": 8080, "owner": "orderd"}],
        },
        why="P18, a fault of the looker and not of the service: it looks again as the service's own uid",
        naive='host.file(f"/proc/{host.process.get(comm=\'orderd\').pid}/exe").linked_to.startswith("/usr/bin/python3")',
    ),
    Situation(
        "H18",
        "a container in another time zone",
        _local_time,
        process_file(ORDERD, logs=WORDS),
        create={"environment": {"TZ": "CST-8"}},
        naive='not host.file("/var/log/app/orderd.log").contains("ERROR")',
    ),
    Situation(
        "H19",
        "a slow start within the declared time",
        _opens_late,
        service={"ports": [{"port": 9000, "opens_within": "30s"}]},
        run=("--settle", "20s"),
        fresh=True,
        naive='host.socket("tcp://0.0.0.0:9000").is_listening',
    ),
    Situation(
        "H24",
        "a port that is published on loopback on purpose",
        Box.svc,
        service=_on_loopback,
        naive="local.run(f\"bash -c '</dev/tcp/{box.gateway}/{box.published}'\").rc == 0",
    ),
    Situation(
        "N11",
        "the container's ss fails, and the port listens",
        then(BROKEN_SS),
        naive='host.socket("tcp://0.0.0.0:8080").is_listening',
        why="nothing is wrong with the service, and Seatrial asks the kernel and no tool: it is healthy",
    ),
)
