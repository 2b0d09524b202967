"""What a process stands in: its release, its parent, its files and limits, its libraries, its environment, its age."""

from collections.abc import Mapping

from ..box import SERVICE, Box
from ..row import Fault, Inject, Situation

ORPHAN = "orderd port=8080 env=prod >/dev/null 2>&1 &"
HOLDS_FILES = "import sys, time; held = [open('/dev/null') for _ in range(int(sys.argv[1]))]; time.sleep(3600)"
DEPLOYED = "date -u +%FT%TZ >/run/app/deployed"


def _released(box: Box) -> None:
    box.sh(
        "for v in 1 2; do mkdir -p /srv/app-$v; cp /usr/local/bin/orderd /srv/app-$v/; done; ln -s app-1 /srv/current"
    )
    box.svc(argv=("sh", "-c", 'cd /srv/current && exec "$@"', "sh", "/srv/current/orderd", *SERVICE[1:]))


def _link_moved(box: Box) -> None:
    _released(box)
    box.sh("ln -sfn app-2 /srv/current")


def _orphan(box: Box) -> None:
    box.spawn(["watchdog", "appsvc", "sleep", "3600"])
    box.spawn(["sh", "-c", ORPHAN], "appsvc")
    box.until("grep -q tick /var/log/app/orderd.log && test -s /run/app/watchdog.pid")


def _files_held(number: int) -> Inject:
    def inject(box: Box) -> None:
        box.spawn(["sh", "-c", 'ulimit -n 20; exec python3 -c "$0" "$1"', HOLDS_FILES, str(number)], "appsvc")
        box.until(
            f"for p in $(pgrep -f range); do test $(ls /proc/$p/fd | wc -l) -ge {number + 3} && exit 0; done; exit 1"
        )

    return inject


def _library(box: Box) -> None:
    box.sh("cp /lib/x86_64-linux-gnu/libm.so.6 /srv/libextra.so")
    box.spawn(["env", "LD_PRELOAD=/srv/libextra.so", "/usr/bin/sleep", "33333"], "appsvc")
    box.until("pgrep -xf '/usr/bin/sleep 33333'")


def _library_gone(box: Box) -> None:
    _library(box)
    box.sh("cp /srv/libextra.so /srv/new; mv /srv/new /srv/libextra.so")


def _before_the_deployment(box: Box) -> None:
    box.svc()
    box.sh(f"sleep 1.1; {DEPLOYED}")


def _after_the_deployment(box: Box) -> None:
    box.sh(f"{DEPLOYED}; sleep 1.1")
    box.svc()


def _since_the_deployment(box: Box) -> Mapping[str, object]:
    after = box.line("/run/app/deployed")
    return {"processes": [{"script": "/usr/local/bin/orderd", "started": {"after": after}}]}


def _environment(told: str) -> Inject:
    def inject(box: Box) -> None:
        box.svc(argv=("sh", "-c", f'export APP_ENV={told}; exec "$@"', "sh", *SERVICE))

    return inject


FAULTS = (
    Fault(
        "P15",
        "the service runs from the old release",
        _link_moved,
        service={"processes": [{"script": "/srv/current/orderd", "release": "/srv/current"}]},
        check="process.release",
        says=(r"pid \d+ \w+ runs from /srv/app-1; /srv/current -> /srv/app-2",),
        broken=("process.release",),
        sound=Situation("P15 sound", "the release to which the link leads", _released),
        naive='host.process.filter(comm="orderd") != [] and host.file("/srv/current").linked_to == "/srv/app-2"',
    ),
    Fault(
        "P17",
        "the service was orphaned and has no supervisor",
        _orphan,
        service={
            "processes": [
                {"script": "/usr/local/bin/orderd", "parent": "watchdog"},
                {"script": "/usr/local/bin/watchdog"},
            ]
        },
        check="process.parent",
        says=(r"parent is PID 1, expected watchdog \(\d+\): nobody restarts it",),
        broken=("process.parent",),
        naive='host.process.filter(comm="orderd") != [] and host.process.filter(comm="watchdog") != []',
    ),
    Fault(
        "P19",
        "nearly all open files are used up",
        _files_held(15),
        service={"processes": [{"name": "orderd", "match": "range", "fds": "80%"}]},
        check="process.fds",
        says=(r"1\d of 20 descriptors in use \(limit from /proc/PID/limits\)",),
        broken=("process.fds",),
        sound=Situation("P19 sound", "some open files", _files_held(5)),
        naive='int(host.check_output("ulimit -n")) > 1000',
    ),
    Fault(
        "P20",
        "a library that is loaded was replaced",
        _library_gone,
        service={"processes": [{"name": "orderd", "match": "sleep 33333", "libraries": True}]},
        check="process.libraries",
        says=(r"still runs code that is gone from the disk: /srv/libextra\.so",),
        broken=("process.libraries",),
        sound=Situation("P20 sound", "a library that is on the disk", _library),
        naive='host.file("/srv/libextra.so").exists',
    ),
    Fault(
        "P21",
        "the service has a smaller limit than it needs",
        _files_held(5),
        service={"processes": [{"name": "orderd", "match": "range", "limits": {"open files": ">= 1024"}}]},
        check="process.limits",
        says=(r"open files is 20 \(hard limit 20\), expected >= 1024",),
        broken=("process.limits",),
        sound=Situation(
            "P21 sound", "the limit of the container", lambda box: box.spawn(["sh", "-c", "sleep 9999; : range"])
        ),
        naive='int(host.check_output("ulimit -n")) >= 1024',
    ),
    Fault(
        "P22",
        "the service is older than the deployment",
        _before_the_deployment,
        service=_since_the_deployment,
        check="process.started",
        says=(r"started [\d-]* ?\d\d:\d\d:\d\d UTC, which is before \d\d:\d\d:\d\d UTC",),
        broken=("process.started",),
        sound=Situation("P22 sound", "the service was started by the deployment", _after_the_deployment),
        naive='host.process.filter(comm="orderd") != []',
    ),
    Fault(
        "K18",
        "a start script has changed the environment",
        _environment("prod"),
        create={"environment": {"APP_ENV": "staging"}},
        service={"processes": [{"script": "/usr/local/bin/orderd", "env": {"APP_ENV": "staging"}}]},
        check="process.env",
        says=(r"pid \d+ \w+: APP_ENV=prod \(container: APP_ENV=staging\), expected APP_ENV=staging",),
        broken=("process.env",),
        sound=Situation("K18 sound", "the environment that is declared", _environment("staging")),
        naive='host.environment().get("APP_ENV") == "staging"',
    ),
)
