"""Small factories: a healthy relay that fills ``relay.0``, and what one test changes of it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from seatrial.host import CronLine, HostFacts, Mount, Place
from seatrial.instance import Attached, Container, Published, Settings
from seatrial.judges import judge
from seatrial.plan import make_plan
from seatrial.snapshot import (
    CommandRun,
    FileFact,
    Inside,
    Listener,
    LogFact,
    LogFile,
    LogLine,
    Node,
    Process,
    ProcessDetail,
    RegistryPath,
    ServiceFacts,
    SlotFacts,
    Snapshot,
    Talk,
    Unreadable,
)
from seatrial.spec.check import Check
from seatrial.spec.deployment import DeploymentSpec
from seatrial.spec.tomcat import beside
from seatrial.verdicts import Verdict

NOW = 1_790_000_000.0
STARTED = NOW - 100.0
NO_RIGHT = Unreadable("permission denied")
LOG = "/var/log/app/orderd.log"
PIDFILE = "/run/app/orderd.pid"
BEAT = "/run/app/heartbeat"
PATH = "/svc/orderd"
SERVERS = "/config/servers"
TOMCAT = "/var/lib/tomcat10"
TOMCAT_MAIN = "org.apache.catalina.startup.Bootstrap"
TOMCAT_ARGV = ("java", "-Xmx512m", "-Denv=prod", f"-Dcatalina.base={TOMCAT}", "-cp", "/x.jar", TOMCAT_MAIN, "start")
SERVER_XML = b"<Server><Service><Connector port='8090' protocol='HTTP/1.1'/></Service></Server>"
IMAGE = "sha256:" + "c73b" * 16
ARGV = ("/usr/bin/python3.11", "/srv/app/orderd.py", "port=8080", "env=prod")

ASKED: dict[str, Any] = {
    "parent": "shepherd",
    "release": "/srv/app",
    "libraries": True,
    "fds": "80%",
    "limits": {"open files": ">= 1024"},
    "env": {"APP_ENV": "prod"},
    "started": {"after": "2026-01-01T00:00:00Z"},
    "cpu": {},
}
"""What else can be asked of a process."""

DETAIL = ProcessDetail(
    cwd="/srv/app",
    fds=12,
    limits={"Max open files": (1024.0, 4096.0)},
    env={"APP_ENV": "prod"},
    deleted=(),
    cpu_ticks=(100, 110),
    cpu_over_s=2.0,
)

SERVICE: dict[str, Any] = {
    "locate": {"compose_service": "orderd"},
    "image": "app:1",
    "container": {
        "started": {"after": "2026-01-01T00:00:00Z"},
        "created": {"after": "2026-01-01T00:00:00Z"},
        "restart_policy": "always",
        "networks": [{"name": "net", "aliases": ["orderd"]}],
        "mounts": [{"path": "/data", "type": "bind", "source": "/srv/data"}],
        "user": "root",
        "security": {},
        "limits": {"memory": "2GiB", "pids": 512, "cpus": 2.0},
        "env": {"APP_ENV": "staging"},
        "hostname": "orderd-1",
        "labels": {"tier": "front"},
        "drift": {},
        "health": "healthy",
        "max_restarts": 0,
        "timezone": "Asia/Shanghai",
        "cron": ["@daily /opt/rotate.sh"],
    },
    "processes": [
        {"script": "/srv/app/orderd.py", "name": "orderd", "user": "appsvc", "argv": ARGV, "pidfile": PIDFILE, **ASKED},
        {"script": "/srv/app/watchdog.sh", "name": "shepherd"},
        {"java": {"main": TOMCAT_MAIN}, "name": "tomcat", "properties": {"env": "prod"}, "heap": {"max": "512m"}},
    ],
    "ports": [
        {"port": 8080, "owner": "orderd", "published": 18920, "opens_within": "30s", "reach": True},
        {"port": 8081, "owner": "orderd", "answer": {"http": "/health", "within": "3s"}},
        {"port": 5353, "proto": "udp", "answer": {"send": "PING", "expect": "PONG"}},
        {"only": True},
    ],
    "registered": {"path": PATH, "data": "{ip}:8080"},
    "listed": {"node": SERVERS, "entry": "{ip}:8080"},
    "tomcat": {"base": TOMCAT, "process": "tomcat", "connector": 8090, "contexts": ["/gms"]},
    "watchdog": {
        "script": "/srv/app/watchdog.sh",
        "user": "appsvc",
        "watches": "orderd",
        "heartbeat": {"file": BEAT, "max_age": "3s", "owner": "appsvc"},
    },
    "logs": [
        {"path": LOG, "deny": ["ERROR"], "allow": [{"line": "errors=0"}, {"line": "ERROR_RATE=0"}], "fresh": "60s"},
        {"docker": True, "deny": [{"regex": "FATAL|panic"}]},
    ],
    "files": [{"path": "/etc/app.conf", "user": "root", "mode": "0644", "contains": ["port = 8080"]}],
    "space": [{"path": "/var/log/app", "free": "10%", "inodes": "5%", "writable": True}],
    "status": [{"command": ["relayctl", "status"], "expect": {"bind_count": 2, "agents_num": ">= 1"}}],
}


def process(pid: int = 12, ppid: int = 24, **facts: Any) -> Process:
    """orderd, a script that python runs, in good health."""
    usual: dict[str, Any] = {
        "start_ticks": 111_881 + pid,
        "age_s": 90.0,
        "states": ("S", "S", "S"),
        "uid": facts.get("euid", 1500),
        "euid": facts.get("uid", 1500),
        "comm": "python3",
        "argv": ARGV,
        "exe": "/usr/bin/python3.11",
        "seccomp": 2,
        "cap_eff": 0,
        "no_new_privs": False,
        "detail": DETAIL,
    }
    return Process(pid=pid, ppid=ppid, **{**usual, **facts})


def tomcat(pid: int = 40, argv: tuple[str, ...] = TOMCAT_ARGV, **facts: Any) -> Process:
    """The Tomcat, a Java process."""
    return process(pid, 1, **{"comm": "java", "argv": argv, "exe": "/usr/lib/jvm/17/bin/java", **facts})


def shell(pid: int = 1, ppid: int = 0, argv: tuple[str, ...] = ("sh",), **facts: Any) -> Process:
    """A shell, by default PID 1 as root."""
    return process(pid, ppid, **{"comm": "sh", "argv": argv, "exe": "/usr/bin/dash", "uid": 0, **facts})


CROND = shell(300, 1, ("/usr/sbin/cron", "-f"), comm="cron", exe="/usr/sbin/cron")
"""The cron daemon."""


def watchdog(pid: int = 24, **facts: Any) -> Process:
    """The watchdog, a shell script."""
    return shell(pid, 1, **{"argv": ("sh", "/srv/app/watchdog.sh"), "uid": 1500, **facts})


def listener(port: int = 8080, address: str = "0.0.0.0", **facts: Any) -> Listener:
    """A TCP listener that orderd holds."""
    usual: dict[str, Any] = {"proto": "tcp", "family": 6 if ":" in address else 4, "inode": port, "queue": 0}
    return Listener(address=address, port=port, **{**usual, "owners": (12,), **facts})


def file(path: str, head: bytes | None = None, **facts: Any) -> FileFact:
    """A regular file of appsvc."""
    usual: dict[str, Any] = {"uid": 1500, "gid": 1500, "mode": 0o644, "size": 20, "mtimes": (NOW - 1.0,) * 3}
    return FileFact(path, **{"kind": "regular", **usual, "head": head, **facts})


def tomcat_files(**facts: FileFact | Unreadable) -> Mapping[str, FileFact | Unreadable]:
    """What is read in the Tomcat's base, some of it changed: ``server_xml``, ``properties``, ``folder``."""
    server_xml, folder = f"{TOMCAT}/conf/server.xml", f"{TOMCAT}/webapps/gms"
    properties, archive = f"{TOMCAT}/conf/catalina.properties", f"{folder}.war"
    descriptor = f"{TOMCAT}/conf/Catalina/localhost/gms.xml"
    return {
        server_xml: facts.get("server_xml", file(server_xml, SERVER_XML, size=len(SERVER_XML))),
        properties: facts.get("properties", FileFact(properties, "missing")),
        folder: facts.get("folder", file(folder, kind="directory")),
        archive: facts.get("archive", FileFact(archive, "missing")),
        descriptor: facts.get("descriptor", FileFact(descriptor, "missing")),
    }


