"""The services of the demo, as they are started in namespaces: the same files at the same paths as in the images."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from seatrial.namespaces.interpreter import OVERLAID
from seatrial.namespaces.java import Java
from seatrial.namespaces.network import NETWORK
from seatrial.namespaces.plan import PlacedFile, PlacedService, Probe

LIBRARY = "/opt/python"
"""Folder of the modules that the services share, which Debian keeps among its own in the images."""

ZOOKEEPER = (f"{NETWORK}.11", 2181)
"""Where ZooKeeper is in the network of the stack."""

ENVIRON = {
    "PATH": f"{OVERLAID}:/usr/bin:/bin:/usr/sbin:/sbin",
    "HOME": "/root",
    "LANG": "C.UTF-8",
    "ZK_HOSTS": f"zk1:{ZOOKEEPER[1]}",
}
"""The environment of each service."""

_USER = "root"
"""The only user there is: without root one can map no other, user_namespaces(7)."""

_GMS = f"{NETWORK}.31"
_STATUS = "GET /status HTTP/1.0\r\n\r\n"
_PEERS = Probe(_GMS, 8080, _STATUS, '"peers": 4')
_PROGRAM = 0o755
_SUPERVISOR = ("supervisord", "supervisorctl")


def stages(files: Path, java: Java, jars: Sequence[Path], launcher: str) -> tuple[tuple[PlacedService, ...], ...]:
    """ZooKeeper, and then all others.

    :param files: the folder of the demo's files.
    :param launcher: the script that is ``python3`` in each service.
    """
    common = _Common(files / "services", launcher)
    others = (common.relay(1), common.relay(2), common.gms(), common.qiniu_tool(), common.peer())
    return (_zookeeper(files / "zookeeper", java, jars),), others


def _zookeeper(files: Path, java: Java, jars: Sequence[Path]) -> PlacedService:
    path = ":".join(["/conf", *map(str, jars)])
    options = ("-Xmx64m", "-Xshare:auto", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData")
    return PlacedService(
        name="zk1",
        address=ZOOKEEPER[0],
        argv=(java.program, *options, "-Dzookeeper.jmx.log4j.disable=true", "-cp", path, *_MAIN),
        environ=ENVIRON,
        folders=("/var/log/zookeeper", "/var/lib/zookeeper"),
        files=(
            PlacedFile("/conf/zoo.cfg", _alone((files / "zoo.cfg").read_text())),
            PlacedFile("/conf/simplelogger.properties", (files / "simplelogger.properties").read_text()),
        ),
        output="/var/log/zookeeper/zookeeper.log",
        probes=(Probe(*ZOOKEEPER, "ruok", "imok"),),
    )


_MAIN = ("org.apache.zookeeper.server.quorum.QuorumPeerMain", "/conf/zoo.cfg")


def _alone(config: str) -> str:
    """The configuration of one of three servers, for one that has no neighbours."""
    lines = config.splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(("server.", "standaloneEnabled")))


class _Common:
    """Services that share the images' first layers."""

    def __init__(self, files: Path, launcher: str) -> None:
        self._files = files
        shared = files / "common"
        self._everywhere = (
            *(self._copy(shared / name, f"{OVERLAID}/{name}") for name in ("entrypoint", "watchdog", "answers")),
            *(self._copy(path, f"{LIBRARY}/p2pdemo/{path.name}") for path in (shared / "p2pdemo").glob("*.py")),
            PlacedFile(f"{OVERLAID}/python3", launcher, _PROGRAM),
        )

    def relay(self, number: int) -> PlacedService:
        return self._watched(
            f"relay-{number}",
            f"{NETWORK}.2{number}",
            {"relay.py": "/opt/relay/relay.py", "relayctl": f"{OVERLAID}/relayctl"},
            ("--port", "9000"),
            (_registered(f"relay/relay-{number}"),),
        )

    def peer(self) -> PlacedService:
        files = {"peer.py": "/opt/peer/peer.py", "peerctl": f"{OVERLAID}/peerctl"}
        return self._watched("peer-1", f"{NETWORK}.51", files, (), (_PEERS,))

    def gms(self) -> PlacedService:
        return self._supervised(
            "gms-1", _GMS, {"gms.py": "/opt/gms/gms.py"}, 8080, (), PlacedFile("/etc/gms/bind", "0.0.0.0\n")
        )

    def qiniu_tool(self) -> PlacedService:
        own, path = self._files / "qiniu-tool", "/opt/qiniu-tool"
        files = {
            "qiniu_tool.py": f"{path}/qiniu_tool.py",
            "rotate": f"{path}/rotate",
            "qiniu-toolctl": f"{OVERLAID}/qiniu-toolctl",
        }
        crontab = self._copy(own / "crontab", "/etc/cron.d/qiniu-tool")
        return self._supervised("qiniu-tool-1", f"{NETWORK}.41", files, 7000, ("/data/storage",), crontab)

    def _watched(
        self,
        name: str,
        address: str,
        files: Mapping[str, str],
        arguments: tuple[str, ...],
        probes: tuple[Probe, ...],
    ) -> PlacedService:
        service = name.rpartition("-")[0]
        return PlacedService(
            name=name,
            address=address,
            argv=("entrypoint", service, _USER, "python3", f"/opt/{service}/{service}.py", *arguments),
            environ=ENVIRON,
            folders=(f"/run/{service}", f"/var/log/{service}"),
            files=(*self._everywhere, *self._copies(service, files)),
            probes=probes,
        )

    def _supervised(
        self,
        name: str,
        address: str,
        files: Mapping[str, str],
        port: int,
        folders: tuple[str, ...],
        *own: PlacedFile,
    ) -> PlacedService:
        service = name.rpartition("-")[0]
        config = (self._files / service / "supervisord.conf").read_text()
        return PlacedService(
            name=name,
            address=address,
            argv=("supervisord", "-c", "/etc/supervisor/supervisord.conf"),
            environ=ENVIRON,
            folders=(*folders, f"/var/log/{service}", "/var/log/supervisor"),
            files=(
                *self._everywhere,
                *self._copies(service, files),
                *(PlacedFile(f"{OVERLAID}/{tool}", _entry_point(tool), _PROGRAM) for tool in _SUPERVISOR),
                PlacedFile("/etc/supervisor/supervisord.conf", _without_root(config)),
                *own,
            ),
            probes=(Probe(address, port, _STATUS, "200 OK"), _registered(f"{service}/{name}")),
        )

    def _copies(self, service: str, files: Mapping[str, str]) -> list[PlacedFile]:
        return [self._copy(self._files / service / name, path) for name, path in files.items()]

    def _copy(self, source: Path, path: str) -> PlacedFile:
        text = source.read_text()
        return PlacedFile(path, text, _PROGRAM if text.startswith("#!") else 0o644)


def _registered(node: str) -> Probe:
    """ZooKeeper's command ``dump`` lists the ephemeral nodes of all sessions."""
    return Probe(*ZOOKEEPER, "dump", f"/services/{node}")


def _without_root(config: str) -> str:
    """The same configuration where there is one user only, and no cron, which wants a real root."""
    sections = re.split(r"(?m)^(?=\[)", config)
    kept = "".join(section for section in sections if not section.startswith("[program:cron]"))
    return re.sub(r"(?m)^user=.*$", f"user={_USER}", kept)


def _entry_point(tool: str) -> str:
    return f"#!/usr/bin/env python3\nfrom supervisor.{tool} import main\n\nmain()\n"
