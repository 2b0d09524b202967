"""Both readers on a real host behind a real OpenSSH server: they tell the same, and nothing of themselves."""

import io
import re
import secrets
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import docker
import pytest
from docker.models.containers import Container
from ssh.berth import Berth
from ssh.harbour import Harbour

from seatrial.host import CronLine, Engine, HostFacts, Mount, Unit
from seatrial.parsers.frames import by_target, parse
from seatrial.request import HostRequest, LogRequest, TargetRequest, Window
from seatrial.snapshot import Inside, Unreadable
from seatrial.transports.loader import program, sh_script
from seatrial.transports.proc import inside_of, request_line

pytestmark = [pytest.mark.docker, pytest.mark.once]

MACHINE_ID = "0123456789abcdef" * 2
SET_UP = r"""
set -e
mkdir -p /bb /srv/log; busybox --install -s /bb
ln -sf /usr/share/zoneinfo/Asia/Shanghai /etc/localtime
mkdir -p /usr/share/zoneinfo/Asia
touch /usr/share/zoneinfo/Asia/Shanghai
ln -s /data /srv/disk
printf 'one\n2026-11-25 12:00:00 ERROR two\n' >/srv/log/a.log
printf 'SHELL=/bin/sh\n\n# no\n*/5 *  * * *	root	/opt/check.sh\n@reboot deploy /opt/start.sh\n' >/etc/crontab
echo '1 2 * * * root /opt/dotted.sh' >/etc/cron.d/dotted.cron
echo '1 2 * * * root /opt/loose.sh' >/etc/cron.d/loose; chmod 666 /etc/cron.d/loose
rm -f /etc/cron.d/e2scrub_all /etc/cron.d/.placeholder
printf '7 7 * * * /opt/own.sh\n' >/var/spool/cron/crontabs/deploy
cd /var/spool/cron/crontabs; chown deploy deploy; chmod 600 deploy
printf '8 8 * * * /opt/nobody-reads-this.sh\n' >/var/spool/cron/root
"""
REQUEST = TargetRequest(
    "host.0",
    "",
    1,
    scope="machine",
    files=("/etc/hostname", "/srv/disk", "/nope"),
    heads=("/etc/hostname",),
    logs=(LogRequest("texts", "/srv/log/*.log", ("ERROR",)), LogRequest("regexes", "/srv/log/*.log", (), ("ERR.R",))),
    host=HostRequest(
        mounts=("/", "/data", "/srv/disk", "/nope", "/srv"),
        sysctls=("kernel.ostype", "net.ipv4.ip_local_port_range", "no.such"),
        units=("ssh.service", "cron.service"),
        cron=True,
        engine=True,
    ),
)
WINDOW = Window(samples=2, over_s=0.1, deadline_s=20.0)
SHELLS = {"dash": "dash", "bash": "bash --posix", "busybox": "env PATH=/bb /bb/sh"}
USERS = ("root", "sudo", "plain")
BOOT = "import sys;exec(compile(sys.stdin.buffer.read({size}),'seatrial-reader','exec'))"


@pytest.fixture(scope="module")
def host(ssh_harbour: Harbour) -> Iterator[Berth]:
    """A host with a data disk, crontabs, and a service of another user that listens."""
    more = {"tmpfs": {"/data": "size=8m,nr_inodes=100"}}
    made = ssh_harbour.server(f"read-{secrets.token_hex(2)}", more=more)
    made.put("/etc/machine-id", MACHINE_ID + "\n")
    made.run("sh", "-c", SET_UP)
    made.container.exec_run(["nc", "-lk", "-p", "7070"], user="plain", detach=True)
    made.run("sh", "-c", "until grep -q ':1B9E ' /proc/net/tcp; do sleep 0.1; done")
    yield made
    made.container.remove(force=True, v=True)


def ssh(harbour: Harbour, berth: Berth, who: str, command: str, stdin: bytes) -> bytes:
    user, sudo = ("deploy", "sudo -n ") if who == "sudo" else (who, "")
    argv = ["ssh", "-F", str(harbour.ssh_config), "-o", "BatchMode=yes", "-l", user, berth.name, sudo + command]
    return subprocess.run(argv, input=stdin, capture_output=True, timeout=60, check=True).stdout


