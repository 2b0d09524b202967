"""Hosts that are broken in one way each, on few servers: one port of a server is one host of the inventory."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from ssh.berth import Berth
from ssh.harbour import Harbour

from seatrial.host import STAGES
from seatrial.verdicts import Outcome

MACHINE_ID = "0123456789abcdef0123456789abcdef"
ANOTHER_ID = "fedcba9876543210fedcba9876543210"
WITHIN_S = 4

HEAD = """
deployment: hosts
hosts: {{csv: servers.csv, columns: {{name: 名称, address: 内网IP, port: 端口, user: 用户, jump: 跳板机}}}}
ssh: {{config: ssh_config, known_hosts: known_hosts, user: deploy, sudo: {sudo}, within: {within}s}}
services:
"""
SERVICE = """
  {name}:
    on: ssh
    locate: {{host: {host}}}
    host: {{kernel: ">= 3.10", users: [root]}}
    processes: [{{exe: sshd, count: 1}}, {{exe: evild, count: 0}}]
    ports: [22/tcp]
    files: [{{path: /etc/passwd, contains: [deploy], user: root}}]
    logs: [{{path: /etc/group, deny: [ERROR]}}]
    status: [{{name: who, command: [sh, -c, "echo uid=$(id -u)"], expect: {{uid: ">= 2000"}}}}]
"""
COLUMNS = ("名称", "内网IP", "端口", "用户", "跳板机", "hostname", "machine_id")

GREEN = (
    *("instances", "host.route", "host.reach", "access.shell", "access.sudo", "host.clock", "host.kernel", "host.user"),
    *("process.count", "process.state", "process.exe", "process.stable", "port.bind", "port.accept", "file.state"),
    *("log.present", "log.clean", "status.value"),
)
"""Aspects of that service, but for the host's identity."""

AS_ROOT_MAY = {"cap_add": ["SYS_PTRACE"]}
"""What root may on a plain host, and may not in a container: look at the processes of others (ptrace(2))."""

RUN_IT = 'eval "$SSH_ORIGINAL_COMMAND"'
FORGED = "\\n{0} 1 begin 0\\n\\n{0} > 0 0\\n\\n{0} end 1\\n".format("0" * 32)
SCRIPTS = {
    "gate": "echo Welcome to the gate\nwhile :; do sleep 1; done",
    "cut": f"{RUN_IT} | head -c 3000\nexit 0",
    "hang-up": f"{RUN_IT} | head -c 3000\nkill -9 $PPID",
    "slow": f"sleep 3\n{RUN_IT}",
    "forger": f"cat >/dev/null\nprintf '{FORGED}'",
    "ticking": f"(while :; do echo tick; sleep 0.01; done) &\n{RUN_IT}",
    "thief": f"read -r first\n{RUN_IT}",
    "later": 'exec faketime -f +37s sh -c "$SSH_ORIGINAL_COMMAND"',
}
"""What runs in the place of a command (``ForceCommand``)."""

DOORS = {
    2201: "ForceCommand true",
    2202: "ForceCommand internal-sftp",
    2203: "ForceCommand cat",
    2204: "ForceCommand /usr/local/bin/gate",
    2205: "ForceCommand /usr/local/bin/cut",
    2206: "ForceCommand /usr/local/bin/hang-up",
    2207: "ForceCommand echo Welcome, {user}",
    2208: "ForceCommand /usr/local/bin/forger",
    2209: "ForceCommand /usr/local/bin/thief",
    2210: "MaxSessions 0",
    2217: "ForceCommand /usr/local/bin/cut",
    2218: "ForceCommand sleep 1000",
    2219: "ForceCommand /usr/local/bin/ticking",
    2220: "ForceCommand /usr/local/bin/later",
}
PLAIN_DOORS = range(2211, 2217)
"""Ports of a second server, since one listens on 16 at most (MAX_LISTEN_SOCKS of ``sshd.c``)."""


@dataclass(frozen=True)
class Row:
    """A line of the IP table."""

    address: str
    port: int = 22
    user: str = ""
    jump: str = "bastion"
    hostname: str = ""
    machine_id: str = ""

    def told(self, name: str) -> str:
        """The line."""
        values = (name, self.address, self.port, self.user, self.jump, self.hostname, self.machine_id)
        return ",".join(map(str, values))


