"""All vehicles tell the same of one container and of one host; what one of them may not see is unreadable."""

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path

import docker
import pytest
from ssh.berth import Berth
from ssh.harbour import Harbour

from seatrial.look import Looker
from seatrial.options import Options
from seatrial.request import Window
from seatrial.snapshot import NOT_READ, Inside, Process, SlotFacts, Snapshot, Unreadable
from seatrial.spec.load import load
from seatrial.vehicles import Vehicle

pytestmark = [pytest.mark.docker, pytest.mark.once]

IMAGE = "seatrial-test/sshd:1"
ENGINE_HOST = {
    "pid_mode": "host",
    "cap_add": ["SYS_PTRACE", "SYS_ADMIN", "DAC_READ_SEARCH", "NET_ADMIN"],
    "security_opt": ["seccomp=unconfined"],
    "cgroupns": "host",
    "volumes": {
        "/var/run/docker.sock": {"bind": "/var/run/docker.sock", "mode": "rw"},
        "/sys/fs/cgroup": {"bind": "/sys/fs/cgroup", "mode": "ro"},
    },
}
"""A host whose kernel, processes and engine are those of this machine."""

BUSY = """
import ctypes, os, signal, socket, time

def child(what):
    if os.fork() == 0:
        what()
        time.sleep(3600)

def tcp(family, address, port):
    sock = socket.socket(family)
    if family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    sock.bind((address, port))
    sock.listen(16)
    return sock

def serve():
    os.setuid(2001)
    global kept
    kept = [tcp(socket.AF_INET, "0.0.0.0", 8080), tcp(socket.AF_INET6, "::", 8081)]
    kept.append(tcp(socket.AF_INET, "127.0.0.1", 8082))
    kept.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    kept[-1].bind(("0.0.0.0", 9000))
    while True:
        kept.append(kept[0].accept()[0])

def hidden():
    os.setuid(2002)
    ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)

def renamed():
    os.execv("/usr/bin/sleep", ["a name with ) in it\\n", "3600"])

child(serve)
child(hidden)
child(renamed)
child(lambda: os.kill(os.getpid(), signal.SIGSTOP))
child(lambda: os._exit(3))
with open("/var/log/app.log", "w") as log:
    log.write("fine\\nERROR one\\n" + "fine\\n" * 5000 + "2026-11-25 10:00:00 FATAL two \\x1b[31m\\n")
os.symlink("/etc/passwd", "/srv/link")
os.mkfifo("/srv/fifo", 0o640)
open("/ready", "w").close()
time.sleep(3600)
"""
BOX = """
deployment: vehicles
docker: {{engine: "{engine}"}}
{ssh}
services:
  box:
    locate: {{names: [{name}]}}
    processes: [{{exe: python3, pidfile: /srv/none.pid}}]
    ports: [8080/tcp, 9000/udp]
    files:
      - {{path: /etc/passwd, contains: [root]}}
      - {{path: /srv/link}}
      - {{path: /srv/fifo, kind: fifo}}
      - {{path: /root, kind: directory}}
      - {{path: /srv/none}}
    logs: [{{path: /var/log/*.log, deny: [ERROR, {{regex: "FATAL .*"}}]}}]
"""
SSH = "hosts: {{named: {{engine-1: {{address: {address}}}}}}}\nssh: {{config: {config}, user: {user}, sudo: {sudo}}}"
HOST = """
deployment: vehicles
hosts:
  named:
    python: {{address: {address}, jump: bastion}}
    shell: {{address: {address}, port: 2222, jump: bastion}}
ssh: {{config: {config}, known_hosts: known_hosts, user: root}}
services:
  python: &host
    on: ssh
    locate: {{host: python}}
    host:
      kernel: ">= 3.10"
      timezone: Europe/Berlin
      sysctl: {{vm.max_map_count: 1, net.ipv4.ip_local_port_range: "1 2", no.such_thing: 1}}
      disks: [/, /etc/hosts, /srv]
      users: [deploy]
      cron: [{{name: own, line: "* * * * * root true"}}]
      units: [no-such.service]
      engine: ">= 1"
    processes: [{{exe: sshd}}]
    files: [{{path: /etc/passwd, contains: [root]}}, {{path: /srv/fifo, kind: fifo}}, {{path: /srv/none}}]
    logs: [{{path: /var/log/app.log, deny: [ERROR, {{regex: "FATAL .*"}}]}}]
  shell:
    <<: *host
    locate: {{host: shell}}
"""
MACHINE = """
deployment: vehicles
{ssh}
services:
  here: {{on: local, locate: {{machine: true}}, host: &facts {{kernel: ">= 3", sysctl: {{vm.max_map_count: 1}}}}}}
  there: {{on: ssh, locate: {{host: engine-1}}, host: *facts}}
"""
CLOCKS = ("clock", "clock_last", "age_s", "vehicle", "free", "inodes_free")
"""What differs from one moment to another, and the name of the vehicle."""
ENVIRON = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"}
WITHOUT_PYTHON = """
mkdir /opt/tools
for file in /usr/bin/* /usr/sbin/*; do ln -s "$file" /opt/tools/; done
rm /opt/tools/python*
ln -sf /usr/share/zoneinfo/Europe/Berlin /etc/localtime
echo '* * * * * root   true' >/etc/cron.d/own
echo 0123456789abcdef0123456789abcdef >/etc/machine-id
"""


