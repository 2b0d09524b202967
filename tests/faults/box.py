"""A container that a fault is injected into, and how it is handled."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from docker.errors import APIError
from docker.models.containers import Container

IMAGE = "seatrial-test/orderd:1"
SERVICE = ("orderd", "port=8080", "env=prod")
WITHIN_S = 30


@dataclass(frozen=True)
class Box:
    """One container of the test image."""

    container: Container

    @property
    def name(self) -> str:
        """Its name, which the deployment file locates it by."""
        return str(self.container.name)

    @property
    def address(self) -> str:
        """Its address on the default bridge."""
        return str(self.container.attrs["NetworkSettings"]["IPAddress"])

    @property
    def gateway(self) -> str:
        """This machine's address on the default bridge."""
        return str(self.container.attrs["NetworkSettings"]["Gateway"])

    @property
    def published(self) -> int:
        """The port of this machine that leads to its 8080/tcp."""
        return int(self.container.attrs["NetworkSettings"]["Ports"]["8080/tcp"][0]["HostPort"])

    def sh(self, command: str) -> str:
        """Run a command to its end as root."""
        code, output = self.container.exec_run(["sh", "-c", command])
        assert code == 0, f"{command!r} ended with {code}: {output!r}"
        return str(output.decode())

    def line(self, path: str) -> str:
        """The only line of a file, asked again while an exec ends before the engine listens to it and has no output."""
        ends = time.monotonic() + WITHIN_S
        while not (said := self.sh(f"cat {path}").strip()):
            assert time.monotonic() < ends, f"{self.name}: {path} stays empty"
        return said

    def spawn(self, argv: Sequence[str], user: str = "") -> None:
        """Leave a command running."""
        self.container.exec_run(list(argv), detach=True, user=user)

    def svc(self, *more: str, argv: Sequence[str] = SERVICE, user: str = "appsvc") -> None:
        """Start the service as its own user, and wait until it runs."""
        self.spawn([*argv, *more], user)
        self.until("grep -q tick /var/log/app/orderd.log")

    def guarded(self) -> None:
        """Start the service as the child of its watchdog, and wait until both run."""
        self.svc(argv=("watchdog", "appsvc", *SERVICE), user="")
        self.until("test -s /run/app/heartbeat")

    def until(self, command: str) -> None:
        """Wait until a command succeeds inside."""
        ends = time.monotonic() + WITHIN_S
        while not self._succeeds(command):
            assert time.monotonic() < ends, f"{self.name}: not within {WITHIN_S} s: {command}"
            time.sleep(0.1)

    def _succeeds(self, command: str) -> bool:
        try:
            return bool(self.container.exec_run(["sh", "-c", command])[0] == 0)
        except APIError:
            return False  # the engine is just restarting it