def log(path: str = LOG, *hits: LogLine, **facts: Any) -> LogFact:
    """A log of one file."""
    usual: dict[str, Any] = {"size": 1000, "mtime": NOW - 1.0, "uid": 1500, "hits": hits}
    return LogFact(path, (LogFile(path, **{**usual, **facts}),))


def hit(number: int, text: str, time: float | None = STARTED + 10.0) -> LogLine:
    """A line with a denied pattern."""
    return LogLine(number, text, time)


SETTINGS = Settings(
    env={"APP_ENV": "staging"},
    networks={"p2p_net": ("orderd",)},
    mounts=(Attached("/data", "bind", "/srv/data", True),),
    memory=1 << 30,
    pids=100,
)


def container(**facts: Any) -> Container:
    """A running container at 172.17.0.4."""
    usual: dict[str, Any] = {
        "id": "a" * 64,
        "name": "p2p-orderd-1",
        "image_ref": "app:1",
        "image_id": IMAGE,
        "status": "running",
        "exit_code": 0,
        "health": "healthy",
        "restarts": 0,
        "oom_killed": False,
        "error": "",
        "started_at": STARTED,
        "finished_at": 0.0,
        "pid": 4711,
        "hostname": "orderd-1",
        "addresses": {"p2p_net": "172.17.0.4"},
        "created_at": STARTED,
        "labels": {"tier": "front", "com.docker.compose.project": "p2p"},
        "restart_policy": "always",
        "cpus": 1.0,
        "settings": SETTINGS,
        "published": (Published(8080, "tcp", "0.0.0.0", 18920),),
    }
    return Container(**{**usual, **facts})


