"""Fifty hosts that only one jump host reaches: each a container with an OpenSSH server and a small web server."""

import secrets
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
import yaml

from tests.ssh.berth import Berth
from tests.ssh.harbour import Harbour

NUMBER = 50
AT_ONCE = 6
JUMP = "bastion"
WITHIN_S = 120
_RUNS = (
    "mkdir -p /srv/www && echo relay=on >/srv/www/status && busybox httpd -p 8080 -h /srv/www && "
    "exec /usr/sbin/sshd -D -e -f /etc/ssh/sshd_seatrial"
)
_COLUMNS = {"name": "名称", "address": "内网IP", "role": "角色", "jump": "跳板机"}
_HOST: dict[str, Any] = {
    "on": "ssh",
    "locate": {"role": "web"},
    "host": {"kernel": ">= 3.10", "disks": [{"mount": "/", "free": "1MB"}]},
    "processes": [{"exe": "busybox", "name": "httpd", "user": "root", "count": 1}],
    "ports": [{"port": 8080, "owner": "httpd"}],
    "files": [{"path": "/srv/www/status", "contains": ["relay=on"]}],
}


@dataclass(frozen=True, slots=True)
class Hosts:
    """Hosts that run.

    :param folder: holds ``deployment.yaml``, ``servers.csv`` and ``ssh_config``.
    :param names: as ssh_config and the table call them.
    """

    folder: Path
    names: tuple[str, ...]

    @property
    def deployment(self) -> Path:
        """The deployment file that is about all of them."""
        return self.folder / "deployment.yaml"

    @property
    def ssh_config(self) -> Path:
        """The configuration that both contestants use."""
        return self.folder / "ssh_config"


@contextmanager
def hosts(log: Callable[[str], None], number: int = NUMBER) -> Iterator[Hosts]:
    """Start them, and remove them at the end of the block."""
    client = docker.from_env(timeout=WITHIN_S)
    with tempfile.TemporaryDirectory(prefix="seatrial-hosts-") as made:
        folder, began = Path(made), time.monotonic()
        with Harbour(client, f"bench-{secrets.token_hex(3)}", folder) as harbour:
            names = tuple(f"host-{at:02}" for at in range(1, number + 1))
            berths = _started(harbour, names)
            _write(folder, berths)
            log(f"{number} hosts behind {JUMP} run after {time.monotonic() - began:.0f} s")
            yield Hosts(folder, names)
            log("removing them")
    client.close()


def _started(harbour: Harbour, names: Sequence[str]) -> list[Berth]:
    assert harbour.bastion.name == JUMP
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda name: harbour.target(name, more={"command": ["sh", "-c", _RUNS]}), names))


def _write(folder: Path, berths: Sequence[Berth]) -> None:
    rows = [",".join((berth.name, berth.address, "web", berth.jump)) for berth in berths]
    (folder / "servers.csv").write_text("\n".join((",".join(_COLUMNS.values()), *rows)) + "\n", encoding="utf-8")
    content = {
        "deployment": "hosts",
        "hosts": {"csv": "servers.csv", "columns": _COLUMNS},
        "ssh": {"config": "ssh_config", "user": "root"},
        "services": {"web": _HOST},
    }
    (folder / "deployment.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
