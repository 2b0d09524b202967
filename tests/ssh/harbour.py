"""A bastion that is reached from here, and hosts on a private network that only it reaches, in containers.

``python -m tests.ssh.harbour`` brings up a bastion and two hosts, prints an ssh_config, and takes all down at Ctrl-C.
"""

import random
import secrets
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from ipaddress import ip_network
from pathlib import Path
from types import TracebackType
from typing import Self

import docker
from docker.errors import APIError, NotFound
from docker.models.networks import Network
from docker.types import IPAMConfig, IPAMPool

from .berth import Berth, archive
from .keys import KeyPair, key_pair

IMAGE = "seatrial-test/sshd:1"
HERE = Path(__file__).parent
USERS = ("deploy", "plain", "gone", "clerk", "noisy")
"""Those of the image: sudo without a password; without sudo; nologin; a menu; a noisy .bashrc. And root."""

FIRST = 50
"""Numbers of hosts in a network from which we choose."""

_NO_HOST_ADDRESS = {"com.docker.network.bridge.inhibit_ipv4": "true"}
_SERVER = {
    "HostKey": "/etc/ssh/host_key",
    "AuthorizedKeysFile": "/etc/ssh/authorized/%u",
    "LogLevel": "VERBOSE",
    "PermitRootLogin": "prohibit-password",
    "PasswordAuthentication": "no",
    "KbdInteractiveAuthentication": "no",
    "UsePAM": "no",
    "UseDNS": "no",
    "PrintMotd": "no",
    "StrictModes": "no",
    "PidFile": "none",
}