@dataclass
class Yard:
    """Servers that several hosts of the inventory share, and what is known of their keys."""

    harbour: Harbour
    known: list[str] = field(default_factory=list)
    config: str = ""
    berths: dict[str, Berth] = field(default_factory=dict)
    refusing: int = 0

    def target(self, name: str, **sshd: object) -> Berth:
        """A server behind the bastion, whose key is known."""
        return self._ready(name, self.harbour.target(f"host-{name}", more=AS_ROOT_MAY, **sshd))

    def open(self, name: str, networks: tuple[str, ...] = ("front",), **sshd: object) -> Berth:
        """A server that is reached from here, whose key is known."""
        return self._ready(name, self.harbour.server(f"host-{name}", networks=networks, more=AS_ROOT_MAY, **sshd))

    def hiding(self) -> Berth:
        """A server whose /proc can be mounted anew."""
        more = {"cap_add": ["SYS_ADMIN"], "security_opt": ["apparmor=unconfined", "seccomp=unconfined"]}
        return self._ready("hiding", self.harbour.target("host-hiding", more=more))

    def unknown(self, name: str) -> Berth:
        """A server behind the bastion, of whose key nothing is known."""
        self.berths[name] = berth = self.harbour.target(f"host-{name}")
        return berth

    def another(self, name: str) -> Berth:
        """Another machine at the address of a server whose key is known."""
        self.berths[name] = berth = self.harbour.instead(self.target(name))
        return berth

    def crooked(self) -> Berth:
        """A server with many doors, and something else behind each."""
        matches = "".join(f"\nMatch LocalPort {port}\n    {does}" for port, does in DOORS.items())
        return self._with_doors("crooked", DOORS, Match=matches)

    def plain(self) -> Berth:
        """A server with many doors, and the same behind all of them."""
        return self._with_doors("plain", PLAIN_DOORS)

    def _with_doors(self, name: str, doors: Iterable[int], **sshd: object) -> Berth:
        listens = "".join(f"\nListenAddress 0.0.0.0:{port}" for port in doors)
        berth = self.target(name, ListenAddress=f"0.0.0.0:22{listens}", **sshd)
        self.known += [f"[{berth.address}]:{port} {berth.host_key}\n" for port in doors]
        return berth

    def _ready(self, name: str, berth: Berth) -> Berth:
        for script, text in SCRIPTS.items():
            berth.put(f"/usr/local/bin/{script}", f"#!/bin/sh\n{text}\n", 0o755)
        berth.put("/etc/machine-id", f"{MACHINE_ID}\n")
        self.known += [f"{address} {berth.host_key}\n" for address in berth.addresses.values()]
        self.berths[name] = berth
        return berth


Made = Callable[[Yard], Row]


@dataclass(frozen=True)
class HostCase:
    """One host of the inventory, and what must be said of it.

    :param row: its line in the IP table, when the servers run.
    :param check: the aspect that must speak; empty where all must be green.
    :param says: regular expressions, each found in that check's message; ``{key}`` and so on are those of the server.
    :param passes: all aspects that may PASS.
    :param because: of what all others are UNKNOWN; None where each has a reason of its own.
    """

    id: str
    what: str
    row: Made
    check: str = ""
    verdict: Outcome = Outcome.UNKNOWN
    says: tuple[str, ...] = ()
    passes: tuple[str, ...] = ()
    because: str | None = None
    service: str = SERVICE

    @property
    def name(self) -> str:
        """Of its service and of its host."""
        return self.id.lower()


def stopped(fault: str, what: str, row: Made, stage: str, *says: str, verdict: Outcome = Outcome.UNKNOWN) -> HostCase:
    """A host to which one step is not taken: those before it are green, and because of it all else is unknown."""
    passes = ("instances", *STAGES[: STAGES.index(stage)])
    return HostCase(fault, what, row, stage, verdict, says, passes, stage)


def door(port: int, **more: str) -> Made:
    """A door of the two servers that have many."""
    server = "plain" if port in PLAIN_DOORS else "crooked"
    return lambda yard: Row(yard.berths[server].address, port, **more)


def at(name: str, **more: str) -> Made:
    """A server by its own port."""
    return lambda yard: Row(yard.berths[name].address, **more)


SERVERS: Mapping[str, Callable[[Yard], Berth]] = {
    "crooked": Yard.crooked,
    "plain": Yard.plain,
    "sound": lambda yard: yard.target("sound"),
    "changed": lambda yard: yard.another("changed"),
    "unknown": lambda yard: yard.unknown("unknown"),
    "open": lambda yard: yard.open("open"),
    "frozen": lambda yard: yard.open("frozen"),
    "dead": lambda yard: yard.open("dead"),
    "slow": lambda yard: yard.target("slow", ForceCommand="/usr/local/bin/slow"),
    "loud": lambda yard: yard.target("loud", Banner="/etc/motd", PrintMotd="yes", PrintLastLog="yes"),
    "doomed": lambda yard: yard.target("doomed"),
    "few": lambda yard: yard.open("few", MaxSessions=1, MaxStartups="2:100:3"),
    "three": lambda yard: yard.open("three", MaxSessions=3),
    "twin": lambda yard: yard.open("twin", networks=("front", "back")),
}
"""Server → how it is started; all at once."""

