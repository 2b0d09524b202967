"""What can be wrong with the file systems of a container, its time zone, and what its crontabs want to be run."""

from ..box import Box
from ..row import Fault, Says, Situation

_SHANGHAI = "Asia/Shanghai"
_LINE = "*/5 * * * * /usr/local/bin/orderctl"
_RW = {"space": [{"path": "/", "writable": True}]}
_ROOM = {"space": [{"path": "/logs", "free": "10%"}, {"path": "/inod", "free": "10%", "inodes": "20%"}]}
_ZONE = {"container": {"timezone": _SHANGHAI}}
_CRON = {"container": {"cron": [{"line": _LINE, "user": "root"}]}}
_TMPFS = {"tmpfs": {"/logs": "size=1m", "/inod": "size=1m,nr_inodes=8"}}
_CROND = "crond"


def _as_it_starts(_box: Box) -> None:
    """Nothing but what the container itself runs."""


def _fill_both(box: Box) -> None:
    box.sh("cat /dev/zero >/logs/full 2>/dev/null; for n in 1 2 3 4 5 6 7 8; do touch /inod/$n; done 2>/dev/null; true")


def _line(box: Box) -> None:
    box.sh(f"mkdir -p /var/spool/cron/crontabs; echo '{_LINE}' >/var/spool/cron/crontabs/root")
    box.sh("chmod 600 /var/spool/cron/crontabs/root")


def _line_and_daemon(box: Box) -> None:
    """A daemon by what it runs: a program of that name, as a look tells one from what only calls itself so."""
    _line(box)
    box.sh(f"cp /bin/sleep /usr/sbin/{_CROND}")
    box.spawn([f"/usr/sbin/{_CROND}", "infinity"])
    box.until(f"pgrep -x {_CROND}")


def _zone(box: Box) -> None:
    box.sh(f"mkdir -p /usr/share/zoneinfo/Asia; : >/usr/share/zoneinfo/{_SHANGHAI}")


_SOUND_ROOM = Situation("sound room", "two small file systems with room", _as_it_starts, service=_ROOM, create=_TMPFS)
_SOUND_CRON = Situation("sound cron", "a cron line with a daemon", _line_and_daemon, service=_CRON)
_IN_ZONE = {"environment": {"TZ": _SHANGHAI}}
_SOUND_ZONE = Situation("sound zone", "a container in its zone", _zone, service=_ZONE, create=_IN_ZONE)

FAULTS = (
    Fault(
        "K15",
        "the root file system is read-only",
        _as_it_starts,
        service=_RW,
        create={"read_only": True},
        check="fs.rw",
        says=(r"/ is ro",),
        broken=("fs.rw",),
        naive='"rw" in host.mount_point("/").options',
        sound=Situation("sound root", "a root that can be written", _as_it_starts, service=_RW),
    ),
    Fault(
        "K16",
        "a file system is full, and another one has no inodes left",
        _fill_both,
        service=_ROOM,
        create=_TMPFS,
        check="fs.space[/logs]",
        says=(r"/logs 0 B of 1 MiB",),
        broken=("fs.space[/logs]", "fs.inodes"),
        also=(Says(check="fs.inodes", says=(r"/inod 0 of 8 inodes",)),),
        naive='int(host.check_output("df --output=pcent / | tail -1").strip(" %")) < 90',
        sound=_SOUND_ROOM,
    ),
    Fault(
        "Kzone",
        "the container is in another time zone",
        _as_it_starts,
        service=_ZONE,
        check="container.timezone",
        says=(r"has no TZ, and /etc/localtime is (?:Etc/)?UTC, expected Asia/Shanghai",),
        broken=("container.timezone",),
        sound=_SOUND_ZONE,
        naive='host.check_output("date +%Z") == "CST"',
    ),
    Fault(
        "Ktzdata",
        "TZ names a zone that the image does not have",
        lambda box: box.sh(f"rm -f /usr/share/zoneinfo/{_SHANGHAI}"),
        service=_ZONE,
        create=_IN_ZONE,
        check="container.timezone",
        says=(r"TZ=Asia/Shanghai, but /usr/share/zoneinfo/Asia/Shanghai is not there, so it takes UTC",),
        broken=("container.timezone",),
        naive='host.environment()["TZ"] == "Asia/Shanghai"',
        sound=_SOUND_ZONE,
    ),
    Fault(
        "Kcron",
        "a cron line is in the image, and no cron daemon runs",
        _line,
        service=_CRON,
        check="container.cron",
        says=(r"no cron daemon runs, so no cron line is run",),
        broken=("container.cron",),
        naive='host.file("/var/spool/cron/crontabs/root").contains("orderctl")',
        sound=_SOUND_CRON,
    ),
    Fault(
        "Kcronline",
        "a cron daemon runs, and the line is not there",
        lambda box: (_line_and_daemon(box), box.sh(": >/var/spool/cron/crontabs/root")),
        service=_CRON,
        check="container.cron",
        says=(r"no crontab holds",),
        broken=("container.cron",),
        sound=_SOUND_CRON,
        naive='host.process.filter(comm="crond") != []',
    ),
)