def by_python(harbour: Harbour, berth: Berth, who: str, request: TargetRequest = REQUEST) -> Inside:
    source, nonce = program(), secrets.token_hex(16)
    command = f"python3 -I -S -c {shlex.quote(BOOT.format(size=len(source)))}"
    out = ssh(harbour, berth, who, command, source + request_line((request,), WINDOW, nonce))
    return told(out, nonce, request)


def by_shell(harbour: Harbour, berth: Berth, who: str, shell: str, request: TargetRequest = REQUEST) -> Inside:
    nonce = secrets.token_hex(16)
    return told(ssh(harbour, berth, who, SHELLS[shell], sh_script(request, WINDOW, nonce)), nonce, request)


def told(out: bytes, nonce: str, request: TargetRequest) -> Inside:
    found = inside_of(by_target(parse(out, nonce, noisy=True))[0], request, "ssh")
    assert isinstance(found, Inside), found
    return found


def comparable(fact: Any) -> Any:
    """What both readers must tell alike: no times of reading, and why something is unreadable in whatever words."""
    if isinstance(fact, Unreadable):
        return "unreadable"
    if isinstance(fact, Inside):
        ageless = {"clock": 0.0, "clock_last": 0.0}
        own = {one.name: comparable(getattr(fact, one.name)) for one in fields(fact) if one.name not in ageless}
        return {**own, "listeners": _listeners(fact)}
    if hasattr(fact, "__dataclass_fields__"):
        skipped = ("age_s", "v6only", "backlog", "free", "inodes_free")
        return {one.name: comparable(getattr(fact, one.name)) for one in fields(fact) if one.name not in skipped}
    if hasattr(fact, "items"):
        return {key: comparable(value) for key, value in fact.items()}
    return [comparable(item) for item in fact] if isinstance(fact, tuple) else fact


def _listeners(fact: Inside) -> Any:
    return comparable(fact.listeners)


def facts(inside: Inside) -> HostFacts:
    assert inside.host is not None
    return inside.host


@pytest.mark.parametrize("who", USERS)
@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_tells_of_a_host_what_python_tells(ssh_harbour: Harbour, host: Berth, shell: str, who: str) -> None:
    by_both = by_python(ssh_harbour, host, who), by_shell(ssh_harbour, host, who, shell)
    assert comparable(by_both[1]) == comparable(by_both[0])


@pytest.mark.parametrize("who", USERS)
@pytest.mark.parametrize("how", ["python", "dash"])
def test_of_the_servers_processes_the_one_that_listens_is_told_and_those_of_our_login_are_not(
    ssh_harbour: Harbour, host: Berth, how: str, who: str
) -> None:
    found = by_python(ssh_harbour, host, who) if how == "python" else by_shell(ssh_harbour, host, who, how)
    assert not isinstance(found.processes, Unreadable)
    names = sorted(process.comm for process in found.processes)
    assert names == ["docker-init", "nc", "sshd"]


def test_another_login_is_a_process_of_the_host(ssh_harbour: Harbour, host: Berth) -> None:
    argv = ["ssh", "-F", str(ssh_harbour.ssh_config), "-l", "plain", host.name, "echo ready; sleep 60"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) as other:
        assert other.stdout is not None
        other.stdout.readline()
        found = by_python(ssh_harbour, host, "root")
        other.terminate()
    assert not isinstance(found.processes, Unreadable)
    assert sorted(process.comm for process in found.processes).count("sshd") == 3


def test_what_a_host_is(ssh_harbour: Harbour, host: Berth) -> None:
    found = by_python(ssh_harbour, host, "root")
    known = facts(found)
    assert (found.hostname, known.machine_id, known.timezone) == (host.name, MACHINE_ID, "Asia/Shanghai")
    assert known.sysctls["kernel.ostype"] == "Linux"
    assert known.sysctls["no.such"] is None
    assert isinstance(known.sysctls["net.ipv4.ip_local_port_range"], str)
    assert len(known.sysctls["net.ipv4.ip_local_port_range"].split(" ")) == 2
    assert {str(unit) for unit in known.units.values()} == {"systemd does not run here"}
    assert known.engine is not None
    assert getattr(known.engine, "version", None) == ""