NOISY = """
printf '\\033[31mdisk quota: 71 %% used\\033[0m\\n\\n%s 1 begin 0\\n\\n%s end 1\\n' {0} {0}
echo 'Welcome' >&2
PS1='\\[\\033[31m\\]\\u@\\h\\[\\033[0m\\]\\$ '
trap 'printf "\\nsee you soon: bye"' EXIT
printf 'no line end here'
""".replace("{0}", "0" * 32)


def prepare(yard: Yard) -> None:
    """Start all servers, and break what is to be broken after the start."""
    assert yard.harbour.bastion
    yard.known.append(yard.harbour.bastion.known)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda start: start(yard), SERVERS.values()))
    yard.berths["frozen"].pause()
    yard.berths["dead"].kill()
    yard.berths["loud"].put("/home/noisy/.bashrc", NOISY)


CASES = (
    stopped(
        "A01-frozen",
        "a bastion that is frozen",
        lambda yard: Row(yard.berths["sound"].address, 2221, jump="frozen"),
        "host.reach",
        r"bastion {frozen}:22 \(frozen\): timed out 4 s",
    ),
    stopped(
        "A01-dead",
        "a bastion that is down",
        lambda yard: Row(yard.berths["sound"].address, 2223, jump="dead"),
        "host.reach",
        r"bastion {dead}:22 \(dead\): (timed out 4 s|no route to host)",
    ),
    stopped(
        "A02",
        "a bastion that is up, and a target that is down",
        lambda yard: Row(yard.berths["sound"].address, 2222),
        "host.reach",
        r"bastion ok; target {sound}:2222 from there: connect failed",
    ),
    stopped(
        "A04",
        "a host key that changed",
        at("changed"),
        "host.identity",
        r"{changed} shows {changed_key}, expected SHA256:[\w+/]{43} \(\S*known_hosts:\d+\)",
        verdict=Outcome.FAIL,
    ),
    stopped(
        "A05",
        "a host key that nobody knows",
        at("unknown"),
        "host.identity",
        r"{unknown}: unknown key {unknown_key}; add with `seatrial trust`",
    ),
    stopped(
        "A06-name",
        "another machine with the same key behind the address: it calls itself otherwise",
        door(2211, hostname="relay-1"),
        "host.identity",
        r"the machine behind {plain} calls itself host-plain, the inventory says relay-1",
    ),
    stopped(
        "A06-machine",
        "another machine with the same key behind the address: its machine-id is another one",
        door(2212, machine_id=ANOTHER_ID),
        "host.identity",
        rf"the machine behind {{plain}} has machine-id {MACHINE_ID} and calls itself host-plain",
        rf"the inventory says machine-id {ANOTHER_ID}",
        verdict=Outcome.FAIL,
    ),
    stopped(
        "A08-config",
        "a jump host of the configuration that does not exist",
        at("open", jump=""),
        "host.reach",
        r"bastion no-such-bastion:22: its name is not known",
    ),
    stopped(
        "A08-table",
        "a jump host of the table that does not exist",
        lambda yard: Row(yard.berths["open"].address, 2222, jump="no-such-jump"),
        "host.reach",
        r"bastion no-such-jump:22: its name is not known",
    ),
    stopped(
        "A09",
        "a user who may not become root",
        door(2213, user="plain"),
        "access.sudo",
        r"sudo -n refused for plain: .*password is required",
    ),
    stopped(
        "A10-nologin",
        "an account without a shell",
        door(2214, user="gone"),
        "access.shell",
        r"no end marker: shell printed 'This account is currently not available",
    ),
    stopped(
        "A10-menu",
        "a menu in the place of a shell",
        door(2215, user="clerk"),
        "access.shell",
        r"no end marker: shell printed 'Welcome",
    ),
    stopped(
        "A10-waits",
        "a menu that waits",
        door(2204),
        "access.shell",
        r"no end marker: shell printed 'Welcome to the gate', and then no complete answer within \d+ s",
    ),
    stopped(
        "A10-greets",
        "a shell that greets and ends with 0",
        door(2207),
        "access.shell",
        r"no end marker: shell printed 'Welcome, \{user\}' and ended with 0",
    ),
    stopped(
        "A11-none",
        "a server that allows no session",
        door(2210),
        "host.reach",
        r"session 1 refused \(MaxSessions\)",
    ),
    stopped(
        "F01",
        "a host that says yes to everything",
        door(2201),
        "access.shell",
        "shell printed nothing and ended with 0",
    ),
    stopped(
        "F02",
        "a host that serves files only",
        door(2202),
        "access.shell",
        "no end marker: shell printed 'This service allows sftp connections only",
    ),
    stopped(
        "F03",
        "a host that gives back what it is sent",
        door(2203),
        "access.shell",
        "no end marker: shell printed",
    ),
    stopped(
        "F04",
        "a host that forges an answer",
        door(2208),
        "access.shell",
        "no end marker: shell printed '0{32} 1 begin",
    ),
    HostCase(
        "F05",
        "an answer that is cut after 3000 bytes, with exit code 0",
        door(2205),
        "process.count",
        says=("has no end marker after 3000 bytes",),
        passes=("instances", "host.route", "host.reach", "access.shell"),
    ),
    HostCase(
        "F06",
        "a connection that is cut in the middle of an answer",
        door(2206),
        "process.count",
        says=("the connection was cut|no end marker",),
        passes=("instances", "host.route", "host.reach"),
    ),
    HostCase(
        "F07",
        "a shell that takes the first line of what it is to read",
        door(2209),
        "process.count",
        says=("our reader broke there",),
        passes=("instances", "host.route", "host.reach"),
    ),
    HostCase(
        "F10",
        "a host that is silent after the login",
        door(2218),
        "process.count",
        says=(r"no complete answer within \d+ s",),
        passes=("instances", "host.route", "host.reach"),
    ),
    stopped(
        "F11",
        "another machine than the declared one, whose answer is cut",
        door(2217, hostname="relay-2"),
        "host.identity",
        "calls itself host-crooked, the inventory says relay-2",
    ),
    HostCase(
        "F12",
        "a shell that leaves something behind which goes on to print",
        door(2219),
        "process.count",
        says=(r"no complete answer within \d+ s",),
        passes=("instances", "host.route", "host.reach"),
    ),
    HostCase(
        "F13",
        "a host that goes down after it was read, while its status command runs",
        at("doomed"),
        "process.count",
        says=("host f13 could not be looked at again at the end",),
        passes=("instances", "host.route", "host.reach", "access.shell", "access.sudo"),
        service=SERVICE.replace("echo uid=$(id -u)", "sudo kill -9 -1; sleep 9"),
    ),
    stopped(
        "F14",
        "a server that runs no commands",
        lambda yard: Row("127.0.0.1", yard.refusing, jump="none"),
        "access.shell",
        "the server does not run commands",
    ),
    stopped(
        "F08",
        "an account that is not there",
        door(2216, user="nobody-1"),
        "host.reach",
        r"nobody-1@{plain}: permission denied",
    ),
    HostCase(
        "F09-front",
        "one machine behind two addresses",
        lambda yard: Row(yard.berths["twin"].addresses["front"], jump="none"),
        "host.identity",
        Outcome.FAIL,
        (r"f09-front is the same machine as f09-back.0 \(f09-back\)",),
        GREEN,
    ),
    HostCase(
        "F09-back",
        "one machine behind two addresses",
        lambda yard: Row(yard.berths["twin"].addresses["back"]),
        "host.identity",
        Outcome.FAIL,
        (r"f09-back is the same machine as f09-front.0 \(f09-front\)",),
        GREEN,
    ),
)