def itself() -> HostFacts:
    """The inside of a container as declared: its zone, a crontab, and a file system with room."""
    log_place = Place("/", "overlay", "overlay", "/", ("rw",), 1 << 30, 1 << 29, 1000, 500)
    lines = (CronLine("/etc/cron.d/app", "root", "@daily root /opt/rotate.sh"),)
    data = Mount("/data", "/dev/vdb1", "ext4", "/srv/data", ("rw",), 1 << 30, 1 << 29, 1000, 500)
    mounts = {"/data": data}
    places = {"/var/log/app": log_place}
    return HostFacts(NO_RIGHT, "6.1.0", "Asia/Shanghai", cron=lines, mounts=mounts, places=places)


def inside(**facts: Any) -> Inside:
    """Everything inside as it should be."""
    usual: dict[str, Any] = {
        "vehicle": "proc",
        "clock": NOW,
        "clock_last": NOW + 0.3,
        "processes": (shell(), watchdog(), process(), tomcat(), CROND),
        "listeners": (listener(), listener(8081), listener(5353, proto="udp"), listener(8090, owners=(40,))),
        "files": {
            PIDFILE: file(PIDFILE, b"12\n"),
            BEAT: file(BEAT),
            "/etc/app.conf": file("/etc/app.conf", b"port = 8080\n", uid=0),
            **tomcat_files(),
        },
        "logs": {LOG: log()},
        "talks": {
            "8080/tcp": Talk("172.17.0.4:8080", True, queue_after=0),
            "8081/tcp": Talk("172.17.0.4:8081", True, received=http(200, b"fine"), closed=True, queue_after=0),
            "5353/udp": Talk("172.17.0.4:5353", True, received=b"PONG"),
            "tomcat:/gms": Talk("172.17.0.4:8090", True, received=http(302, b""), closed=True, queue_after=0),
            f"tomcat:{beside('/gms')}": Talk("172.17.0.4:8090", True, received=http(404, b""), closed=True),
        },
        "users": {"root": 0, "appsvc": 1500},
        "host": itself(),
        "oom_kills": 0,
        "reals": {"/srv/app": "/srv/app"},
        "identity": (100, "boot"),
        "identity_last": (100, "boot"),
    }
    return Inside(**{**usual, **facts})