def test_a_data_disk_is_told_also_through_a_link_and_a_plain_folder_is_none(ssh_harbour: Harbour, host: Berth) -> None:
    mounts = facts(by_python(ssh_harbour, host, "plain")).mounts
    data = mounts["/data"]
    assert isinstance(data, Mount)
    assert (data.fstype, data.source, data.size, data.inodes) == ("tmpfs", "tmpfs", 8 << 20, 100)
    assert "rw" in data.options
    assert mounts["/srv/disk"] == data
    assert (mounts["/nope"], mounts["/srv"]) == (None, None)


def test_crontabs_are_those_that_this_machines_cron_reads(ssh_harbour: Harbour, host: Berth) -> None:
    lines = facts(by_python(ssh_harbour, host, "root")).cron
    assert not isinstance(lines, Unreadable)
    assert tuple(line for line in lines if not line.passed_over) == (
        CronLine("/etc/crontab", "root", "*/5 * * * * root /opt/check.sh"),
        CronLine("/etc/crontab", "deploy", "@reboot deploy /opt/start.sh"),
        CronLine("/var/spool/cron/crontabs/deploy", "deploy", "7 7 * * * /opt/own.sh", owner=2000),
    )
    assert {line.file: line.passed_over for line in lines if line.passed_over} == {
        "/etc/cron.d/dotted.cron": "it reads no file of such a name",
        "/etc/cron.d/loose": "its mode is 0666",
        "/var/spool/cron/root": "Debian's cron does not look there",
    }


CRONTABS = (Path(__file__).parent / "ssh" / "crontabs.sh").read_text()
SYSLOG = """
import os, re, socket, subprocess, sys, time
if os.path.exists("/dev/log"):
    os.unlink("/dev/log")
log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
log.bind("/dev/log")
log.settimeout(10)
cron = subprocess.Popen(["cron", "-f"])
said = b""
while b"@reboot" not in said:
    said = log.recv(4096)
    sys.stdout.buffer.write(said + b"\\n")
cron.kill()
"""
REFUSED = re.compile(r"\((\*system\*)?([\w.]+)\) (?:ERROR|ORPHAN|INSECURE MODE|WRONG|NUMBER OF HARD LINKS|CAN'T OPEN)")


def test_a_crontab_is_passed_over_exactly_where_debians_cron_passes_over_it(ssh_harbour: Harbour) -> None:
    berth = ssh_harbour.server(f"cron-{secrets.token_hex(2)}")
    try:
        berth.run("bash", "-c", CRONTABS)
        said = berth.container.exec_run(["python3", "-c", SYSLOG]).output.decode()
        asked = replace(REQUEST, files=(), heads=(), logs=(), host=HostRequest(cron=True))
        by_both = [
            facts(by_python(ssh_harbour, berth, "root", asked)).cron,
            facts(by_shell(ssh_harbour, berth, "root", "dash", asked)).cron,
        ]
    finally:
        berth.container.remove(force=True, v=True)
    assert by_both[0] == by_both[1]
    lines = by_both[0]
    assert not isinstance(lines, Unreadable), lines
    refused = {
        ("/etc/cron.d/" if system else "/var/spool/cron/crontabs/") + name for system, name in REFUSED.findall(said)
    }
    without_lines = {"/etc/cron.d/setonly"}
    assert {line.file for line in lines if line.passed_over} == refused - without_lines | {"/etc/cron.d/dotted.cron"}
    assert {line.file for line in lines if not line.passed_over} & refused == set()
    assert [line.line for line in lines if line.file == "/etc/cron.d/crlf"] == ["* * * * * root /bin/true\r"]


ZONES = """
set -e
mkdir -p /usr/share/zoneinfo/Etc; cd /usr/share/zoneinfo/Etc
printf 'TZif one' >One; printf 'TZif two' >Two
rm -f /etc/localtime; cp One /etc/localtime; echo "$1" >/etc/timezone
"""