def flat(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """A fact as paths and plain values, without what nobody asked for; lists of things are ordered by what they are."""
    if value is NOT_READ:
        return
    if isinstance(value, Unreadable) or value is None:
        yield path, value
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            if field.name not in CLOCKS:
                yield from flat(getattr(value, field.name), f"{path}.{field.name}")
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from flat(one, f"{path}[{key}]")
    elif isinstance(value, tuple) and value and dataclasses.is_dataclass(value[0]):
        for one in value:
            yield from flat(one, f"{path}[{named(one)}]")
    else:
        yield path, tuple(sorted(value)) if path.endswith("owners") else value


def named(one: object) -> object:
    """By what one of several facts is known."""
    keys = ("pid", "proto", "family", "address", "port", "path", "number", "file", "line")
    return tuple(getattr(one, key) for key in keys if hasattr(one, key))


def snapshot_of(file: Path, vehicle: Vehicle) -> Snapshot:
    """One look."""
    with Looker(load(file, ENVIRON), Options(vehicle=vehicle, stable_for_s=0.0), ENVIRON, Window()) as looker:
        return looker.look()


def look(file: Path, vehicle: Vehicle = "auto") -> dict[str, Inside]:
    """What one look reads inside each slot."""
    slots = snapshot_of(file, vehicle).slots
    assert all(isinstance(facts, SlotFacts) for facts in slots.values()), slots
    found = {slot: facts.inside for slot, facts in slots.items() if isinstance(facts, SlotFacts)}
    assert all(isinstance(inside, Inside) for inside in found.values()), found
    return found


@pytest.fixture(scope="module")
def engine_host(ssh_harbour: Harbour) -> Berth:
    """A host behind the bastion on which this machine's engine runs."""
    assert ssh_harbour.bastion
    return ssh_harbour.server("engine-1", networks=("back", "front"), jump="bastion", more=ENGINE_HOST)


@pytest.fixture(scope="module")
def box(docker_client: docker.DockerClient, run_id: str, engine_host: Berth) -> Iterator[str]:
    """A container in which there is much to see, and some that not everybody may; we and that host reach its ports."""
    networks = engine_host.container.attrs["NetworkSettings"]["Networks"].items()
    [front] = [name for name, found in networks if found["IPAddress"] == engine_host.addresses["front"]]
    made = docker_client.containers.run(
        IMAGE,
        ["python3", "-c", BUSY],
        name=f"st-{run_id}-vehicles",
        detach=True,
        init=True,
        hostname="box-of-many",
        network=front,
    )
    try:
        code, out = made.exec_run(["sh", "-c", "until test -e /ready; do sleep 0.1; done"])
        assert code == 0, out
        yield str(made.name)
    finally:
        made.remove(force=True)


@pytest.fixture(scope="module")
def told(box: str, engine_host: Berth, ssh_harbour: Harbour, tmp_path_factory: pytest.TempPathFactory) -> dict:
    """What each vehicle tells of that container."""
    folder = tmp_path_factory.mktemp("vehicles")
    here, there = folder / "here.yaml", folder / "there.yaml"
    ssh = SSH.format(address=engine_host.address, config=ssh_harbour.ssh_config, user="root", sudo="false")
    ssh = ssh.replace("}}}", ", jump: bastion}}}")
    here.write_text(BOX.format(name=box, engine="unix:///var/run/docker.sock", ssh=""))
    there.write_text(BOX.format(name=box, engine="ssh://engine-1", ssh=ssh))
    ways: dict[str, tuple[Path, Vehicle]] = {
        "proc": (here, "proc"),
        "exec": (here, "exec"),
        "ssh": (there, "proc"),
        "exec through ssh": (there, "exec"),
    }
    return {name: look(file, vehicle)["box.0"] for name, (file, vehicle) in ways.items()}


def test_each_vehicle_was_the_one_that_was_asked_for(told: dict[str, Inside]):
    assert {name: inside.vehicle for name, inside in told.items()} == {
        "proc": "proc",
        "exec": "exec",
        "ssh": "ssh",
        "exec through ssh": "exec",
    }


def test_the_readers_of_proc_see_all_of_it(told: dict[str, Inside]):
    facts = dict(flat(told["proc"]))
    assert len(facts) > 100
    assert [path for path, value in facts.items() if isinstance(value, Unreadable)] == []


@pytest.mark.parametrize("name", ["exec", "ssh", "exec through ssh"])
def test_what_two_vehicles_tell_of_one_container_is_equal(name: str, told: dict[str, Inside]):
    mine, other = dict(flat(told["proc"])), dict(flat(told[name]))
    assert set(other) == set(mine)
    assert differing(mine, other) == {}


def differing(mine: Mapping[str, object], other: Mapping[str, object]) -> dict[str, tuple[object, object]]:
    """What one vehicle tells otherwise than the first."""
    return {path: (mine[path], said) for path, said in other.items() if is_told(path, said) and mine[path] != said}


def is_told(path: str, value: object) -> bool:
    """Whether a vehicle says all that it was asked; what it may not see is unreadable, or None where that means so."""
    unseen = path.endswith("backlog") or (", 6, " in path and path.endswith("v6only"))
    return not (isinstance(value, Unreadable) or (value is None and unseen and "tcp" in path))


def test_what_a_vehicle_may_not_see_is_unreadable(told: dict[str, Inside]):
    dark = {name: {path for path, said in flat(inside) if not is_told(path, said)} for name, inside in told.items()}
    assert dark["ssh"] == dark["proc"] == set()
    assert dark["exec"] == dark["exec through ssh"]
    assert {path.rpartition(".")[2] for path in dark["exec"]} == {"exe", "owners", "v6only", "backlog"}


@pytest.mark.parametrize("vehicle", ["proc", "exec"])
def test_no_vehicle_tells_anything_of_an_engine_on_another_host_than_the_declared_one(
    vehicle: Vehicle, box: str, engine_host: Berth, ssh_harbour: Harbour, tmp_path: Path
):
    ssh = SSH.format(address=engine_host.address, config=ssh_harbour.ssh_config, user="root", sudo="false")
    ssh = ssh.replace("}}}", ", jump: bastion, hostname: relay-9}}}")
    (tmp_path / "file.yaml").write_text(BOX.format(name=box, engine="ssh://engine-1", ssh=ssh))
    found = snapshot_of(tmp_path / "file.yaml", vehicle)
    assert "calls itself engine-1, the inventory says relay-9" in str(found.slots["box.0"])
    trouble = found.access["box.0"].trouble
    assert trouble is not None
    assert trouble.stage == "host.identity"


@pytest.fixture(scope="module")
def host(ssh_harbour: Harbour, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Inside]:
    """What both readers tell of one host: whoever logs in by its second port finds no Python there."""
    without = "Match LocalPort 2222\n    SetEnv PATH=/opt/tools"
    berth = ssh_harbour.target("two-ways", ListenAddress="0.0.0.0:22\nListenAddress 0.0.0.0:2222", Match=without)
    berth.run("sh", "-c", WITHOUT_PYTHON)
    berth.container.exec_run(["python3", "-c", BUSY], detach=True)
    berth.run("sh", "-c", "until test -e /ready; do sleep 0.1; done")
    folder = tmp_path_factory.mktemp("host")
    known = ssh_harbour.bastion.known + berth.known + f"[{berth.address}]:2222 {berth.host_key}\n"
    (folder / "known_hosts").write_text(known)
    (folder / "file.yaml").write_text(HOST.format(address=berth.address, config=ssh_harbour.ssh_config))
    return {slot: settled(inside) for slot, inside in look(folder / "file.yaml").items()}


def settled(inside: Inside) -> Inside:
    """Without the sessions of those who read it."""
    assert not isinstance(inside.processes, Unreadable)
    [server] = [one.pid for one in inside.processes if one.comm == "sshd" and one.ppid == 1]
    sessions = {server}
    for one in sorted(inside.processes, key=lambda one: one.start_ticks):
        sessions |= {one.pid} if one.ppid in sessions else set()
    kept = tuple(one for one in inside.processes if one.pid not in sessions - {server})
    return dataclasses.replace(inside, processes=kept)


def test_what_both_readers_tell_of_one_host_is_equal(host: dict[str, Inside]):
    python, shell = dict(flat(host["python.0"])), dict(flat(host["shell.0"]))
    assert set(python) == set(shell)
    assert differing(python, shell) == {}
    dark = [{path for path, said in facts.items() if not is_told(path, said)} for facts in (python, shell)]
    assert {path for path in dark[0] ^ dark[1] if not path.endswith(("v6only", "backlog"))} == set()


def test_what_is_told_of_a_machine_from_here_and_through_ssh_is_equal(
    engine_host: Berth, ssh_harbour: Harbour, tmp_path: Path
):
    ssh = SSH.format(address=engine_host.address, config=ssh_harbour.ssh_config, user="root", sudo="false")
    (tmp_path / "file.yaml").write_text(MACHINE.format(ssh=ssh.replace("}}}", ", jump: bastion}}}")))
    found = look(tmp_path / "file.yaml")
    here, there = found["here.0"], found["there.0"]
    assert (here.vehicle, there.vehicle) == ("proc", "ssh")
    assert (here.identity[1], here.host.kernel, here.host.sysctls) == (
        there.identity[1],
        there.host.kernel,
        there.host.sysctls,
    )
    mine, other = old(here), old(there)
    both = mine.keys() & other.keys()
    assert len(both) > 5
    differ = {key: (mine[key], other[key]) for key in both if mine[key] != other[key]}
    assert differ == {}, str(differ)


def old(inside: Inside) -> dict[tuple[int, int], Process]:
    """Processes that have run for a while, without what changes, and without parents: who looks leaves itself out.

    The kernel's own ones change their names.
    """
    assert not isinstance(inside.processes, Unreadable)
    return {
        (one.pid, one.start_ticks): dataclasses.replace(one, ppid=0, age_s=0.0, states=())
        for one in inside.processes
        if one.age_s > 3 and one.argv
    }