class Harbour:
    """Makes OpenSSH servers with names of their own, and removes them whatever happens.

    :param folder: gets ``id`` (a private key), ``ssh_config`` and ``known_hosts``, which grow with every server.
    :param run_id: part of the names of containers and networks.
    """

    def __init__(self, client: docker.DockerClient, run_id: str, folder: Path) -> None:
        self._client, self._run_id, self.folder = client, run_id, folder
        self.key = key_pair()
        self.berths: dict[str, Berth] = {}
        self._networks: dict[str, Network] = {}
        self._numbers: dict[str, int] = {}
        self._lock = threading.RLock()
        self.identity, self.ssh_config, self.known_hosts = folder / "id", folder / "ssh_config", folder / "known_hosts"

    def __enter__(self) -> Self:
        self._client.images.build(path=str(HERE / "image"), tag=IMAGE, rm=True)
        self.identity.touch(0o600)
        self.identity.write_text(self.key.private)
        self._tell()
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        for berth in list(self.berths.values()):
            self._remove(berth)
        for network in self._networks.values():
            with suppress(NotFound):
                network.remove()

    @property
    def bastion(self) -> Berth:
        """The server that stands in both networks; made when it is first asked for."""
        with self._lock:
            return self.berths.get("bastion") or self.server("bastion", networks=("front", "back"))

    def target(
        self, name: str, *, image: str = IMAGE, more: Mapping[str, object] | None = None, **sshd: object
    ) -> Berth:
        """A host that only the bastion reaches.

        :param image: another one that has an OpenSSH server.
        :param more: as the SDK's ``containers.create`` takes it, e.g. ``{"pid_mode": "host", "privileged": True}``.
        :param sshd: options of its sshd_config: ``MaxSessions=3``.
        """
        return self.server(name, networks=("back",), jump=self.bastion.name, image=image, more=more, **sshd)

    def server(
        self,
        name: str,
        *,
        networks: tuple[str, ...] = ("front",),
        jump: str = "",
        address: str = "",
        image: str = IMAGE,
        host_key: KeyPair | None = None,
        more: Mapping[str, object] | None = None,
        **sshd: object,
    ) -> Berth:
        """A server on these networks; ``front`` is reached from here, every other one only from its own members.

        :param jump: the server through which it is reached, for the ssh_config.
        :param address: on the first network; for one that takes another one's place.
        :param image: another one that has an OpenSSH server.
        :param host_key: its host key, else a new one.
        :param more: as the SDK's ``containers.create`` takes it.
        :param sshd: options of its sshd_config.
        """
        key, ports = host_key or key_pair(), _ports(sshd)
        asked = {"hostname": name, "init": True, "stop_signal": "SIGKILL", **(more or {})}
        with self._lock:
            made = [self._network(one) for one in networks]
            first, *others = [address or self._free(networks[0]), *map(self._free, networks[1:])]
            container = self._client.containers.create(
                image,
                name=f"st-{self._run_id}-ssh-{name}",
                labels={"seatrial.test": self._run_id},
                network=made[0].name,
                networking_config={made[0].name: self._client.api.create_endpoint_config(ipv4_address=first)},
                **asked,
            )
            berth = Berth(name, container, "", key.public, key.fingerprint, ports[0], jump)
            self.berths[name] = berth
        for network, own in zip(made[1:], others, strict=True):
            network.connect(container, ipv4_address=own)
        container.put_archive("/etc/ssh", archive(self._files(key, sshd)))
        container.start()
        container.reload()
        found = container.attrs["NetworkSettings"]["Networks"]
        berth.addresses = {one: found[net.name]["IPAddress"] for one, net in zip(networks, made, strict=True)}
        berth.address = berth.addresses[networks[0]]
        berth.await_ready(len(ports))
        self._tell()
        return berth

    def instead(self, berth: Berth, *, host_key: KeyPair | None = None, **sshd: object) -> Berth:
        """Another machine at the address of one that is taken away, with another host key if none is given."""
        self._remove(berth)
        networks = tuple(berth.addresses)
        sshd = {"Port": berth.port, **sshd}
        return self.server(
            berth.name, networks=networks, jump=berth.jump, address=berth.address, host_key=host_key, **sshd
        )

    def trust(self, *berths: Berth) -> None:
        """Write a known_hosts file that holds these servers only."""
        self.known_hosts.write_text("".join(berth.known for berth in berths))

    def _files(self, key: KeyPair, sshd: Mapping[str, object]) -> dict[str, tuple[str | bytes, int, int]]:
        options = {**_SERVER, **sshd}
        lines = [
            f"{name} {one}"
            for name, value in options.items()
            if name != "Match"
            for one in (value if isinstance(value, list) else [value])
        ]
        lines += [str(options["Match"])] if "Match" in options else []
        authorized = {f"authorized/{user}": (self.key.public + "\n", 0o644, 0) for user in (*USERS, "root")}
        return {
            "host_key": (key.private, 0o600, 0),
            "sshd_seatrial": ("\n".join(lines) + "\n", 0o644, 0),
            **authorized,
        }

    def network(self, name: str) -> str:
        """What the engine calls one of the networks; made when it is first asked for."""
        with self._lock:
            return str(self._network(name).name)

    def _network(self, name: str) -> Network:
        if name not in self._networks:
            self._networks[name] = self._new_network(name)
        return self._networks[name]

    def _free(self, network: str) -> str:
        """An address that nobody else is given: the engine chooses the lowest, and may take one that is to be kept."""
        subnet = self._network(network).attrs["IPAM"]["Config"][0]["Subnet"]
        number = self._numbers[network] = self._numbers.get(network, FIRST) + 1
        return str(ip_network(subnet)[number])

    def _new_network(self, name: str) -> Network:
        private = name != "front"
        for turn in range(20):
            subnet = f"10.{random.randrange(180, 250)}.{random.randrange(256)}.0/24"
            try:
                return self._client.networks.create(
                    f"st-{self._run_id}-{name}",
                    driver="bridge",
                    internal=private,
                    options=_NO_HOST_ADDRESS if private else {},
                    ipam=IPAMConfig(pool_configs=[IPAMPool(subnet=subnet)]),
                    labels={"seatrial.test": self._run_id},
                )
            except APIError as error:
                if "overlap" not in str(error) or turn == 19:
                    raise
        raise AssertionError("no free subnet")

    def _remove(self, berth: Berth) -> None:
        with suppress(NotFound):
            berth.container.remove(force=True, v=True)
        self.berths.pop(berth.name, None)

    def _tell(self) -> None:
        with self._lock:
            berths = [berth for berth in self.berths.values() if berth.address]
            self.trust(*berths)
            self.ssh_config.write_text("".join(map(self._entry, berths)) + self._defaults())

    def _entry(self, berth: Berth) -> str:
        jump = f"    ProxyJump {berth.jump}\n" if berth.jump else ""
        return f"Host {berth.name}\n    HostName {berth.address}\n    Port {berth.port}\n{jump}\n"

    def _defaults(self) -> str:
        return (
            f"Host *\n    User deploy\n    IdentityFile {self.identity}\n    IdentitiesOnly yes\n"
            f"    UserKnownHostsFile {self.known_hosts}\n    GlobalKnownHostsFile /dev/null\n"
        )


def _ports(sshd: Mapping[str, object]) -> list[int]:
    """Those that a server listens on."""
    said = sshd.get("Port", 22)
    return [int(str(port)) for port in (said if isinstance(said, list) else [said])]


def main() -> None:
    """Bring up a bastion and two hosts behind it, until Ctrl-C."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # a shell's background job ignores the first
        signal.signal(number, signal.default_int_handler)
    run_id = f"hand-{secrets.token_hex(3)}"
    client = docker.from_env(timeout=120)
    with tempfile.TemporaryDirectory(prefix="seatrial-ssh-") as folder, Harbour(client, run_id, Path(folder)) as made:
        for name in ("box-1", "box-2"):
            made.target(name)
        sys.stdout.write(f"{made.ssh_config.read_text()}\nssh -F {made.ssh_config} box-1 hostname\nCtrl-C ends it\n")
        sys.stdout.flush()
        with suppress(KeyboardInterrupt):
            while True:
                time.sleep(3600)


if __name__ == "__main__":
    main()