def http(status: int, body: bytes) -> bytes:
    """An HTTP answer."""
    return b"HTTP/1.1 %d Text\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body)


def facts(slot: str = "orderd.0", **changes: Any) -> SlotFacts:
    """The facts of a healthy slot; ``instance`` and ``inside`` may be values made above."""
    usual: dict[str, Any] = {
        "instance": container(),
        "inside": inside(),
        "commands": {"relayctl": CommandRun(("relayctl", "status"), 0, b"bind_count=2\nagents_num=2\n", b"")},
        "outside": {
            "8080/tcp": Talk("127.0.0.1:18920", True),
            "8080/tcp:reach": Talk("172.17.0.4:8080", True, source="172.17.0.1"),
        },
        "docker_log": {"docker": log("docker log")},
        "image_id": IMAGE,
        "changes": (),
    }
    return SlotFacts(slot, **{**usual, **changes})


def node(name: str = "i-1", data: str | bytes = "172.17.0.4:8080", owner: int = 0x1001, **facts: Any) -> Node:
    """An ephemeral znode, as old as the container."""
    return Node(name, data.encode() if isinstance(data, str) else data, owner, **{"created": STARTED, **facts})


def registry(*nodes: Node, **changes: Any) -> RegistryPath:
    """The children of the registration path."""
    return replace(RegistryPath(PATH, True, nodes, 5, "zk-1"), **changes)


def snapshot(*slots: SlotFacts, **changes: Any) -> Snapshot:
    """A look that found these slots, by default one healthy one."""
    filled = slots or (facts(),)
    usual: dict[str, Any] = {
        "taken_at": NOW,
        "took_s": 0.4,
        "services": {"orderd": ServiceFacts("orderd", tuple(f"{item.instance.name} (running)" for item in filled))},
        "slots": {item.slot: item for item in filled},
        "registry": {PATH: registry(node())},
        "nodes": {SERVERS: Node("servers", b"172.17.0.4:8080,172.17.0.5:8080", 0, STARTED)},
    }
    return Snapshot(**{**usual, **changes})


def plan(instances: int = 1, **service: Any) -> tuple[Check, ...]:
    """The checks of a deployment with the one service ``orderd``, with some keys changed or, with None, left out."""
    kept = {key: value for key, value in {**SERVICE, "instances": instances, **service}.items() if value is not None}
    made = DeploymentSpec.model_validate(
        {"deployment": "p2p", "zookeeper": {"hosts": "zk-1:2181"}, "services": {"orderd": kept}}
    )
    return make_plan(made).checks


def ask(check_id: str, look: Snapshot | SlotFacts | None = None, stable_for_s: float = 5.0, **service: Any) -> Verdict:
    """The verdict of one check: ``process.count[orderd]`` of slot 0, or a full id."""
    found = look if isinstance(look, Snapshot) else snapshot(*([look] if look else []))
    checks = {check.id: check for check in plan(**service)}
    full = check_id if check_id in checks else f"orderd.0/{check_id}"
    return judge(checks[full], found, stable_for_s)


def within(**changes: Any) -> SlotFacts:
    """A healthy slot with something changed inside."""
    return facts(inside=inside(**changes))


def with_files(**files: FileFact | Unreadable) -> Mapping[str, FileFact | Unreadable]:
    """The healthy files, some of them changed: ``pidfile``, ``beat`` or ``conf``."""
    names = {"pidfile": PIDFILE, "beat": BEAT, "conf": "/etc/app.conf"}
    return {**inside().files, **{names[key]: value for key, value in files.items()}}


def one_process(**changes: Any) -> dict[str, Any]:
    """A service of which only the processes are declared, the one with some keys changed."""
    declared = {key: value for key, value in SERVICE["processes"][0].items() if key not in ASKED} | changes
    declared = {key: value for key, value in declared.items() if value is not None}
    rest = {"ports": (), "registered": (), "watchdog": None, "logs": (), "files": (), "status": ()}
    return {"processes": [declared], **rest, "listed": (), "tomcat": None}


def one_port(**changes: Any) -> dict[str, Any]:
    """A service with one port, 8080/tcp, of orderd."""
    return {**one_process(), "ports": [{"port": 8080, "owner": "orderd", **changes}]}