@pytest.mark.parametrize("shell", ["dash", "bash"])
@pytest.mark.parametrize(
    ("name", "told_zone"),
    [
        ("Etc/One", "Etc/One"),
        ("Etc/Two", "is a file of its own, and not the zone Etc/Two"),
        ("Etc/None", "cannot be told"),
        ("../../../etc/localtime", "cannot be told"),
    ],
)
def test_a_copied_time_zone_is_the_named_one_only_where_it_is_a_copy_of_it(
    docker_client: docker.DockerClient, ssh_harbour: Harbour, run_id: str, shell: str, name: str, told_zone: str
) -> None:
    del ssh_harbour  # which builds the image
    request = replace(REQUEST, files=(), heads=(), logs=(), host=HostRequest())
    labels = {"seatrial.test": run_id}
    made = docker_client.containers.run(
        "seatrial-test/sshd:1",
        ["sleep", "120"],
        labels=labels,
        name=f"st-{run_id}-zone-{secrets.token_hex(2)}",
        detach=True,
    )
    try:
        assert made.exec_run(["sh", "-c", ZONES, "sh", name])[0] == 0
        zones = [_read(made, request, how).timezone for how in ("python", shell)]
    finally:
        made.remove(force=True, v=True)
    assert [told_zone in str(getattr(zone, "reason", zone)) for zone in zones] == [True, True], zones
    assert [isinstance(zone, Unreadable) for zone in zones] == [told_zone != name] * 2


def test_crontabs_that_a_user_may_not_read_are_not_taken_for_none(ssh_harbour: Harbour, host: Berth) -> None:
    cron = facts(by_python(ssh_harbour, host, "plain")).cron
    assert str(cron) == "/var/spool/cron/crontabs: Permission denied"


SYSTEMD = b"""FROM seatrial-test/sshd:1
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends systemd && rm -rf /var/lib/apt/lists/*
"""
UNITS = ("cron.service", "nope.service", "apt-daily.timer", "ssh.service")


@pytest.fixture(scope="module")
def booted(docker_client: docker.DockerClient, run_id: str, ssh_harbour: Harbour) -> Iterator[Container]:
    """A container with systemd as its first process; its ssh.service fails, since it has no host keys."""
    del ssh_harbour  # which builds what this image is built from
    docker_client.images.build(fileobj=io.BytesIO(SYSTEMD), tag="seatrial-test/systemd:1", rm=True)
    made = docker_client.containers.create(
        "seatrial-test/systemd:1",
        ["/lib/systemd/systemd"],
        name=f"st-{run_id}-systemd",
        labels={"seatrial.test": run_id},
        cap_add=["SYS_ADMIN"],
        security_opt=["seccomp=unconfined", "apparmor=unconfined"],
        cgroupns="private",
        tmpfs={"/run": "", "/run/lock": "", "/tmp": ""},
        environment={"container": "docker"},
    )
    try:
        made.start()
        until = time.monotonic() + 60
        while b"failed" not in made.exec_run(["systemctl", "is-active", "ssh.service"]).output:
            assert time.monotonic() < until, made.logs()
            time.sleep(0.2)
        yield made
    finally:
        made.remove(force=True, v=True)


def _read(container: Container, request: TargetRequest, how: str) -> HostFacts:
    """What one reader tells inside a container, started by an exec."""
    nonce, source = secrets.token_hex(16), program()
    if how == "python":
        argv = ["python3", "-I", "-S", "-c", BOOT.format(size=len(source))]
        stdin = source + request_line((request,), WINDOW, nonce)
    else:
        argv, stdin = shlex.split(SHELLS[how]), sh_script(request, WINDOW, nonce)
    exec_ = ["docker", "exec", "--interactive", str(container.id), *argv]
    out = subprocess.run(exec_, input=stdin, capture_output=True, timeout=60, check=True).stdout
    return facts(told(out, nonce, request))