HEALTHY = (
    HostCase("S01", "a sound host", at("sound", hostname="HOST-sound", machine_id=MACHINE_ID)),
    HostCase("H20", "a slow host: each command takes 3 s more", at("slow")),
    HostCase(
        "H23",
        "a banner, words of the day, a coloured prompt, and an rc file that prints much",
        at("loud", user="noisy"),
    ),
    HostCase("A11-few", "a server that allows one session at a time", at("few", jump="none")),
)


def write(folder: Path, yard: Yard, cases: tuple[HostCase, ...], *, sudo: bool = True) -> Path:
    """The deployment file about these hosts, with its IP table, configuration and known keys."""
    folder.mkdir(exist_ok=True)
    jumps = {"bastion": yard.harbour.bastion, "frozen": yard.berths["frozen"], "dead": yard.berths["dead"]}
    rows = [Row(berth.address, jump="none").told(name) for name, berth in jumps.items()]
    rows += [case.row(yard).told(case.name) for case in cases]
    (folder / "servers.csv").write_text("\n".join((",".join(COLUMNS), *rows)) + "\n")
    (folder / "known_hosts").write_text("".join(yard.known))
    (folder / "ssh_config").write_text(
        f"Host a08-config\n    ProxyJump no-such-bastion\nHost *\n    IdentityFile {yard.harbour.identity}\n"
        "    IdentitiesOnly yes\n    GlobalKnownHostsFile /dev/null\n"
    )
    file = folder / "deployment.yaml"
    services = [case.service.format(name=case.name, host=case.name) for case in cases]
    file.write_text(HEAD.format(sudo=str(sudo).lower(), within=WITHIN_S) + "".join(services))
    return file
