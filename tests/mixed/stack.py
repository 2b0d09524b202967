"""Brings it up: a bastion, two plain hosts and one with an engine behind it, ZooKeeper, and two containers."""

import shutil
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import docker
from docker.models.containers import Container
from faults import registry
from ssh.berth import Berth, archive
from ssh.harbour import IMAGE as SSHD
from ssh.harbour import Harbour

from .building import IMAGE, build

FOLDER = Path(__file__).parent
NODE = "/config/servers"
WITHIN_S = 60
_RELAY_IS_READY = "/var/log/relay/relay.log", "registered"
_TOMCAT_IS_READY = "/var/log/tomcat10/catalina.out", "Server startup in"
_SSHD = "exec /usr/sbin/sshd -D -e -f /etc/ssh/sshd_seatrial"
_ENGINE = {
    "pid_mode": "host",
    "cgroupns": "host",
    "cap_add": ["SYS_PTRACE", "SYS_ADMIN", "DAC_READ_SEARCH", "NET_ADMIN"],
    "security_opt": ["seccomp=unconfined"],
    "volumes": {
        "/var/run/docker.sock": {"bind": "/var/run/docker.sock", "mode": "rw"},
        "/sys/fs/cgroup": {"bind": "/sys/fs/cgroup", "mode": "ro"},
    },
}
"""What a container needs to be the host of the engine that runs it, as far as a reader of /proc can tell."""


@dataclass(frozen=True, slots=True)
class Stack:
    """All of it, up.

    :param file: the deployment file.
    :param environ: its variables.
    :param registry: address of ZooKeeper as it is reached from here.
    """

    file: Path
    environ: Mapping[str, str]
    registry: str
    relay: Berth
    gms: Berth

    @property
    def entries(self) -> list[str]:
        """What the configuration node must list."""
        return [f"{berth.address}:8080" for berth in (self.relay, self.gms)]

    def list_servers(self, *entries: str) -> None:
        """Write the configuration node."""
        with registry.session(self.registry) as client:
            client.ensure_path(NODE)
            client.set(NODE, ",".join(entries).encode())

    def break_things(self) -> None:
        """The Java module dies, a context and an address vanish, a disk fills up, and cron is stopped."""
        self.relay.run("pkill", "-KILL", "java")
        self.relay.run("dd", "if=/dev/zero", "of=/data/full", "bs=1M", "count=50")
        self.gms.run("rm", "-r", "/var/lib/tomcat10/webapps/gms")
        self.gms.run("pkill", "cron")
        self.list_servers(self.entries[0])
        self._await_its_end("/services/relay")

    def _await_its_end(self, path: str) -> None:
        until = time.monotonic() + WITHIN_S
        with registry.session(self.registry) as client:
            while client.get_children(path):
                assert time.monotonic() < until, f"{path} still has a node"
                time.sleep(0.2)


@contextmanager
def stack(client: docker.DockerClient, run_id: str, folder: Path) -> Iterator[Stack]:
    """Bring it up, and remove all of it at the end of the block.

    :param folder: an empty one; gets the deployment file, the table, and what SSH needs.
    """
    own = f"{run_id}-mixed"
    registry.build(client)
    with Harbour(client, own, folder) as harbour:
        build(client)
        try:
            yield _Slip(client, own, harbour).launch()
        finally:
            for container in client.containers.list(all=True, filters={"label": f"seatrial.test={own}"}):
                container.remove(force=True, v=True)


class _Slip:
    """Where it is built."""

    def __init__(self, client: docker.DockerClient, run_id: str, harbour: Harbour) -> None:
        self._client, self._run_id, self._harbour = client, run_id, harbour

    def launch(self) -> Stack:
        """All of it at the same time, as far as one does not wait for another."""
        front, back = self._zookeeper()
        with ThreadPoolExecutor(5) as pool:
            relay = pool.submit(self._relay, front, back)
            gms = pool.submit(
                self._host, "gms-1", "cron && (start-tomcat &)", "/var/log/tomcat10/catalina.out", "startup in"
            )
            engine = pool.submit(self._harbour.target, "engine-1", more=_ENGINE)
            boxes = {name: pool.submit(self._box, name) for name in ("THERE", "HERE")}
        hosts = {"中继": relay.result(), "网管": gms.result(), "容器": engine.result()}
        environ = {"ZOOKEEPER": f"{front}:2181", **{name: box.result() for name, box in boxes.items()}}
        made = Stack(self._file(hosts), environ, front, relay.result(), gms.result())
        made.list_servers(*made.entries)
        return made

    def _zookeeper(self) -> tuple[str, str]:
        """One server in both networks, with its address in each: the hosts reach it in theirs, and we in ours."""
        front, back = (self._harbour.network(name) for name in ("front", "back"))
        container = self._create("zookeeper", registry.IMAGE, ["start"], network=front, environment={"ZOO_MY_ID": "1"})
        self._client.networks.get(back).connect(container)
        container.put_archive("/conf", archive({"zoo.cfg": (registry.CONFIG, 0o644, 0)}))
        container.start()
        container.reload()
        found = container.attrs["NetworkSettings"]["Networks"]
        return found[front]["IPAddress"], found[back]["IPAddress"]

    def _relay(self, front: str, back: str) -> Berth:
        with registry.session(front) as client:
            client.ensure_path("/services/relay")
        more = {"environment": {"ZOOKEEPER": f"{back}:2181"}, "tmpfs": {"/data": "size=64m"}}
        return self._host("relay-1", "(start-relay &)", *_RELAY_IS_READY, **more)

    def _host(self, name: str, runs: str, log: str, ready: str, **more: object) -> Berth:
        """A plain host, where root may see all, once its log says that it is ready."""
        asked = {"command": ["sh", "-c", f"{runs}; {_SSHD}"], "cap_add": ["SYS_PTRACE"], **more}
        berth = self._harbour.target(name, image=IMAGE, more=asked)
        until = time.monotonic() + WITHIN_S
        while berth.container.exec_run(["grep", "-q", ready, log])[0]:
            assert time.monotonic() < until, berth.log()
            time.sleep(0.2)
        return berth

    def _box(self, name: str) -> str:
        container = self._create(name.lower(), SSHD, ["busybox", "httpd", "-f", "-p", "8080"])
        container.start()
        return str(container.name)

    def _create(self, name: str, image: str, command: list[str], **more: object) -> Container:
        labels = {"seatrial.test": self._run_id}
        return self._client.containers.create(
            image, command, name=f"st-{self._run_id}-{name}", labels=labels, init=True, **more
        )

    def _file(self, hosts: Mapping[str, Berth]) -> Path:
        rows = [f"{berth.name},{berth.address},{role},一号,bastion,{berth.name}" for role, berth in hosts.items()]
        table = "\n".join(("名称,内网IP,角色,机房,跳板机,主机名", *rows))
        (self._harbour.folder / "servers.csv").write_text(table + "\n", encoding="utf-8")
        return Path(shutil.copy(FOLDER / "deployment.yaml", self._harbour.folder))