@pytest.mark.parametrize("how", ["python", "dash"])
def test_units_are_told_as_systemd_tells_them(booted: Container, how: str) -> None:
    request = replace(REQUEST, files=(), heads=(), logs=(), host=HostRequest(units=UNITS))
    units = _read(booted, request, how).units
    assert units["nope.service"] == Unit("nope.service", "not-found", "inactive", "dead", "", 0, "", 0)
    cron = units["cron.service"]
    assert isinstance(cron, Unit)
    assert replace(cron, main_pid=0) == Unit("cron.service", "loaded", "active", "running", "enabled", 0, "simple")
    assert cron.main_pid > 1
    assert units["apt-daily.timer"] == Unit("apt-daily.timer", "loaded", "active", "waiting", "enabled")
    failed = units["ssh.service"]
    assert isinstance(failed, Unit)
    assert (failed.active, failed.sub, failed.restarts > 0) == ("failed", "failed", True)


ENGINE = """
import os, socket, sys, time
path = "/var/run/docker.sock"
if os.path.exists(path):
    os.unlink(path)
sock = socket.socket(socket.AF_UNIX)
sock.bind(path)
os.chmod(path, 0o600 if sys.argv[1] == "denied" else 0o666)
open("/run/engine.pid", "w").write(str(os.getpid()))
if sys.argv[1] != "refused":
    sock.listen(1)
while True:
    if sys.argv[1] in ("refused", "silent"):
        time.sleep(600)
    peer = sock.accept()[0]
    peer.recv(1000)
    peer.sendall(b"HTTP/1.0 %s\\r\\n\\r\\n{\\"Version\\": \\"9.8.7\\"}" % sys.argv[2].encode())
    peer.close()
"""
ANSWERS = {
    "refused": ([], "its socket /var/run/docker.sock: Connection refused"),
    "silent": ([], "it did not answer within 2 s"),
    "denied": ([], "Permission denied"),
    "error": (["500 Internal Server Error"], "it answered "),
    "good": (["200 OK"], "9.8.7"),
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_engine_that_gives_no_version_says_why(ssh_harbour: Harbour, host: Berth, answer: str) -> None:
    more, said = ANSWERS[answer]
    host.container.exec_run(["python3", "-c", ENGINE, answer, *more], detach=True)
    try:
        ready = "until [ -s /run/engine.pid ]; do sleep 0.05; done; sleep 0.2"
        host.run("timeout", "10", "sh", "-c", ready)
        asked = replace(REQUEST, files=(), heads=(), logs=(), host=HostRequest(engine=True))
        found = facts(by_python(ssh_harbour, host, "plain", asked)).engine
    finally:
        host.run("sh", "-c", "kill $(cat /run/engine.pid); rm /run/engine.pid /var/run/docker.sock")
    text = (found.problem or found.version) if isinstance(found, Engine) else str(found)
    assert said in text
    assert isinstance(found, Engine) == (answer in ("refused", "good"))


def test_the_engine_of_this_machine_is_told_alike_by_both_readers() -> None:
    request = TargetRequest("host.0", "", 1, scope="machine", host=HostRequest(engine=True))
    nonce, source = secrets.token_hex(16), program()
    python = [sys.executable, "-I", "-S", "-c", BOOT.format(size=len(source))]
    for argv, stdin in (
        (python, source + request_line((request,), WINDOW, nonce)),
        (["sh"], sh_script(request, WINDOW, nonce)),
    ):
        out = subprocess.run(argv, input=stdin, capture_output=True, timeout=60, check=True).stdout
        engine = facts(told(out, nonce, request)).engine
        asked = ["docker", "version", "--format", "{{.Server.Version}}"]
        version = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=True).stdout.strip()
        assert engine == Engine(version)


@pytest.mark.parametrize("how", ["python", "dash"])
def test_what_a_noisy_login_prints_is_no_part_of_the_answer(ssh_harbour: Harbour, host: Berth, how: str) -> None:
    asked = replace(REQUEST, logs=())
    found = (
        by_python(ssh_harbour, host, "noisy", asked)
        if how == "python"
        else by_shell(ssh_harbour, host, "noisy", how, asked)
    )
    assert found.hostname == host.name
